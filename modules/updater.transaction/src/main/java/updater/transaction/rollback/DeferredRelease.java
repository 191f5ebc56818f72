package updater.transaction.rollback;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Pinned;
import updater.fs.TreeRemoval;
import updater.transaction.apply.DisplacedFiles;

/**
 * The large files that a rollback replaces or removes, held open until the old agent runs: to free what a file of 50 MB
 * occupies takes the kernel 15 ms, in the call that takes away its last name, unless a process has it open.
 *
 * <p>Nothing depends on it. What is not held is freed at once: small files, what is beyond a number, what lies on another
 * file system than home, where a copy may need the room, and all of it when home's has no more free than would be held, for
 * the old agent may need the room to start; or when home's does not let go of a name while the file is open, but gives it
 * another one, as NFS does and some of FUSE: that is tried, once.
 */
final class DeferredRelease implements DisplacedFiles, Closeable {
    private static final long LARGE = 1 << 20;

    /** Each is an open file. */
    private static final int MOST = 100;

    private static final String TRIAL = "trial";

    private static final Room NONE = new Room(0, 0);

    private final Disk disk;
    private final Path home;
    private final Path backup;
    private final DisplacedFiles next;
    private final List<Pinned> held = new ArrayList<>();

    /** What may still be held; nothing was looked up before the first large file. */
    private @Nullable Room room;

    /** How much may be held of which file system. */
    private record Room(long device, long bytes) {}

    /**
     * @param backup a directory of home's file system that is the updater's alone, and may be missing: nothing is held then
     * @param next takes every file before it is held, and may move it away
     */
    DeferredRelease(Disk disk, Path home, Path backup, DisplacedFiles next) {
        this.disk = disk;
        this.home = home;
        this.backup = backup;
        this.next = next;
    }

    @Override
    public void beforeReplacing(Directory parent, String name, String path) throws IOException {
        next.beforeReplacing(parent, name, path);
        try {
            Optional<FileEntry> there = parent.lookup(name);
            if (there.isPresent() && isLarge(there.get()) && held.size() < MOST) {
                hold(parent, name, there.get());
            }
        } catch (IOException e) {
            // It is freed at once, then.
        }
    }

    private static boolean isLarge(FileEntry there) {
        return there.type() == FileType.REGULAR
                && there.size() >= LARGE
                && there.stat().links() == 1;
    }

    private void hold(Directory parent, String name, FileEntry there) throws IOException {
        Room left = room();
        if (there.stat().device() == left.device() && there.size() <= left.bytes()) {
            held.add(parent.pinKnown(name, there));
            room = new Room(left.device(), left.bytes() - there.size());
        }
    }

    /** While no agent runs, no other process takes much of it: it is looked up once. */
    private Room room() throws IOException {
        Room known = room;
        if (known == null) {
            room = NONE;
            known = measure();
            room = known;
        }
        return known;
    }

    /** To hold as much as is free leaves as much as is held. */
    private Room measure() throws IOException {
        try (Directory itself = disk.open(home);
                Directory own = disk.open(backup)) {
            return letsGoOfNames(own)
                    ? new Room(itself.self().device(), disk.space(home).usableBytes())
                    : NONE;
        }
    }

    private static boolean letsGoOfNames(Directory own) throws IOException {
        TreeRemoval.remove(own, TRIAL);
        own.createDirectory(TRIAL, 0700);
        try (Directory trial = own.child(TRIAL);
                Pinned _ = trial.createFile("open")) {
            trial.delete("open");
            return trial.isEmpty();
        } finally {
            TreeRemoval.remove(own, TRIAL);
        }
    }

    /** Lets go of all that is held. */
    @Override
    public void close() {
        for (Pinned file : held) {
            try {
                file.close();
            } catch (IOException e) {
                // The end of the process closes it.
            }
        }
        held.clear();
    }
}
