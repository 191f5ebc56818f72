package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.fs.Checksum;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.fs.PrefetchingWalk;
import updater.state.log.LogChannels;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * Back home up in two passes, and record what it was.
 *
 * <p>The first pass runs while the agent does, and takes the bulk: a copy and a checksum of every file, except those the
 * planner linked because they will be replaced. The second runs when the agent has exited, and looks at the inode of
 * everything: only what changed in between is described and copied again.
 *
 * <p>Whether a file changed is told by inode, size, modification and change time. A change within the clock tick of the
 * one before it would leave the times as they are, so a file that was changed shortly before the first pass is taken
 * again by the second one.
 */
public final class HomeBackup {
    /** Longest tick of the clock a file system with sub-second times stamps with: 10 ms at 100 Hz, and some more. */
    private static final Duration FINE_TICK = Duration.ofMillis(50);

    /** Times in whole seconds (ext4 with small inodes), or in two (FAT). */
    private static final Duration COARSE_TICK = Duration.ofSeconds(2);

    private final UpdateContext context;
    private final ManagedPaths scope;
    private final BackupTree store;
    private Instant firstPass = Instant.MAX;
    private boolean whole;

    /** Where the first pass has got to: all that comes after it is for the second. */
    private String reached = "";

    private long copiedInWindow;
    private long changedInWindow;

    public HomeBackup(UpdateContext context, BackupTree store) {
        this.context = context;
        this.scope = new ManagedPaths(context.product(), context.layout());
        this.store = store;
    }

    /** Opens the manifest of both passes. */
    public static ManifestReader manifest(UpdateContext context) throws IOException {
        return ManifestReader.open(context.layout().manifest(), StateFiles.changes(context.layout()), context.logs());
    }

    /** Returns whether the first pass took everything. */
    public boolean whole() {
        return whole;
    }

    /** Returns how many bytes the second pass had to copy. */
    public long copiedInWindow() {
        return copiedInWindow;
    }

    /** Returns how many paths the second pass found changed, new or gone. */
    public long changedInWindow() {
        return changedInWindow;
    }

    /** Writes a manifest and counts what it holds. */
    private static final class Counted implements Closeable {
        private final ManifestWriter writer;
        private long count;

        Counted(Path file, LogChannels logs) throws IOException {
            writer = ManifestWriter.create(file, logs);
        }

        void add(FileEntry entry) throws IOException {
            writer.add(entry);
            count++;
        }

        void gone(String path) throws IOException {
            writer.gone(path);
            count++;
        }

        void complete() throws IOException {
            writer.complete(count);
        }

        @Override
        public void close() throws IOException {
            writer.close();
        }
    }

    /** Ends the first pass when its time is up. */
    private static final class OutOfTime extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Takes the bulk, until the deadline: what is left is for the second pass. Forces the manifest, not the copies.
     *
     * @param deadline when to stop, in {@link updater.api.Ticker#nanos()}
     * @param linkedChecksums until when linked files, whose bytes cannot be lost, are read for their checksum
     */
    public void bulk(Directory home, long deadline, long linkedChecksums) throws IOException {
        firstPass = context.clock().now();
        try (Counted writer = new Counted(context.layout().manifest(), context.logs())) {
            whole = true;
            try {
                PrefetchingWalk.walk(home, scope::excludes, new Look(), new Bulk(writer, deadline, linkedChecksums));
            } catch (OutOfTime e) {
                whole = false;
            }
            writer.complete();
        }
    }

    /**
     * Looks at everything again, takes what changed, and writes that down beside the manifest of the first pass. Forces
     * that file, not the copies.
     */
    public void complete(Directory home) throws IOException {
        try (ManifestReader bulk = ManifestReader.open(context.layout().manifest(), context.logs());
                Counted writer = new Counted(StateFiles.changes(context.layout()), context.logs())) {
            writer.add(describeSelf(new FileEntry("", home.self()), home));
            Completion completion = new Completion(writer, bulk);
            PrefetchingWalk.walk(home, scope::excludes, new LookAgain(), completion);
            completion.merge.rest("");
            writer.complete();
            changedInWindow = writer.count;
        }
    }

    /** Describes files; what has vanished by nothing. */
    private static final class Look implements PrefetchingWalk.Scout<FileEntry, Optional<FileEntry>> {
        @Override
        public Optional<FileEntry> enter(FileEntry entry, Directory itself) throws IOException {
            return Optional.of(describeSelf(entry, itself));
        }

        @Override
        public Optional<FileEntry> file(FileEntry entry, Directory parent) throws IOException {
            return described(entry, parent);
        }
    }

    private final class Bulk implements PrefetchingWalk.Follower<FileEntry, Optional<FileEntry>> {
        private final Counted writer;
        private final long deadline;
        private final long linkedChecksums;

        Bulk(Counted writer, long deadline, long linkedChecksums) {
            this.writer = writer;
            this.deadline = deadline;
            this.linkedChecksums = linkedChecksums;
        }

        @Override
        public void enter(FileEntry entry, Directory itself, FileEntry described) throws IOException {
            reached = entry.path();
            writer.add(described);
        }

        @Override
        public void file(FileEntry entry, Directory parent, Optional<FileEntry> described) throws IOException {
            long now = context.clock().nanos();
            if (now - deadline >= 0) {
                throw new OutOfTime();
            }
            reached = entry.path();
            Optional<FileEntry> taken = take(entry, described, parent, now - linkedChecksums < 0);
            if (taken.isPresent()) {
                writer.add(taken.get());
            }
        }
    }

    private static FileEntry describeSelf(FileEntry entry, Directory itself) throws IOException {
        try (Pinned self = itself.pinSelf()) {
            return entry.withAttributes(self.attributes());
        }
    }

    /** Returns a file with its attributes; empty when it vanished meanwhile. */
    private static Optional<FileEntry> described(FileEntry entry, Directory parent) throws IOException {
        try {
            return Optional.of(entry.withAttributes(parent.attributes(entry.name())));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Makes sure that a file is in the backup, and returns it as it is kept; empty when it vanished meanwhile. */
    private Optional<FileEntry> take(FileEntry entry, Optional<FileEntry> described, Directory parent, boolean checksum)
            throws IOException {
        if (entry.type() != FileType.REGULAR) {
            return described;
        }
        try {
            String name = entry.name();
            if (described.isPresent() && store.holds(entry)) {
                return checksum ? Optional.of(described.get().withChecksum(Checksum.crc32c(parent, name))) : described;
            }
            return Optional.of(store.copy(parent, name, entry.path()).withPath(entry.path()));
        } catch (NoSuchFileException e) {
            store.forget(entry.path());
            return Optional.empty();
        }
    }

    /** What is described ahead in the second pass: a file that the first one did not get to, which may have vanished. */
    private record Seen(boolean described, Optional<FileEntry> description) {
        static final Seen ITSELF = new Seen(false, Optional.empty());
    }

    /** Describes what the first pass did not get to. */
    private final class LookAgain implements PrefetchingWalk.Scout<FileEntry, Seen> {
        @Override
        public Optional<FileEntry> enter(FileEntry directory, Directory opened) {
            return Optional.of(directory);
        }

        @Override
        public Seen file(FileEntry entry, Directory parent) throws IOException {
            boolean isNew = !whole && ManifestEntry.WALK_ORDER.compare(reached, entry.path()) < 0;
            return isNew ? new Seen(true, described(entry, parent)) : Seen.ITSELF;
        }
    }

    private final class Completion implements PrefetchingWalk.Follower<FileEntry, Seen> {
        private final Counted writer;
        private final ManifestCursor merge;

        Completion(Counted writer, ManifestReader bulk) throws IOException {
            this.writer = writer;
            this.merge = new ManifestCursor(bulk, this::gone);
        }

        private void gone(FileEntry before) throws IOException {
            writer.gone(before.path());
            if (before.type() == FileType.REGULAR) {
                store.forget(before.path());
            }
        }

        @Override
        public void enter(FileEntry now, Directory itself, FileEntry found) throws IOException {
            Optional<FileEntry> before = merge.upTo(now.path());
            // Home itself was described before all else.
            if (!now.path().isEmpty() && !isKept(before, now)) {
                writer.add(describeSelf(now, itself));
            }
        }

        @Override
        public void file(FileEntry now, Directory parent, Seen seen) throws IOException {
            Optional<FileEntry> before = merge.upTo(now.path());
            if (isKept(before, now)) {
                return;
            }
            Optional<FileEntry> described = seen.described() ? seen.description() : described(now, parent);
            Optional<FileEntry> taken = take(now, described, parent, false);
            if (taken.isPresent()) {
                copiedInWindow += taken.get().checksum().isPresent() ? now.size() : 0;
                writer.add(taken.get());
            } else if (before.isPresent()) {
                writer.gone(before.get().path());
            }
        }
    }

    /** Returns whether the first pass has it as it is now. */
    private boolean isKept(Optional<FileEntry> taken, FileEntry now) {
        return taken.filter(before -> now.untouchedSince(before) && settled(before))
                .isPresent();
    }

    private boolean settled(FileEntry before) {
        return settled(before, firstPass);
    }

    /** Returns whether a change after {@code look} cannot have left a file's change time as it was seen then. */
    public static boolean settled(FileEntry seen, Instant look) {
        Instant changed = seen.stat().changed();
        Duration tick = changed.equals(changed.truncatedTo(ChronoUnit.SECONDS)) ? COARSE_TICK : FINE_TICK;
        return changed.plus(tick).isBefore(look);
    }
}
