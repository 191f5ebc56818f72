package updater.fs;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The names in one directory. A name is usable when a string holds it without loss.
 *
 * @param directory the path to list and rename by
 * @param display the path for messages
 */
record UsableNames(Path directory, Path display) {
    /**
     * Hands over each name.
     *
     * @throws UnusableNameException when one is not usable
     */
    void forEach(Consumer<String> each) throws IOException {
        forEachEntry(entry -> each.accept(usable(entry)));
    }

    private String usable(Path entry) throws UnusableNameException {
        String name = entry.toString();
        // What is all ASCII is nothing else: there may be a million of them, a dozen times.
        if (!isAscii(name) && !isUsable(entry)) {
            throw new UnusableNameException(display, Names.escaped(entry));
        }
        return name;
    }

    /** Opens the names, to be taken one after another. */
    @SuppressWarnings("StreamResourceLeak") // Closed with what is returned.
    Directory.Listing list() throws IOException {
        DirectoryStream<Path> stream = Failures.named(display, () -> Files.newDirectoryStream(directory));
        Iterator<Path> entries = stream.iterator();
        return new Directory.Listing() {
            @Override
            public Optional<String> next() throws IOException {
                try {
                    return entries.hasNext() ? Optional.of(usable(entries.next().getFileName())) : Optional.empty();
                } catch (DirectoryIteratorException e) {
                    throw Failures.naming(display, Objects.requireNonNull(e.getCause()));
                }
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
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
        forEachEntry(entry -> {
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

    private void forEachEntry(Action action) throws IOException {
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

    private static boolean isAscii(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static boolean isUsable(Path entry) {
        try {
            return entry.equals(entry.getFileSystem().getPath(entry.toString()));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
