package updater.app;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Pinned;

/**
 * Hold large files that an undo replaces or removes, until the old agent runs: to free what a file of 50 MB occupies takes
 * the kernel 15 ms, in the call that takes away its last name, unless somebody has it open.
 *
 * <p>Nothing depends on it. What is not held is freed at once: small files, what is beyond a number, and all of it when
 * the disk has no more free than would be held, for the old agent may need the room to start.
 */
final class LateRelease implements Placing.Displaced, Closeable {
    private static final long LARGE = 1 << 20;

    /** Each is an open file. */
    private static final int MOST = 100;

    private final Disk disk;
    private final Path home;
    private final Placing.Displaced next;
    private final List<Pinned> held = new ArrayList<>();
    private long bytes;

    /** @param next is told of every file after it is held */
    LateRelease(Disk disk, Path home, Placing.Displaced next) {
        this.disk = disk;
        this.home = home;
        this.next = next;
    }

    @Override
    public void about(Directory parent, String name, String path) throws IOException {
        hold(parent, name);
        next.about(parent, name, path);
    }

    private void hold(Directory parent, String name) {
        try {
            Optional<FileEntry> there = parent.look(name);
            if (there.isPresent() && isWorthIt(there.get())) {
                held.add(parent.pinKnown(name, there.get()));
                bytes += there.get().size();
            }
        } catch (IOException e) {
            // It is freed at once, then.
        }
    }

    private boolean isWorthIt(FileEntry there) throws IOException {
        return there.type() == FileType.REGULAR
                && there.size() >= LARGE
                && there.links() == 1
                && held.size() < MOST
                && disk.space(home).usableBytes() >= bytes + there.size();
    }

    /** Lets go of all that is held. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Pinned file : held) {
            try {
                file.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        held.clear();
        bytes = 0;
        if (failure != null) {
            throw failure;
        }
    }
}
