package updater.fs;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
     * Returns all names, sorted.
     *
     * @throws UnusableNameException when one of them is not usable
     */
    List<String> sorted() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path entry : list()) {
            if (!isUsable(entry)) {
                throw new UnusableNameException(display, Names.escaped(entry));
            }
            names.add(entry.toString());
        }
        Collections.sort(names);
        return names;
    }

    /** Gives every entry whose name is not usable another one. Forces nothing. */
    void renameOthers() throws IOException {
        for (Path entry : list()) {
            if (!isUsable(entry)) {
                String usable = "unusable-"
                        + Long.toHexString(ThreadLocalRandom.current().nextLong());
                try {
                    Files.move(directory.resolve(entry), directory.resolve(usable), StandardCopyOption.ATOMIC_MOVE);
                } catch (NoSuchFileException e) {
                    // It went away by itself, which is as good.
                } catch (IOException e) {
                    throw Failures.naming(display.resolve(usable), e);
                }
            }
        }
    }

    private List<Path> list() throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path entry : stream) {
                entries.add(entry.getFileName());
            }
        } catch (DirectoryIteratorException e) {
            throw Failures.naming(display, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw Failures.naming(display, e);
        }
        return entries;
    }

    private static boolean isUsable(Path entry) {
        try {
            return entry.equals(entry.getFileSystem().getPath(entry.toString()));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
