package updater.transaction.prepare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Failures;
import updater.fs.SortedNames;
import updater.fs.TreeRemoval;
import updater.fs.TreeWalk;

/**
 * A runtime image as it was read: plain files and directories.
 *
 * @param entries everything in it but the marker, paths relative to the image, parents before what is in them
 * @param id names the content: equal for equal paths, modes and bytes
 */
record RuntimeImage(List<FileEntry> entries, String id) {
    /** The file in a copy that is complete; no part of what is copied. */
    static final String MARKER = ".complete";

    /** More than any runtime image has, which is some hundred. */
    private static final int MAX_ENTRIES = 20_000;

    private static final int BUFFER_BYTES = 1 << 20;

    /**
     * Reads every file of an image; the result holds for the files as they were then.
     *
     * @throws UpdateFailure.Refused when there is a link, a special file, or too many entries
     */
    static RuntimeImage read(Directory image) throws IOException, UpdateFailure.Refused {
        Reader reader = new Reader();
        try {
            TreeWalk.walk(image, path -> path.equals(MARKER) || path.equals(MARKER + "/"), reader);
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
        String id = String.format(Locale.ROOT, "%08x-%x", reader.checksum.getValue(), reader.bytes);
        return new RuntimeImage(List.copyOf(reader.entries), id);
    }

    private static final class Reader implements TreeWalk.Visitor {
        private final List<FileEntry> entries = new ArrayList<>();
        private final CRC32C checksum = new CRC32C();
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        private long bytes;

        @Override
        public boolean enter(FileEntry directory, Directory opened) throws IOException {
            if (!directory.path().isEmpty()) {
                add(directory, opened.display());
            }
            return true;
        }

        @Override
        public void file(FileEntry entry, Directory parent) throws IOException {
            Path path = parent.display().resolve(entry.name());
            add(entry, path);
            if (entry.type() != FileType.REGULAR) {
                throw new Refusal(path + " is neither a file nor a directory", "Unpack the update again");
            }
            try (FileChannel file = parent.read(entry.name())) {
                buffer.clear();
                while (file.read(buffer) >= 0) {
                    buffer.flip();
                    bytes += buffer.remaining();
                    checksum.update(buffer);
                    buffer.clear();
                }
            }
        }

        /** The trailing NUL cannot be in a path: no two trees feed the checksum the same bytes by shifting a name. */
        private void add(FileEntry entry, Path path) throws Refusal {
            if (entries.size() >= MAX_ENTRIES) {
                throw new Refusal(path + " is one too many for a runtime image", "Unpack the update again");
            }
            entries.add(entry);
            String label = entry.type() + " " + Integer.toOctalString(copyMode(entry)) + " " + entry.size() + " "
                    + entry.path() + "\0";
            checksum.update(label.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * Copies an image that {@link #read} accepted: contents and plain modes, no attributes. Forces nothing.
     *
     * @param uid this process's user: only files of its own are linked
     */
    static void copy(Directory from, Directory to, long uid) throws IOException {
        SortedNames.forEach(from, name -> {
            Optional<FileEntry> entry = from.look(name);
            if (entry.isPresent() && !name.equals(MARKER)) {
                copy(from, entry.get(), to, uid);
            }
        });
    }

    private static void copy(Directory from, FileEntry entry, Directory to, long uid) throws IOException {
        String name = entry.path();
        if (entry.type() == FileType.DIRECTORY) {
            to.createDirectory(name, copyMode(entry));
            try (Directory source = from.child(name);
                    Directory target = to.child(name)) {
                copy(source, target, uid);
            }
        } else if (!linked(from, to, entry, uid)) {
            copyContent(from, to, entry);
        }
    }

    /**
     * A link shares its content with the staged file. That is safe from everybody but this user, who alone may open such
     * a file for writing; a further name would mean that another user keeps it. What was linked is checked, not what was
     * there before.
     */
    private static boolean linked(Directory from, Directory to, FileEntry entry, long uid) throws IOException {
        String name = entry.path();
        if (entry.stat().uid() != uid || entry.stat().links() != 1) {
            return false;
        }
        try {
            from.link(name, to, name);
        } catch (IOException | UnsupportedOperationException e) {
            // Another file system, a bind mount, one without links, too many of them: a copy is as good.
            return false;
        }
        boolean own = to.look(name)
                .filter(link -> link.type() == FileType.REGULAR
                        && link.stat().uid() == uid
                        && link.stat().links() == 2
                        && link.mode() == copyMode(link))
                .isPresent();
        if (!own) {
            to.delete(name);
        }
        return own;
    }

    private static void copyContent(Directory from, Directory to, FileEntry entry) throws IOException {
        String name = entry.path();
        try (FileChannel source = from.read(name);
                FileChannel target = to.create(name, copyMode(entry))) {
            long size = source.size();
            long position = 0;
            while (position < size) {
                long moved = moved(source, position, size, target, to.display().resolve(name));
                if (moved <= 0) {
                    throw new IOException(from.display().resolve(name) + " became shorter while it was copied");
                }
                position += moved;
            }
        }
    }

    private static long moved(FileChannel source, long position, long size, FileChannel target, Path path)
            throws IOException {
        try {
            return source.transferTo(position, size - position, target);
        } catch (IOException e) {
            throw Failures.naming(path, e);
        }
    }

    /** Removes an image, its marker first and durably: a removal that is killed leaves no complete copy. Idempotent. */
    static void remove(Directory parent, String name) throws IOException {
        Optional<FileEntry> there = parent.look(name);
        if (there.isPresent() && there.get().type() == FileType.DIRECTORY) {
            try (Directory image = parent.child(name)) {
                if (image.look(MARKER).isPresent()) {
                    image.delete(MARKER);
                    image.force();
                }
            }
        }
        TreeRemoval.remove(parent, name);
    }

    /** Returns the mode a copy gets: readable by all, writable by its owner, executable if it was. */
    private static int copyMode(FileEntry entry) {
        return switch (entry.type()) {
            case DIRECTORY -> 0755;
            case REGULAR, SYMLINK, SPECIAL -> (entry.mode() & 0100) == 0 ? 0644 : 0755;
        };
    }
}
