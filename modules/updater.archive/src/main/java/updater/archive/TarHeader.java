package updater.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * One header of a tar (POSIX.1-2017, pax, "ustar Interchange Format").
 *
 * @param name as the header has it, prefix included
 * @param mode as the header has it
 * @param size of what follows, in bytes
 * @param type the letter of what it is
 */
record TarHeader(String name, int mode, long size, char type) {
    static final int BLOCK = 512;

    private static final int NAME = 100;
    private static final int MODE_AT = 100;
    private static final int OWNER_AT = 108;
    private static final int GROUP_AT = 116;
    private static final int SIZE_AT = 124;
    private static final int TIME_AT = 136;
    private static final int CHECKSUM_AT = 148;
    private static final int TYPE_AT = 156;
    private static final int MAGIC_AT = 257;
    private static final int DEVICE_MAJOR_AT = 329;
    private static final int DEVICE_MINOR_AT = 337;
    private static final int PREFIX_AT = 345;
    private static final int PREFIX = 155;

    /** Reads a block that is not all zeros. */
    static TarHeader parse(byte[] block) throws IOException {
        if (octal(block, CHECKSUM_AT, 8) != checksum(block)) {
            throw new IOException("it has a header whose checksum is wrong");
        }
        String magic = new String(block, MAGIC_AT, 8, StandardCharsets.ISO_8859_1);
        boolean ustar = magic.equals("ustar\u000000");
        if (!ustar && !magic.equals("ustar  \0") && !magic.equals("\0\0\0\0\0\0\0\0")) {
            throw new IOException("it has a header of an unknown kind");
        }
        // Others than ustar have times and maps of sparse files there, and some readers look at them.
        int unused = ustar ? PREFIX_AT + PREFIX : PREFIX_AT;
        for (int i = unused; i < BLOCK; i++) {
            if (block[i] != 0) {
                throw new IOException("it has a header with something where nothing is expected");
            }
        }
        // Other readers refuse a header for these, too.
        for (int number : new int[] {OWNER_AT, GROUP_AT}) {
            requireNumber(block, number, 8);
        }
        requireNumber(block, TIME_AT, 12);
        requireNumber(block, DEVICE_MAJOR_AT, 8);
        requireNumber(block, DEVICE_MINOR_AT, 8);
        String prefix = ustar ? text(block, PREFIX_AT, PREFIX) : "";
        String name = text(block, 0, NAME);
        return new TarHeader(
                prefix.isEmpty() ? name : prefix + "/" + name,
                (int) octal(block, MODE_AT, 8),
                octal(block, SIZE_AT, 12),
                (char) (block[TYPE_AT] & 0xff));
    }

    /** Returns what a member of that name is. A file whose name ends in a slash is a directory to some readers only. */
    ArchiveMembers.Kind kind(String called) {
        return switch (type) {
            case '0', '\0' -> called.endsWith("/") ? ArchiveMembers.Kind.OTHER : ArchiveMembers.Kind.FILE;
            case '5' -> ArchiveMembers.Kind.DIRECTORY;
            case '1', '2' -> ArchiveMembers.Kind.LINK;
            default -> ArchiveMembers.Kind.OTHER;
        };
    }

    static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns the text up to the first NUL. What is no UTF-8 becomes a character that no name may have. */
    static String text(byte[] bytes) {
        return text(bytes, 0, bytes.length);
    }

    private static String text(byte[] bytes, int offset, int length) {
        int end = offset;
        while (end < offset + length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, offset, end - offset, StandardCharsets.UTF_8);
    }

    private static long checksum(byte[] block) {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= CHECKSUM_AT && i < CHECKSUM_AT + 8 ? ' ' : block[i] & 0xff;
        }
        return sum;
    }

    /**
     * Owners, groups and times that are too large for octal digits are binary: behind a byte 0x80, or 0xff below zero, as GNU
     * tar writes them. Other readers take no other byte there, some not even the archive.
     */
    private static void requireNumber(byte[] block, int offset, int length) throws IOException {
        if (block[offset] != (byte) 0x80 && block[offset] != (byte) 0xff) {
            octal(block, offset, length);
        }
    }

    /** Reads blanks, octal digits, and nothing but blanks and NULs behind them. */
    private static long octal(byte[] block, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end && block[at] == ' ') {
            at++;
        }
        long value = 0;
        while (at < end && block[at] >= '0' && block[at] <= '7') {
            value = value * 8 + (block[at] - '0');
            at++;
        }
        for (; at < end; at++) {
            if (block[at] != ' ' && block[at] != 0) {
                throw new IOException("it has a header with a number that makes no sense");
            }
        }
        return value;
    }
}
