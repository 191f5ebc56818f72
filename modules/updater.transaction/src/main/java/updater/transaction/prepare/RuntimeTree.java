package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import updater.api.FileEntry;
import updater.api.UpdateFailure;
import updater.fs.Directory;

/**
 * Read a runtime image: plain files and directories, few and not deep.
 *
 * @param entries everything in it but the marker, paths relative to the image, parents before what is in them
 * @param id names the content: equal for equal paths, modes and bytes
 */
record RuntimeTree(List<FileEntry> entries, String id) {
    /** Lies in a copy that is complete; no part of what is copied. */
    static final String MARKER = ".complete";

    // A runtime image has some hundred files, three directories deep: more is no runtime image.
    private static final int MAX_ENTRIES = 20_000;
    private static final int MAX_DEPTH = 32;
    private static final int BUFFER_BYTES = 1 << 20;

    /**
     * Reads every file of the image; what it finds holds for the files as they were then.
     *
     * @throws UpdateFailure.Refused when there is a link, a special file, or too much of anything
     */
    static RuntimeTree read(Directory image) throws IOException, UpdateFailure.Refused {
        Reader reader = new Reader();
        reader.read(image, "", 0);
        String id = String.format(Locale.ROOT, "%08x-%x", reader.checksum.getValue(), reader.bytes);
        return new RuntimeTree(List.copyOf(reader.entries), id);
    }

    private static final class Reader {
        private final List<FileEntry> entries = new ArrayList<>();
        private final CRC32C checksum = new CRC32C();
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        private long bytes;

        void read(Directory directory, String path, int depth) throws IOException, UpdateFailure.Refused {
            for (String name : directory.names()) {
                String below = path.isEmpty() ? name : path + "/" + name;
                if (below.equals(MARKER)) {
                    continue;
                }
                FileEntry entry = directory
                        .look(name)
                        .orElseThrow(() -> new IOException(directory.display().resolve(name) + " vanished"))
                        .withPath(below);
                if (depth > MAX_DEPTH || entries.size() >= MAX_ENTRIES) {
                    throw refused(directory, name, "is one too many for a runtime image");
                }
                entries.add(entry);
                label(entry);
                switch (entry.type()) {
                    case DIRECTORY -> {
                        try (Directory child = directory.child(name)) {
                            read(child, below, depth + 1);
                        }
                    }
                    case REGULAR -> {
                        try (FileChannel file = directory.read(name)) {
                            content(file);
                        }
                    }
                    case SYMLINK, SPECIAL -> throw refused(directory, name, "is neither a file nor a directory");
                }
            }
        }

        /** The trailing NUL cannot be in a path: no two trees feed the checksum the same bytes by shifting a name. */
        private void label(FileEntry entry) {
            String text = entry.type() + " " + Integer.toOctalString(copyMode(entry)) + " " + entry.size() + " "
                    + entry.path() + "\0";
            checksum.update(text.getBytes(StandardCharsets.UTF_8));
        }

        private void content(FileChannel file) throws IOException {
            buffer.clear();
            while (file.read(buffer) >= 0) {
                buffer.flip();
                bytes += buffer.remaining();
                checksum.update(buffer);
                buffer.clear();
            }
        }

        private static UpdateFailure.Refused refused(Directory directory, String name, String why) {
            return new UpdateFailure.Refused(directory.display().resolve(name) + " " + why, "Unpack the update again");
        }
    }

    /** Returns the mode a copy gets: readable by all, writable by its owner, executable if it was. */
    static int copyMode(FileEntry entry) {
        return switch (entry.type()) {
            case DIRECTORY -> 0755;
            case REGULAR, SYMLINK, SPECIAL -> (entry.mode() & 0100) == 0 ? 0644 : 0755;
        };
    }
}
