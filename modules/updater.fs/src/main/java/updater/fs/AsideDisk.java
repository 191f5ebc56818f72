package updater.fs;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.Ticker;

/**
 * A disk of Windows that behaves as one of POSIX where files are in use.
 *
 * <p>On Windows a file that another process has open can be neither deleted nor replaced by a rename. It can be
 * <em>renamed</em>, unless it was opened without sharing that: a program that runs and a library that is loaded can. So
 * what is in the way is renamed aside, into a directory on the same volume, and its name is free at once. What lies
 * aside is removed by a later run of the updater, when no process has it open any more, or when the host boots. A file
 * that cannot even be renamed is tried again ({@link BusyFileRetry}).
 *
 * <p>That a name changes hands in two renames instead of one is the price, paid only for a file that is in use: a
 * process that looks in between finds nothing there, and an updater killed in between leaves it so. The rollback
 * restores it from the backup, like anything else that is missing.
 */
final class AsideDisk implements Disk {
    private static final String PREFIX = "aside-";

    private final Disk disk;
    private final BusyFileRetry retry;
    private final Consumer<Path> atBoot;
    private final Optional<Path> place;
    private long last;

    /** @param atBoot has a file removed when the host boots; may fail silently */
    AsideDisk(Disk disk, Ticker clock, Consumer<Path> atBoot) {
        this(disk, new BusyFileRetry(clock), atBoot, Optional.empty());
    }

    private AsideDisk(Disk disk, BusyFileRetry retry, Consumer<Path> atBoot, Optional<Path> place) {
        this.disk = disk;
        this.retry = retry;
        this.atBoot = atBoot;
        this.place = place;
    }

    @Override
    public Disk settingAside(Path directory) {
        return new AsideDisk(disk, retry, atBoot, Optional.of(directory));
    }

    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        return new AsideDirectory(this, retry, disk.open(absoluteDirectory));
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }

    /** {@inheritDoc} What is still in use stays for the next time. */
    @Override
    public void clearAside() throws IOException {
        if (place.isEmpty()) {
            return;
        }
        Path directory = place.get();
        try (Directory aside = disk.open(directory)) {
            SortedNames.forEach(aside, name -> removeUnlessBusy(aside, name));
        } catch (NoSuchFileException e) {
            return;
        }
        removeIfEmpty(directory);
    }

    private static void removeUnlessBusy(Directory aside, String name) throws IOException {
        try {
            TreeRemoval.remove(aside, name);
        } catch (FileSystemException e) {
            if (!BusyFileRetry.busy(e)) {
                throw e;
            }
        }
    }

    private void removeIfEmpty(Path directory) throws IOException {
        Path parent = directory.getParent();
        if (parent == null) {
            return;
        }
        try (Directory above = disk.open(parent)) {
            above.deleteDirectory(String.valueOf(directory.getFileName()));
        } catch (DirectoryNotEmptyException e) {
            // Something is still in use.
        }
    }

    /**
     * Renames what has a name out of the way, and returns where it is now.
     *
     * @param in the directory as the disk below has it
     */
    Aside moveAside(Directory in, String name) throws IOException {
        Optional<Directory> common = openPlace(in);
        try {
            Directory to = common.orElse(in);
            String free = free(to);
            in.rename(name, to, free);
            return new Aside(to, free, common.isPresent(), atBoot);
        } catch (IOException | RuntimeException e) {
            if (common.isPresent()) {
                common.get().close();
            }
            throw e;
        }
    }

    /** The place to which something was moved aside. */
    record Aside(Directory directory, String name, boolean owned, Consumer<Path> atBoot) implements AutoCloseable {
        void back(Directory to, String original) throws IOException {
            directory.rename(name, to, original);
        }

        /** Removes it, unless it is still in use, as it mostly is. */
        void discard() {
            try {
                directory.delete(name);
            } catch (IOException e) {
                // For the next run, or the next boot: its name is free, which is what counts.
                atBoot.accept(directory.display().resolve(name));
            }
        }

        @Override
        public void close() throws IOException {
            if (owned) {
                directory.close();
            }
        }
    }

    /** Opens the common place, made if need be; empty where there is none on the same volume. */
    private Optional<Directory> openPlace(Directory in) throws IOException {
        if (place.isEmpty()) {
            return Optional.empty();
        }
        Directory aside = make(place.get());
        if (aside.sameMount(in)) {
            return Optional.of(aside);
        }
        aside.close();
        return Optional.empty();
    }

    private Directory make(Path directory) throws IOException {
        try {
            return disk.open(directory);
        } catch (NoSuchFileException e) {
            Path parent = directory.getParent();
            if (parent == null) {
                throw e;
            }
            String name = String.valueOf(directory.getFileName());
            try (Directory above = make(parent)) {
                above.createDirectory(name, 0700);
            } catch (FileAlreadyExistsException made) {
                throw new NotDirectoryException(directory.toString());
            }
            return disk.open(directory);
        }
    }

    private synchronized String free(Directory to) throws IOException {
        String name;
        do {
            last++;
            name = PREFIX + last;
        } while (to.lookup(name).isPresent());
        return name;
    }
}
