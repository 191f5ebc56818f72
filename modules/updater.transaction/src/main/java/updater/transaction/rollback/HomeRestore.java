package updater.transaction.rollback;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Reason;
import updater.fs.Checksum;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.LeasedFileException;
import updater.fs.Pinned;
import updater.fs.TreeRemoval;
import updater.fs.UnusableNameException;
import updater.state.manifest.ManifestReader;
import updater.transaction.apply.CrossMountCopy;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.ChangeDetection;
import updater.transaction.backup.HomeBackup;
import updater.transaction.context.EventLog;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.WrittenMounts;

/**
 * The restoring of home to its manifest: walks both side by side; every path that differs is restored, whoever changed it.
 * Does not rely on the steps having been undone. Where an earlier rollback left paths pending, only those are restored.
 *
 * <p>Idempotent: paths that match the manifest are not touched. A path that cannot be restored is reported to
 * {@link PendingRestores} and skipped. Forces nothing: the caller forces the {@link WrittenMounts}. Directory times come
 * last, because restoring an entry changes its directory.
 */
final class HomeRestore implements ManifestComparison.Handler {
    private final UpdateContext context;
    private final BestEffort problems;
    private final DisplacedFiles displaced;
    private final EventLog log;
    private final BackupTree store;
    private final DirectoryChain opened;
    private final DirectoryChain backups;
    private final RestoreScope scope;
    private final PendingRestores pending;
    private final Instant described;
    private final WrittenMounts mounts;
    private final LeaseWait leases;

    private final RecreatedDirectories recreated = new RecreatedDirectories();
    private final Deque<Boolean> included = new ArrayDeque<>();

    /** Directories whose own time was right, until a path in them was restored. */
    private final Set<String> disturbed = new HashSet<>();

    /**
     * @param displaced takes what is about to be replaced or removed
     * @param pending takes the paths that could not be restored
     * @param mounts takes every file system in home
     */
    HomeRestore(
            UpdateContext context,
            BestEffort problems,
            DisplacedFiles displaced,
            RestoreScope scope,
            PendingRestores pending,
            WrittenMounts mounts,
            EventLog log)
            throws IOException {
        this.context = context;
        this.problems = problems;
        this.displaced = displaced;
        this.scope = scope;
        this.pending = pending;
        this.mounts = mounts;
        this.leases = new LeaseWait(context.clock());
        this.log = log;
        this.store = new BackupTree(context);
        this.opened = new DirectoryChain(context.disk());
        this.backups = new DirectoryChain(context.disk());
        // By the clock that stamps files, which may be behind the one that is read.
        this.described = Files.getLastModifiedTime(StateFiles.changes(context.layout()), LinkOption.NOFOLLOW_LINKS)
                .toInstant();
        this.included.push(scope.includes(""));
    }

    /** Restores the scope's part of home. Forces nothing. */
    void run() throws IOException {
        ManagedPaths managed = new ManagedPaths(context.product(), context.layout());
        try (store;
                opened;
                backups;
                Directory home = context.disk().open(context.layout().home());
                ManifestReader manifest = HomeBackup.manifest(context)) {
            ManifestComparison.run(home, managed::excludes, manifest, this);
            restoreTimesOfRecreated("");
        }
    }

    /** The manifest has no such name: whatever it is, it is removed under another one. */
    @Override
    public boolean unusable(UnusableNameException name, Directory itself) throws IOException {
        log.info("a name that cannot be used", "path", itself.display(), "name", name.escapedName());
        itself.renameUnusable();
        return true;
    }

    @Override
    public void missing(FileEntry before) throws IOException {
        if (!scope.includes(before, null)) {
            scope.passed(before);
            return;
        }
        if (before.type() == FileType.SPECIAL) {
            log.info("not made again: the agent does, if it needs it", "path", before.path());
            return;
        }
        attempt("restore", before, () -> {
            Place place = placeOf(before.path());
            restore(before, opened.parent(place), place.name());
        });
    }

    @Override
    public boolean added(FileEntry now, Directory parent, String name) {
        if (!scope.includes(now.path())) {
            return false;
        }
        attempt("remove", now, () -> {
            log.debug("not there before", "path", now.path());
            clear(parent, name, now.path());
        });
        return false;
    }

    @Override
    public boolean both(FileEntry before, FileEntry now, Directory parent, String name) {
        if (!scope.includes(before, now.type())) {
            return pass(before, now);
        }
        if (before.type() != now.type()) {
            attempt("restore", before, () -> {
                clear(parent, name, before.path());
                restore(before, parent, name);
            });
            return false;
        }
        attempt("restore", before, () -> {
            if (GrowingFile.hasGrown(before, now, parent, name)) {
                log.info("can only grow, and keeps what was appended", "path", before.path());
                return;
            }
            switch (now.type()) {
                case REGULAR -> restoreFileIn(before, now, parent, name);
                case SYMLINK -> restoreLink(before, now, parent, name);
                case DIRECTORY, SPECIAL -> restoreMetadata(before, now, parent, name);
            }
        });
        return enter(now, true);
    }

    private boolean pass(FileEntry before, FileEntry now) {
        if (before.type() != now.type()) {
            scope.passed(before);
            return false;
        }
        return scope.reaches(now.path()) && enter(now, false);
    }

    private boolean enter(FileEntry now, boolean include) {
        if (now.type() == FileType.DIRECTORY) {
            mounts.add(now.path(), now.stat().device());
            included.push(include);
            return true;
        }
        return false;
    }

    @Override
    public void leave(Optional<Instant> before, FileEntry now, Directory itself) {
        if (isOwn(now, itself) && before.isPresent()) {
            restoreTime(now, itself, before.get());
        }
    }

    /** Home's own time is excepted: removing tmp changes it again. */
    @Override
    public void leaveTree(Optional<FileEntry> before, FileEntry now, Directory itself) {
        if (isOwn(now, itself) && before.isPresent()) {
            attempt("restore", now, () -> {
                try (Pinned self = itself.pinSelf()) {
                    applyMetadata(before.get(), self);
                }
            });
        }
    }

    /** Leaves a directory, and puts the time of one back that only something in it is restored of. */
    private boolean isOwn(FileEntry now, Directory itself) {
        boolean own = included.pop();
        if (!own && disturbed.remove(now.path())) {
            restoreTime(now, itself, now.stat().modified());
        }
        return own;
    }

    private void restoreTime(FileEntry now, Directory itself, Instant modified) {
        attempt("restore the time of", now, () -> {
            if (!itself.self().modified().equals(modified)) {
                try (Pinned self = itself.pinSelf()) {
                    self.touch(modified);
                }
            }
        });
    }

    private void restoreFileIn(FileEntry before, FileEntry now, Directory parent, String name) throws IOException {
        if (sameContent(before, now, parent, name)) {
            restoreMetadata(before, now, parent, name);
        } else {
            displaced.beforeReplacing(parent, name, before.path());
            restore(before, parent, name);
        }
    }

    /**
     * Size and time tell, unless somebody set the time back; then the inode's change time gives that away, and the
     * checksum decides. It decides, too, about a file that was changed so shortly before the manifest was written that a
     * change right after it may have left the same change time. A file that was linked had its change time changed by
     * being put back, and no other bytes could be put in its place: its old inode is the proof, until its contents are
     * compared when the old agent runs.
     */
    private boolean sameContent(FileEntry before, FileEntry now, Directory parent, String name) throws IOException {
        if (now.size() != before.size()
                || !now.stat().modified().equals(before.stat().modified())) {
            return false;
        }
        if (now.stat().changed().equals(before.stat().changed())
                && now.sameInode(before)
                && ChangeDetection.settled(before, described)) {
            return true;
        }
        if (now.sameInode(before) && !isKeptApart(before)) {
            return true;
        }
        OptionalLong checksum = before.checksum();
        if (checksum.isEmpty()) {
            return now.sameInode(before);
        }
        try {
            return Checksum.crc32c(parent, name) == checksum.getAsLong();
        } catch (LeasedFileException e) {
            // Its backup can be put in its place without opening it.
            log.info("cannot be read, and is replaced by its backup", "path", before.path());
            return false;
        }
    }

    /** Returns whether there is a backup with bytes of its own. */
    private boolean isKeptApart(FileEntry before) throws IOException {
        return store.lookup(before.path())
                .filter(kept -> !kept.sameInode(before))
                .isPresent();
    }

    private void restoreLink(FileEntry before, FileEntry now, Directory parent, String name) throws IOException {
        if (!now.linkTarget().equals(before.linkTarget())) {
            parent.delete(name);
            restore(before, parent, name);
        } else {
            restoreMetadata(before, now, parent, name);
        }
    }

    private static void restoreMetadata(FileEntry before, FileEntry now, Directory parent, String name)
            throws IOException {
        boolean sameAttributes = parent.attributes(name).equals(before.attributes());
        boolean time = now.type() != FileType.DIRECTORY
                && !now.stat().modified().equals(before.stat().modified());
        if (now.mode() == before.mode()
                && now.stat().uid() == before.stat().uid()
                && now.stat().gid() == before.stat().gid()
                && sameAttributes
                && !time) {
            return;
        }
        try (Pinned file = parent.pinKnown(name, now)) {
            applyMetadata(before, file);
        }
    }

    private static void applyMetadata(FileEntry before, Pinned file) throws IOException {
        file.own(before.stat().uid(), before.stat().gid());
        file.setAttributes(before.attributes());
        file.chmod(before.mode());
        if (before.type() != FileType.DIRECTORY) {
            file.touch(before.stat().modified());
        }
    }

    /** Brings back what was there under a name, replacing a file that has it now. */
    private void restore(FileEntry before, Directory parent, String name) throws IOException {
        log.debug("restore", "path", before.path());
        switch (before.type()) {
            case REGULAR -> restoreFile(before, parent, name);
            case DIRECTORY -> {
                parent.createDirectory(name, 0700);
                try (Pinned directory = parent.pin(name)) {
                    applyMetadata(before, directory);
                }
                restoreTimesOfRecreated(before.path());
                recreated.push(before);
            }
            case SYMLINK -> {
                parent.symlink(name, before.linkTarget().orElseThrow());
                try (Pinned link = parent.pin(name)) {
                    applyMetadata(before, link);
                }
            }
            case SPECIAL -> log.info("not made again: the agent does, if it needs it", "path", before.path());
        }
    }

    private void restoreFile(FileEntry before, Directory parent, String name) throws IOException {
        Place backup = store.placeOf(before.path());
        Directory from;
        Optional<FileEntry> kept;
        try {
            from = backups.parent(backup);
            kept = from.lookup(backup.name());
        } catch (NoSuchFileException e) {
            throw new IOException("its backup " + backup + " is gone", e);
        }
        if (kept.isEmpty()) {
            throw new IOException("its backup " + backup + " is gone");
        }
        if (before.checksum().isPresent()
                && leases.crc32c(from, backup.name()) != before.checksum().getAsLong()) {
            throw new IOException("its backup " + backup + " was changed");
        }
        CrossMountCopy.moveBack(from, backup.name(), parent, name);
        FileEntry back = parent.lookup(name).orElseThrow();
        restoreMetadata(before, back, parent, name);
    }

    private void clear(Directory parent, String name, String path) throws IOException {
        displaced.beforeReplacing(parent, name, path);
        TreeRemoval.remove(parent, name);
    }

    /**
     * Restores the times of those that nothing more is going to be restored in, so that there are never more of them than
     * directories lie in each other, however many the new agent removed.
     *
     * @param next what is restored next, in the order of the manifest; empty behind everything
     */
    private void restoreTimesOfRecreated(String next) {
        for (Optional<FileEntry> left = recreated.pop(next); left.isPresent(); left = recreated.pop(next)) {
            FileEntry directory = left.get();
            attempt("restore the time of", directory, () -> {
                Place place = placeOf(directory.path());
                try (Pinned pinned = opened.parent(place).pin(place.name())) {
                    pinned.touch(directory.stat().modified());
                }
            });
        }
    }

    private Place placeOf(String path) {
        return new Place(context.layout().home(), path);
    }

    /** One thing that may fail. */
    @FunctionalInterface
    private interface Restoring {
        void run() throws IOException;
    }

    private void attempt(String what, FileEntry entry, Restoring restoring) {
        String path = entry.path();
        if (!scope.whole()) {
            disturbed.add(path.substring(0, Math.max(0, path.lastIndexOf('/'))));
        }
        try {
            restoring.run();
        } catch (IOException e) {
            problems.add("could not " + what + " " + context.layout().home().resolve(path) + ": " + Reason.at(e), e);
            pending.add(entry, PendingRestores.State.DIFFERENT);
        }
    }
}
