package updater.transaction.backup;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.FileEntry;
import updater.api.Ticker;
import updater.fs.Directory;
import updater.fs.PrefetchingWalk;
import updater.state.manifest.ManifestWriter;

/** The pass that takes the bulk of the backup while the old agent runs. */
final class FirstPass implements PrefetchingWalk.Follower<FileEntry, Optional<FileEntry>> {
    private final BackupTree tree;
    private final ManifestWriter manifest;
    private final Ticker clock;
    private final long deadline;
    private final long linkedChecksums;
    private String reached = "";

    /**
     * How far a first pass got.
     *
     * @param start when it began
     * @param whole whether it took everything
     * @param reached the last path it came to: all that follows is for the second pass
     */
    record Extent(Instant start, boolean whole, String reached) {}

    /** The end of a walk whose time is up. */
    private static final class OutOfTime extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * @param deadline when to stop, in {@link Ticker#nanos()}
     * @param linkedChecksums until when linked files are read for their checksum
     */
    FirstPass(BackupTree tree, ManifestWriter manifest, Ticker clock, long deadline, long linkedChecksums) {
        this.tree = tree;
        this.manifest = manifest;
        this.clock = clock;
        this.deadline = deadline;
        this.linkedChecksums = linkedChecksums;
    }

    /** Returns whether the walk came to its end. */
    boolean walk(Directory home, Predicate<String> skip) throws IOException {
        try {
            PrefetchingWalk.walk(home, skip, new Describing(), this);
            return true;
        } catch (OutOfTime e) {
            return false;
        }
    }

    String reached() {
        return reached;
    }

    /** The thread ahead, which describes every path. */
    private static final class Describing implements PrefetchingWalk.Scout<FileEntry, Optional<FileEntry>> {
        @Override
        public Optional<FileEntry> enter(FileEntry entry, Directory itself) throws IOException {
            return Optional.of(HomeBackup.describeSelf(entry, itself));
        }

        @Override
        public Optional<FileEntry> file(FileEntry entry, Directory parent) throws IOException {
            return HomeBackup.described(entry, parent);
        }
    }

    @Override
    public void enter(FileEntry entry, Directory itself, FileEntry described) throws IOException {
        reached = entry.path();
        manifest.add(described);
    }

    private void requireTime(long now) throws OutOfTime {
        if (now - deadline >= 0) {
            throw new OutOfTime();
        }
    }

    @Override
    public void file(FileEntry entry, Directory parent, Optional<FileEntry> described) throws IOException {
        long now = clock.nanos();
        requireTime(now);
        boolean checksum = now - linkedChecksums < 0;
        // A large file may be more than there is time for. It is taken when the agent is down, like all that follows.
        Optional<BackupTree.Taken> taken =
                tree.take(entry, described, parent, checksum, BackupTree.Reading.ALL, () -> requireTime(clock.nanos()));
        reached = entry.path();
        if (taken.isPresent()) {
            manifest.add(taken.get().entry());
        }
    }
}
