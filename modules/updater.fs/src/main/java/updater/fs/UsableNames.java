package updater.fs;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The names in one directory. A name is usable when a string holds it without loss.
 *
 * @param directory the path to list and rename by
 * @param display the path for messages
 */
record UsableNames(Path directory, Path display) {
    /**
     * Returns the first names behind a given one.
     *
     * @throws UnusableNameException when any name is not usable
     */
    Directory.Listing after(String after, long budget) throws IOException {
        SmallestNames smallest = new SmallestNames(after, budget);
        forEach(entry -> {
            if (!isUsable(entry)) {
                throw new UnusableNameException(display, Names.escaped(entry));
            }
            smallest.offer(entry.toString());
        });
        return smallest.listing();
    }

    /** Returns whether there is no entry, usable or not. */
    boolean none() throws IOException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            return !stream.iterator().hasNext();
        } catch (DirectoryIteratorException e) {
            throw Failures.naming(display, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw Failures.naming(display, e);
        }
    }

    /** Gives every entry whose name is not usable another one. Forces nothing. */
    void renameOthers() throws IOException {
        forEach(entry -> {
            if (!isUsable(entry)) {
                rename(entry);
            }
        });
    }

    private void rename(Path entry) throws IOException {
        String usable =
                "unusable-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
        try {
            Files.move(directory.resolve(entry), directory.resolve(usable), StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            // It went away by itself, which is as good.
        }
    }

    private interface Action {
        void accept(Path entry) throws IOException;
    }

    private void forEach(Action action) throws IOException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path entry : stream) {
                action.accept(entry.getFileName());
            }
        } catch (DirectoryIteratorException e) {
            throw Failures.naming(display, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw Failures.naming(display, e);
        }
    }

    private static boolean isUsable(Path entry) {
        try {
            return entry.equals(entry.getFileSystem().getPath(entry.toString()));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
