package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.DirectoryChain;
import updater.state.document.StatusDocument.PackageStatus;
import updater.state.journal.JournalRecord.Reached;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.ManifestCursor;
import updater.transaction.context.StateFiles;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.Beside;
import updater.transaction.prepare.Migrations;

/**
 * Whether home is another installation than the one that an unfinished update worked on: a package manager, or an operator,
 * has installed the agent anew or removed it since. Then nothing in home is the update's to put back or take away.
 *
 * <p>Of the files that the update replaces, each is at any instant of the update and of its undo the one that was recorded,
 * the one that is placed, or for an instant missing; so no crash can make a single one of them look foreign. Home is
 * another one only where every one that is there is foreign. One that is known is enough to say that home is the same.
 */
final class Supersession {
    private final UpdateContext context;
    private final JournalView view;
    private final StatusFile status;
    private final boolean backupGone;
    private Optional<FileEntry> nextPlaced = Optional.empty();
    private boolean anyPlanned;
    private boolean anyKnown;
    private boolean anyForeign;

    /** Whether a file is still there that was not before the update: what is installed over it may leave that. */
    private boolean anyCreated;

    Supersession(UpdateContext context, JournalView view, StatusFile status) {
        this.context = context;
        this.view = view;
        this.status = status;
        this.backupGone = Files.notExists(context.layout().rollback(), LinkOption.NOFOLLOW_LINKS);
    }

    /** Returns whether there is no home at all. */
    static boolean homeIsGone(UpdateContext context) {
        return Files.notExists(context.layout().home());
    }

    /** Returns whether the service manager knows no such service. */
    static boolean serviceIsGone(UpdateContext context) throws UpdateFailure {
        try {
            context.service().inspect();
            return false;
        } catch (UpdateFailure.Refused e) {
            return e.code().equals(Optional.of(RefusalCode.SERVICE_MISSING));
        }
    }

    /** Looks. Until the old agent has stopped, only it can have changed home, so that there is nothing to find out. */
    boolean found() throws IOException, UpdateFailure {
        if (!view.hasReached(Phase.BACKED_UP)
                || Files.notExists(StateFiles.placed(context.layout()), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (ManifestReader placed = ManifestReader.open(StateFiles.placed(context.layout()), context.logs());
                ManifestReader manifest = HomeBackup.manifest(context);
                DirectoryChain opened = new DirectoryChain(context.disk())) {
            ManifestCursor recorded = new ManifestCursor(manifest, before -> {});
            view.<IOException>forEachStepForward((index, step) -> {
                if (step instanceof Step.PlaceFile file
                        && file.target().anchor().equals(context.layout().home())
                        && !anyKnown) {
                    Optional<FileEntry> as = placedAs(placed, file);
                    if (as.isPresent()) {
                        compare(file, as.get(), recorded, opened);
                    }
                }
            });
        }
        return anyPlanned && !anyKnown && (anyForeign || (!anyCreated && serviceIsGone(context)));
    }

    /** Returns what is placed; empty of what goes beside a file of the bundle, which tells nothing. */
    private Optional<FileEntry> placedAs(ManifestReader placed, Step.PlaceFile file) throws IOException {
        if (nextPlaced.isEmpty()) {
            nextPlaced = placed.next().map(ManifestEntry::file);
        }
        String path = file.target().path();
        if (nextPlaced.filter(next -> next.path().equals(path)).isPresent()) {
            Optional<FileEntry> found = nextPlaced;
            nextPlaced = Optional.empty();
            return found;
        }
        if (Beside.isBeside(path) || Migrations.isOne(file)) {
            return Optional.empty();
        }
        throw mismatch(file);
    }

    private IOException mismatch(Step.PlaceFile file) {
        return new IOException(StateFiles.placed(context.layout()) + " does not go with the journal: expected "
                + file.target().path());
    }

    private void compare(Step.PlaceFile file, FileEntry placed, ManifestCursor recorded, DirectoryChain opened)
            throws IOException {
        anyPlanned = true;
        Optional<FileEntry> before =
                recorded.upTo(placed.path()).filter(found -> file.replaces() && found.type() == FileType.REGULAR);
        Optional<FileEntry> there = lookup(opened, file.target()).filter(found -> found.type() != FileType.DIRECTORY);
        if (there.isEmpty()) {
            return;
        }
        FileEntry now = there.get();
        boolean known = isPlaced(now, placed, file, opened) || (before.isPresent() && isRecorded(now, before.get()));
        known &= !changedSinceHomeWasRemoved(now);
        if (before.isPresent()) {
            anyKnown |= known;
            anyForeign |= !known;
        } else {
            anyCreated |= known;
        }
    }

    /** A copy has another inode than its source, which is left behind. */
    private static boolean isPlaced(FileEntry now, FileEntry placed, Step.PlaceFile file, DirectoryChain opened)
            throws IOException {
        return now.stat().inode() == placed.stat().inode()
                || (sameSizeAndTime(now, placed)
                        && (!file.byRename() || lookup(opened, file.source()).isPresent()));
    }

    /** What a package brings may have the recorded size and time as well; but an undo copies only once it has begun. */
    private boolean isRecorded(FileEntry now, FileEntry before) throws IOException {
        return now.stat().inode() == before.stat().inode() || (sameSizeAndTime(now, before) && undoMayHaveBegun());
    }

    /**
     * The backup goes with home, and nothing else takes it away before the journal ends. Then an inode number may have been
     * given to another file, which is younger than all that the update did.
     */
    private boolean changedSinceHomeWasRemoved(FileEntry now) {
        Instant last = view.reached().getLast().at();
        return backupGone && now.stat().changed().isAfter(last);
    }

    private boolean undoMayHaveBegun() throws IOException {
        OptionalInt said = status.status().map(PackageStatus::status).orElse(OptionalInt.empty());
        return view.rollbackHasBegun()
                || said.equals(OptionalInt.of(StatusFile.INSTALL_FAILED))
                || new RollbackTraces(context, view).found();
    }

    /** Device numbers may be others once the host has booted. */
    private static boolean sameSizeAndTime(FileEntry one, FileEntry other) {
        return one.type() == other.type()
                && one.size() == other.size()
                && one.stat().modified().equals(other.stat().modified());
    }

    private static Optional<FileEntry> lookup(DirectoryChain opened, Place place) throws IOException {
        try {
            return opened.parent(place).lookup(place.name());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    /** Returns whether the agent is down because this update stopped it, and nobody has started it since. */
    static boolean leftDown(JournalView view) {
        return view.reached().stream()
                .map(Reached::phase)
                .noneMatch(phase -> phase.compareTo(Phase.START_REQUESTED) >= 0);
    }
}
