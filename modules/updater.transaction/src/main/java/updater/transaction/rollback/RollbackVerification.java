package updater.transaction.rollback;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.LeasedFileException;
import updater.fs.Pinned;
import updater.state.document.UpdateReport;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The verification that home, and the files outside it that were touched, are what they were. Changes nothing.
 *
 * <p>In two parts. {@link #identity} compares everything but contents, while no agent runs: types, sizes, times, owners,
 * modes, attributes, link targets, nothing missing, nothing added. {@link #content} compares checksums once the old
 * agent is up again, so that reading costs no downtime; a file that agent has written to by then is counted apart.
 */
final class RollbackVerification {
    private static final int SHOWN = 200;

    private final UpdateContext context;
    private final PendingRestores pending;
    private final LeaseWait leases;
    private final List<String> differences = new ArrayList<>();
    private final List<String> changedSince = new ArrayList<>();
    private final List<UpdateReport.KeptFile> grown = new ArrayList<>();
    private long differing;
    private long compared;
    private long byContent;
    private long byIdentity;

    /** @param pending takes every path of home that is not what it was */
    RollbackVerification(UpdateContext context, PendingRestores pending) {
        this.context = context;
        this.pending = pending;
        this.leases = new LeaseWait(context.clock());
    }

    /** Returns what was compared, and what differed; each list holds the first 200. */
    UpdateReport.Verification result() {
        return new UpdateReport.Verification(compared, byContent, byIdentity, differences, changedSince);
    }

    /** Returns what can only grow, and keeps what was appended to it; the first 200. */
    List<UpdateReport.KeptFile> grown() {
        return List.copyOf(grown);
    }

    private void hasGrown(FileEntry before) {
        if (grown.size() < SHOWN) {
            grown.add(new UpdateReport.KeptFile(
                    before.path(),
                    "append-only (chattr +a): what the new agent appended stays",
                    context.layout().home().resolve(before.path()).toString()));
        }
    }

    void differs(String what) {
        differing++;
        if (differences.size() < SHOWN) {
            differences.add(what);
        }
    }

    /** Compares everything but contents, of the scope's part of home and of all that was touched outside. */
    void identity(RestoreScope scope) throws IOException {
        ManagedPaths managed = new ManagedPaths(context.product(), context.layout());
        try (Directory home = context.disk().open(context.layout().home());
                ManifestReader manifest = HomeBackup.manifest(context)) {
            ManifestComparison.run(home, managed::excludes, manifest, new Identity(scope));
        }
        try (ManifestReader outside = ManifestReader.open(StateFiles.outside(context.layout()), context.logs())) {
            for (Optional<ManifestEntry> next = outside.next(); next.isPresent(); next = outside.next()) {
                if (!LinkedDirectories.isOne(next.get())) {
                    identityOutside(next.get().file());
                }
            }
        }
    }

    /** Compares everything but the content of one file outside home; nothing when it was never backed up. */
    void identityOutside(Place target) throws IOException {
        try (ManifestReader outside = ManifestReader.open(StateFiles.outside(context.layout()), context.logs())) {
            for (Optional<ManifestEntry> next = outside.next(); next.isPresent(); next = outside.next()) {
                if (next.get().file().path().equals(target.display().toString())) {
                    identityOutside(next.get().file());
                }
            }
        } catch (NoSuchFileException e) {
            // The updater died before it replaced anything.
        }
    }

    private void identityOutside(FileEntry before) throws IOException {
        Place place = OutsideBackup.placeOf(Path.of(before.path()));
        try (Directory parent = context.disk().openFollowing(place.anchor())) {
            Optional<FileEntry> now = parent.lookup(place.name());
            if (now.isEmpty()) {
                differs(before.path() + ": missing");
            } else {
                // A boot may have numbered devices anew; nobody but root mounts anything over a file out there.
                compare(before.withDevice(now.get().stat().device()), now.get(), parent.attributes(place.name()));
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            differs(before.path() + ": missing, with the directory that it was in");
        }
    }

    private final class Identity implements ManifestComparison.Handler {
        private final RestoreScope scope;
        private final boolean home;

        Identity(RestoreScope scope) {
            this.scope = scope;
            this.home = scope.includes("");
        }

        @Override
        public void missing(FileEntry before) {
            if (!scope.includes(before, null)) {
                scope.passed(before);
                return;
            }
            if (before.type() == FileType.SPECIAL) {
                // A socket or FIFO is what an agent makes when it starts, and worth nothing without it.
                return;
            }
            differs(before.path() + ": missing");
            pending.add(before, PendingRestores.State.MISSING);
        }

        @Override
        public boolean added(FileEntry now, Directory parent, String name) {
            if (scope.includes(now.path())) {
                differs(now.path() + ": was not there before");
                pending.add(now, PendingRestores.State.MISSING);
            }
            return false;
        }

        @Override
        public boolean both(FileEntry before, FileEntry now, Directory parent, String name) throws IOException {
            if (scope.includes(before, now.type())) {
                if (GrowingFile.hasGrown(before, now, parent, name)) {
                    hasGrown(before);
                    return false;
                }
                compareInHome(before, now, parent.attributes(name));
                return now.type() == FileType.DIRECTORY;
            }
            if (before.type() != now.type()) {
                scope.passed(before);
                return false;
            }
            return now.type() == FileType.DIRECTORY && scope.reaches(now.path());
        }

        private void compareInHome(FileEntry before, FileEntry now, Map<String, Bytes> attributes) {
            long known = differing;
            compare(before, now, attributes);
            if (differing > known) {
                pending.add(
                        before,
                        before.type() == now.type() ? PendingRestores.State.DIFFERENT : PendingRestores.State.MISSING);
            }
        }

        @Override
        public void leave(Optional<Instant> before, FileEntry now, Directory itself) {
            // It was compared when the walk came to it.
        }

        @Override
        public void leaveTree(Optional<FileEntry> before, FileEntry now, Directory itself) throws IOException {
            if (home && before.isPresent()) {
                try (Pinned self = itself.pinSelf()) {
                    // Home's own time is excepted: removing tmp changes it.
                    FileEntry timeless = now.withModified(before.get().stat().modified());
                    compareInHome(before.get(), timeless, self.attributes());
                }
            }
        }
    }

    private void compare(FileEntry before, FileEntry now, Map<String, Bytes> attributes) {
        compared++;
        expect(before, "type", before.type(), now.type());
        if (before.type() != now.type()) {
            return;
        }
        expect(before, "size", before.size(), now.size());
        expect(before, "mode", Integer.toOctalString(before.mode()), Integer.toOctalString(now.mode()));
        expect(before, "owner", before.stat().uid(), now.stat().uid());
        expect(before, "group", before.stat().gid(), now.stat().gid());
        expect(before, "modification time", before.stat().modified(), now.stat().modified());
        expect(before, "link target", before.linkTarget(), now.linkTarget());
        expect(before, "extended attributes", before.attributes(), attributes);
        if (before.type() == FileType.REGULAR && before.checksum().isEmpty() && !now.sameInode(before)) {
            differs(before.path() + ": another inode, and no checksum to prove its content by");
        }
    }

    private void expect(FileEntry before, String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            differs(before.path() + ": " + what + " expected " + expected + ", found " + found);
        }
    }

    /**
     * Compares the contents of everything that has a checksum. In home, what is outside the scope has changed since
     * an earlier rollback restored it, whatever its time says.
     */
    void content(RestoreScope scope) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk());
                ManifestReader manifest = HomeBackup.manifest(context)) {
            for (Optional<ManifestEntry> next = manifest.next(); next.isPresent(); next = manifest.next()) {
                FileEntry before = next.get().file();
                if (before.type() == FileType.REGULAR) {
                    Place place = new Place(context.layout().home(), before.path());
                    content(before, opened, place, !scope.includes(before.path()));
                }
            }
        }
        try (DirectoryChain opened = new DirectoryChain(context.disk());
                ManifestReader outside = ManifestReader.open(StateFiles.outside(context.layout()), context.logs())) {
            for (Optional<ManifestEntry> next = outside.next(); next.isPresent(); next = outside.next()) {
                FileEntry before = next.get().file();
                if (!LinkedDirectories.isOne(next.get())) {
                    content(before, opened, OutsideBackup.placeOf(Path.of(before.path())), false);
                }
            }
        }
    }

    private void content(FileEntry before, DirectoryChain opened, Place place, boolean mayHaveChanged)
            throws IOException {
        if (before.checksum().isEmpty()) {
            byIdentity++;
            return;
        }
        try {
            Directory parent = opened.parent(place);
            if (!isAsItWas(parent.lookup(place.name()), before)) {
                changed(before);
                return;
            }
            long checksum = leases.crc32c(parent, place.name());
            if (checksum == before.checksum().getAsLong()) {
                byContent++;
            } else if (mayHaveChanged || !isAsItWas(parent.lookup(place.name()), before)) {
                changed(before);
            } else {
                differs(before.path() + ": content (CRC32C expected "
                        + before.checksum().getAsLong() + ", found " + checksum + ")");
                if (place.anchor().equals(context.layout().home())) {
                    pending.add(before, PendingRestores.State.DIFFERENT);
                }
            }
        } catch (LeasedFileException e) {
            unread(before, opened.parent(place).lookup(place.name()), place, e);
        } catch (NoSuchFileException | NotDirectoryException e) {
            changed(before);
        }
    }

    /** To hold a lease changes nothing, and who writes leaves another change time. */
    private void unread(FileEntry before, Optional<FileEntry> now, Place place, LeasedFileException lease) {
        if (now.isPresent() && now.get().untouchedSince(before)) {
            byIdentity++;
        } else if (!isAsItWas(now, before)) {
            changed(before);
        } else {
            differs(before.path() + ": content cannot be read, " + lease.getReason());
            if (place.anchor().equals(context.layout().home())) {
                pending.add(before, PendingRestores.State.DIFFERENT);
            }
        }
    }

    private static boolean isAsItWas(Optional<FileEntry> now, FileEntry before) {
        return now.isPresent()
                && now.get().type() == before.type()
                && now.get().stat().modified().equals(before.stat().modified());
    }

    private void changed(FileEntry before) {
        if (changedSince.size() < SHOWN) {
            changedSince.add(before.path());
        }
    }
}
