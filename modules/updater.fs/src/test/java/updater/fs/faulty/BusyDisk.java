package updater.fs.faulty;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.Ticker;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Space;

/**
 * A disk that refuses what Windows refuses while files are in use, by the clock of a test.
 *
 * <ul>
 *   <li>A file that <em>runs</em> can be renamed, but neither deleted nor replaced.
 *   <li>A file that is <em>locked</em>, opened without sharing its deletion, cannot even be renamed.
 *   <li>A <em>scanner</em> locks every file for a while once it was created.
 * </ul>
 *
 * <p>It is the inode that is in use, whatever its name; a hard link to it is in use as well.
 */
public final class BusyDisk implements Disk {
    private final Disk disk;
    private final Ticker clock;
    private final Map<Long, Long> running = new HashMap<>();
    private final Map<Long, Long> locked = new HashMap<>();
    private Duration scanning = Duration.ZERO;
    private int refusals;

    public BusyDisk(Disk disk, Ticker clock) {
        this.disk = disk;
        this.clock = clock;
    }

    /** From now on a scanner opens what is created, for so long. */
    public BusyDisk scanning(Duration time) {
        scanning = time;
        return this;
    }

    /** The file is a program that runs for so long. */
    public void run(FileEntry file, Duration time) {
        running.put(file.stat().inode(), clock.nanos() + time.toNanos());
    }

    /** The file is open without sharing for so long. */
    public void lock(FileEntry file, Duration time) {
        locked.put(file.stat().inode(), clock.nanos() + time.toNanos());
    }

    /** Whoever had something open has ended. */
    public void letGo() {
        running.clear();
        locked.clear();
    }

    /** Returns how often something was refused: a test in which nothing was proves nothing. */
    public int refusals() {
        return refusals;
    }

    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        return new BusyDirectory(this, disk.open(absoluteDirectory));
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }

    void created(Directory directory, String name) throws IOException {
        Optional<FileEntry> file = directory.lookup(name);
        if (file.isPresent() && !scanning.isZero()) {
            lock(file.get(), scanning);
        }
    }

    /** Refuses to rename what is locked. */
    void requireMovable(Directory directory, String name) throws IOException {
        Optional<FileEntry> file = directory.lookup(name);
        if (file.isPresent() && inUse(locked, file.get())) {
            refusals++;
            throw new FileSystemException(
                    directory.display().resolve(name).toString(), null, "is being used by another process");
        }
    }

    /** Refuses to delete or replace what is in use at all. */
    void requireUnused(Directory directory, String name) throws IOException {
        requireMovable(directory, name);
        Optional<FileEntry> file = directory.lookup(name);
        if (file.isPresent() && inUse(running, file.get())) {
            refusals++;
            throw new AccessDeniedException(directory.display().resolve(name).toString());
        }
    }

    private boolean inUse(Map<Long, Long> files, FileEntry file) {
        Long until = files.get(file.stat().inode());
        return until != null && clock.nanos() < until;
    }
}
