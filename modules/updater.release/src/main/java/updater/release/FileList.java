package updater.release;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The list of the files and directories of a release's tree, one on a line:
 *
 * <pre>
 * host-updater files 1
 * d 0755 0 - bin
 * f 0755 187654 (64 digits) bin/agent
 * f 0644 12 (64 digits) two\x20words
 * </pre>
 *
 * <p>Type, octal mode, bytes, SHA-256, path, with one blank between them. What is in {@value #DIRECTORY} is not in the
 * list: the list itself is there. Paths are relative and of UTF-8; every byte of them that is not printable ASCII, a
 * blank or a backslash is written as {@code \xHH}, and no other is. They are in the order of a walk that visits the
 * names of each directory bytewise sorted: bytewise by path, with {@code /} before every other byte. So a directory is
 * listed before what is in it, nothing is listed twice, and one path is all that a reader keeps. Names that differ in
 * case only are two names, as they are for the file systems that trees are unpacked on; no bundle holds such.
 */
public final class FileList {
    /** The directory of a bundle that holds the list and the key list. */
    public static final String DIRECTORY = "release";

    /** Where a bundle has its list, relative to its root. */
    public static final String FILE = DIRECTORY + "/files";

    /** Where a bundle has its key list, relative to its root. */
    public static final String KEYS = DIRECTORY + "/keys";

    /** Where an unpacked tree has its statement, relative to its root. It is not in the bundle, whose checksum it has. */
    public static final String STATEMENT = DIRECTORY + "/statement";

    /** The most entries of a list. */
    public static final int MAX_ENTRIES = 1_000_000;

    /**
     * The order of a list's paths.
     *
     * <p>It throws an {@link IllegalArgumentException} for a path that cannot be in a list.
     */
    public static final Comparator<String> ORDER = Comparator.comparing(ListedPath::of, ListedPath::compareTo);

    private static final String HEADER = "host-updater files 1";

    /** Four characters for each byte of a path, and room for what is in front of it. */
    private static final int MAX_LINE = 4 * ListedPath.MAX_BYTES + 128;

    private static final Pattern MODE = Pattern.compile("0[0-7]{3}");

    private FileList() {}

    /**
     * Writes the list of a tree on disk, without its directory {@value #DIRECTORY}. Not for a tree that another user
     * changes meanwhile.
     *
     * @param out buffering and closing is the caller's
     * @return the SHA-256 of the list
     * @throws ReleaseRefused when there is anything but regular files and directories, or a name or mode that no list
     *     can hold
     */
    public static String write(Path root, OutputStream out) throws IOException, ReleaseRefused {
        Writer writer = new Writer(out);
        new ListedTree(root, writer).add();
        return writer.sha256();
    }

    /**
     * One entry.
     *
     * @param directory whether it is a directory, otherwise it is a regular file
     * @param mode permission bits, at most 0777
     * @param size bytes of a file, 0 for a directory
     * @param sha256 SHA-256 of a file's content; empty for a directory
     * @param path relative to the tree's root, {@code /} between the components
     */
    public record Entry(boolean directory, int mode, long size, Optional<String> sha256, String path) {
        /** @throws IllegalArgumentException when it cannot be in a list */
        public Entry {
            if ((mode & ~0777) != 0) {
                throw new IllegalArgumentException(
                        "expected a mode of 0000 to 0777, found " + Integer.toOctalString(mode));
            }
            Grammar.number(size, 0, Grammar.MAX_NUMBER);
            sha256.ifPresent(Grammar::sha256);
            if (directory == sha256.isPresent() || (directory && size != 0)) {
                throw new IllegalArgumentException(
                        "expected a checksum of a file, and of a directory no size and no checksum");
            }
            ListedPath.of(path);
        }

        /** Returns a directory's entry. */
        public static Entry directory(String path, int mode) {
            return new Entry(true, mode, 0, Optional.empty(), path);
        }

        /** Returns a file's entry. */
        public static Entry file(String path, int mode, long size, String sha256) {
            return new Entry(false, mode, size, Optional.of(sha256), path);
        }

        static Entry parse(String line) {
            String[] parts = line.split(" ", -1);
            if (parts.length != 5
                    || !(parts[0].equals("d") || parts[0].equals("f"))
                    || !MODE.matcher(parts[1]).matches()) {
                throw Grammar.expected("f or d, a mode of four digits, a size, a checksum or -, and a path", line);
            }
            return new Entry(
                    parts[0].equals("d"),
                    Integer.parseInt(parts[1], 8),
                    Grammar.number(parts[2], 0, Grammar.MAX_NUMBER),
                    parts[3].equals("-") ? Optional.empty() : Optional.of(parts[3]),
                    ListedPath.parse(parts[4]).text());
        }

        String line() {
            String octal = Integer.toOctalString(01000 | mode).substring(1);
            return (directory ? "d 0" : "f 0") + octal + " " + size + " " + sha256.orElse("-") + " "
                    + ListedPath.of(path).escaped();
        }
    }

    /**
     * A reader of a list, entry by entry, that hashes what it reads. It keeps one line and one path.
     *
     * <p>Until it has returned the end, the entries are a stranger's: only then the checksum was compared.
     */
    public static final class Reader {
        private final ListLines lines;
        private final String sha256;
        private final ListOrder order = new ListOrder();
        private boolean begun;
        private boolean ended;

        /**
         * @param in the list; it is read in large pieces, and closing it is the caller's
         * @param sha256 what the statement says as {@code manifest}
         */
        public Reader(InputStream in, String sha256) {
            this.lines = new ListLines(in, MAX_LINE);
            this.sha256 = Grammar.sha256(sha256);
        }

        /**
         * Returns the next entry; empty at the end, where the whole list has the checksum that was expected.
         *
         * @throws ReleaseRefused when a line is not of the form above or out of order, or at the end, when the checksum
         *     is another one
         */
        public Optional<Entry> next() throws IOException, ReleaseRefused {
            if (ended) {
                return Optional.empty();
            }
            Optional<String> line = lines.next();
            if (!begun) {
                begun = true;
                if (!line.equals(Optional.of(HEADER))) {
                    throw lines.refuse("expected '" + HEADER + "', found '" + Grammar.printable(line.orElse("")) + "'");
                }
                line = lines.next();
            }
            if (line.isEmpty()) {
                requireChecksum();
                ended = true;
                return Optional.empty();
            }
            try {
                Entry entry = Entry.parse(line.get());
                order.add(entry);
                return Optional.of(entry);
            } catch (IllegalArgumentException e) {
                throw lines.refuse(String.valueOf(e.getMessage()));
            }
        }

        private void requireChecksum() throws ReleaseRefused {
            String found = lines.sha256();
            if (!found.equals(sha256)) {
                throw new ReleaseRefused(
                        ReleaseRefused.Check.FILES,
                        "file list: expected the SHA-256 " + sha256 + " of the statement, found " + found);
            }
        }
    }

    /** A writer of a list. It refuses entries in another order than a reader takes them. */
    public static final class Writer {
        private final OutputStream out;
        private final MessageDigest hash = Grammar.newSha256();
        private final ListOrder order = new ListOrder();

        /** Writes the head. Closing and buffering are the caller's. */
        public Writer(OutputStream out) throws IOException {
            this.out = out;
            write(HEADER);
        }

        /**
         * Writes one entry.
         *
         * @throws IllegalArgumentException when it does not follow the one before, or its directory is not listed
         */
        public void add(Entry entry) throws IOException {
            order.add(entry);
            write(entry.line());
        }

        private void write(String line) throws IOException {
            byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
            hash.update(bytes);
            out.write(bytes);
        }

        /** Ends the list, and returns the SHA-256 of what was written, for the statement. */
        public String sha256() {
            return Grammar.hex(hash.digest());
        }
    }
}
