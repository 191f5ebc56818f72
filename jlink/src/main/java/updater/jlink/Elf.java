package updater.jlink;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program or a shared library of Linux, as far as it says where it runs: the header of the ELF file, and its dynamic
 * section. Offsets and numbers are those of the System V ABI, <a href="https://refspecs.linuxfoundation.org/elf/">ELF</a>,
 * for files of 64 bits; other ones name their processor only.
 */
final class Elf {
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    private static final int LOADED = 1; // PT_LOAD
    private static final int DYNAMIC = 2; // PT_DYNAMIC
    private static final int NEEDED = 1; // DT_NEEDED
    private static final int STRINGS = 5; // DT_STRTAB

    private final ByteBuffer file;

    private Elf(ByteBuffer file) {
        this.file = file;
    }

    /** Returns the file; empty when it is none of these. */
    static Optional<Elf> read(Path path) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        if (bytes.length < 20 || bytes[0] != 0x7f || bytes[1] != 'E' || bytes[2] != 'L' || bytes[3] != 'F') {
            return Optional.empty();
        }
        ByteOrder order = bytes[5] == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        return Optional.of(new Elf(ByteBuffer.wrap(bytes).order(order)));
    }

    /** Returns the processor that a file is for; empty when it is no ELF file. */
    static Optional<String> machine(Path path) throws IOException {
        return read(path).map(Elf::machine);
    }

    /** Returns the processor as {@code uname -m} names it, or its number where that is not known here. */
    String machine() {
        int number = Short.toUnsignedInt(file.getShort(18));
        return switch (number) {
            case 3 -> "i686";
            case 21 -> file.order() == ByteOrder.LITTLE_ENDIAN ? "ppc64le" : "ppc64";
            case 22 -> "s390x";
            case 40 -> "arm";
            case 62 -> "x86_64";
            case 183 -> "aarch64";
            case 243 -> "riscv64";
            case 258 -> "loongarch64";
            default -> "machine-" + number;
        };
    }

    /**
     * Returns the names of the libraries without which the dynamic loader does not load it; none where that cannot be read.
     *
     * @throws EOFException when it ends before what it refers to
     */
    List<String> needed() throws EOFException {
        try {
            return file.get(4) == CLASS_64 ? readNeeded() : List.of();
        } catch (IndexOutOfBoundsException e) {
            EOFException cut = new EOFException("an ELF file ends before what it refers to");
            cut.initCause(e);
            throw cut;
        }
    }

    private List<String> readNeeded() {
        List<Integer> names = new ArrayList<>();
        long strings = -1;
        for (int header : programHeaders(DYNAMIC)) {
            int end = (int) (file.getLong(header + 8) + file.getLong(header + 32));
            for (int entry = (int) file.getLong(header + 8); entry < end; entry += 16) {
                long tag = file.getLong(entry);
                if (tag == NEEDED) {
                    names.add((int) file.getLong(entry + 8));
                } else if (tag == STRINGS) {
                    strings = fileOffset(file.getLong(entry + 8));
                }
            }
        }
        long table = strings;
        return table < 0
                ? List.of()
                : names.stream().map(name -> text((int) table + name)).toList();
    }

    private List<Integer> programHeaders(int type) {
        List<Integer> found = new ArrayList<>();
        int size = Short.toUnsignedInt(file.getShort(54));
        for (int index = 0; index < Short.toUnsignedInt(file.getShort(56)); index++) {
            int header = (int) file.getLong(32) + index * size;
            if (file.getInt(header) == type) {
                found.add(header);
            }
        }
        return found;
    }

    /** The dynamic section has addresses of memory; which part of the file is there, the loaded segments say. */
    private long fileOffset(long address) {
        for (int header : programHeaders(LOADED)) {
            long start = file.getLong(header + 16);
            if (address >= start && address < start + file.getLong(header + 32)) {
                return address - start + file.getLong(header + 8);
            }
        }
        return -1;
    }

    private String text(int start) {
        int end = start;
        while (file.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - start];
        file.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
