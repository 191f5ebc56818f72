package updater.transaction.prepare;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Directory;
import updater.fs.Failures;
import updater.fs.TreeRemoval;

/** Copy and remove runtime images in the state directory. Nothing but the marker is forced to disk one by one. */
final class RuntimeTransfer {
    private final long uid;

    /** @param uid this process's user: only files of its own are linked */
    RuntimeTransfer(long uid) {
        this.uid = uid;
    }

    /** Copies what {@link RuntimeTree#read} accepted, the modes made plain: contents only, no attributes. */
    void copy(Directory from, Directory to) throws IOException {
        for (String name : from.names()) {
            Optional<FileEntry> entry = from.look(name);
            if (entry.isEmpty() || name.equals(RuntimeTree.MARKER)) {
                continue;
            }
            if (entry.get().type() == FileType.DIRECTORY) {
                to.createDirectory(name, RuntimeTree.copyMode(entry.get()));
                try (Directory source = from.child(name);
                        Directory target = to.child(name)) {
                    copy(source, target);
                }
            } else if (!linked(from, to, entry.get())) {
                transfer(from, to, entry.get());
            }
        }
    }

    /**
     * A link shares its content with the staged file. That is safe from everybody but this user, who alone may open such
     * a file for writing; a further name would mean that somebody else keeps it. What was linked is looked at, not what
     * lay there before.
     */
    private boolean linked(Directory from, Directory to, FileEntry entry) throws IOException {
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
                        && link.mode() == RuntimeTree.copyMode(link))
                .isPresent();
        if (!own) {
            to.delete(name);
        }
        return own;
    }

    private static void transfer(Directory from, Directory to, FileEntry entry) throws IOException {
        String name = entry.path();
        try (FileChannel source = from.read(name);
                FileChannel target = to.create(name, RuntimeTree.copyMode(entry))) {
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

    /** Removes an image, its marker first and durably: what is left of it when this is killed does not count. Idempotent. */
    static void remove(Directory parent, String name) throws IOException {
        Optional<FileEntry> there = parent.look(name);
        if (there.isPresent() && there.get().type() == FileType.DIRECTORY) {
            try (Directory image = parent.child(name)) {
                if (image.look(RuntimeTree.MARKER).isPresent()) {
                    image.delete(RuntimeTree.MARKER);
                    image.force();
                }
            }
        }
        TreeRemoval.remove(parent, name);
    }
}
