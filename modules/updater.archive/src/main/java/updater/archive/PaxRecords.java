package updater.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a pax header says of the next member (POSIX.1-2017, pax, "pax Extended Header").
 *
 * @param present whether there is such a header
 */
record PaxRecords(Optional<String> path, OptionalLong size, boolean present) {
    static final PaxRecords NONE = new PaxRecords(Optional.empty(), OptionalLong.empty(), false);

    /** What says nothing of name, kind and bytes of a member; others could mean another member to another reader. */
    private static final Pattern IGNORED = Pattern.compile(
            "atime|ctime|mtime|uid|gid|uname|gname|comment"
                    + "|SCHILY\\.(dev|ino|nlink|fflags|(acl|xattr)\\..+)|LIBARCHIVE\\.(creationtime|xattr\\..+)|RHT\\.security\\..+");

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}");

    boolean isEmpty() {
        return !present;
    }

    /** Returns whether nothing is said that matters. */
    boolean isSilent() {
        return path.isEmpty() && size.isEmpty();
    }

    static PaxRecords parse(byte[] content) throws IOException {
        Optional<String> path = Optional.empty();
        OptionalLong size = OptionalLong.empty();
        Set<String> seen = new HashSet<>();
        int at = 0;
        while (at < content.length) {
            int end = end(content, at);
            int blank = indexOf(content, ' ', at, end);
            int equals = indexOf(content, '=', blank + 1, end);
            String key = text(content, blank + 1, equals);
            String value = text(content, equals + 1, end - 1);
            if (!seen.add(key)) {
                throw new IOException("it has a pax header with " + EntryName.printable(key) + " twice");
            }
            switch (key) {
                case "path" -> path = Optional.of(value);
                case "size" -> {
                    if (!NUMBER.matcher(value).matches()) {
                        throw new IOException("it has a pax header whose size makes no sense");
                    }
                    size = OptionalLong.of(Long.parseLong(value));
                }
                default -> {
                    if (!IGNORED.matcher(key).matches()) {
                        throw new IOException("it has a pax header with " + EntryName.printable(key)
                                + ", which changes what a member is");
                    }
                }
            }
            at = end;
        }
        return new PaxRecords(path, size, true);
    }

    /** Returns the end of the record that begins at {@code at}: its length is in front, in decimal digits. */
    private static int end(byte[] content, int at) throws IOException {
        int length = 0;
        int digit = at;
        while (digit < content.length && content[digit] >= '0' && content[digit] <= '9' && digit - at < 7) {
            length = length * 10 + content[digit] - '0';
            digit++;
        }
        boolean whole = digit > at
                && digit < content.length
                && content[digit] == ' '
                && content[at] != '0'
                && length > digit - at + 1
                && length <= content.length - at
                && content[at + length - 1] == '\n';
        if (!whole) {
            throw new IOException("it has a pax header that makes no sense");
        }
        return at + length;
    }

    private static int indexOf(byte[] content, char wanted, int from, int end) throws IOException {
        for (int i = from; i < end; i++) {
            if (content[i] == wanted) {
                return i;
            }
        }
        throw new IOException("it has a pax header that makes no sense");
    }

    private static String text(byte[] content, int from, int end) {
        return new String(content, from, end - from, StandardCharsets.UTF_8);
    }
}
