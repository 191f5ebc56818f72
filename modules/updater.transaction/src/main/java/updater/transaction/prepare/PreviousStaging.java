package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.FileCopy;
import updater.fs.Pinned;
import updater.fs.TreeRemoval;
import updater.fs.TreeWalk;
import updater.state.document.PreviousVersion;
import updater.transaction.backup.PreviousTree;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The staging of the version that is gone back to: a copy of what was kept of it, in a directory with the name of this update,
 * so that what was kept is still there when this update comes to nothing.
 *
 * @param id names the update
 */
record PreviousStaging(UpdateContext context, String id) {
    private static final int OWNER_ALL = 0700;

    /**
     * Stages it.
     *
     * @throws UpdateFailure.Refused when it is not there, or it is not known what it shipped: then nothing tells what belongs to
     *     it of what is in home
     */
    StagedTree run() throws IOException, UpdateFailure.Refused {
        PreviousTree previous = new PreviousTree(context);
        PreviousVersion known = previous.require();
        requireRecord();
        long user = WorkDirectory.user(context);
        String root = HomeLayout.VERIFIED + "/" + id;
        try (Directory work = WorkDirectory.open(context)) {
            work.createDirectory(HomeLayout.VERIFIED, OWNER_ALL);
            try (Directory verified = work.child(HomeLayout.VERIFIED);
                    Directory kept = work.child(HomeLayout.PREVIOUS)) {
                // Who owns home may have exchanged the directory since it was looked at.
                previous.requireIs(kept.self(), known);
                verified.createDirectory(id, OWNER_ALL);
                copy(kept, new Place(context.layout().work(), root));
            }
        }
        stageDefinition();
        return new StagedTree(WorkDirectory.place(context, root), user, Optional.empty(), StagedTree.Origin.PREVIOUS);
    }

    private void requireRecord() throws IOException, UpdateFailure.Refused {
        boolean any = false;
        try (ShippedRecord record = known(context)) {
            for (Optional<FileEntry> next = record.take(); next.isPresent(); next = record.take()) {
                any = true;
            }
            if (!any || record.problem().isPresent()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.NO_PREVIOUS_VERSION,
                        "the record of what the previous version shipped is "
                                + record.problem()
                                        .map(problem -> "damaged: " + problem)
                                        .orElse("gone"),
                        "Update to the version that is wanted instead");
            }
        }
    }

    /** Opens what the version that is gone back to shipped. */
    static ShippedRecord known(UpdateContext context) throws IOException {
        return ShippedRecord.previous(context);
    }

    private void copy(Directory kept, Place root) throws IOException {
        try (DirectoryChain to = new DirectoryChain(context.disk())) {
            TreeWalk.walk(kept, path -> false, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory opened) throws IOException {
                    if (!directory.path().isEmpty()) {
                        Place place = in(directory);
                        to.parent(place).createDirectory(place.name(), OWNER_ALL);
                    }
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory parent) throws IOException {
                    Place place = in(entry);
                    FileCopy.copy(parent, entry.name(), to.parent(place), place.name());
                }

                // A mode that keeps its owner out comes last.
                @Override
                public void leave(FileEntry directory, Directory opened) throws IOException {
                    if (directory.path().isEmpty()) {
                        return;
                    }
                    Place place = in(directory);
                    try (Directory copy = to.parent(place).child(place.name());
                            Pinned itself = copy.pinSelf()) {
                        itself.own(directory.stat().uid(), directory.stat().gid());
                        itself.chmod(directory.mode());
                    }
                }

                private Place in(FileEntry entry) {
                    return new Place(root.anchor(), root.path() + "/" + entry.path());
                }
            });
        }
    }

    private void stageDefinition() throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            TreeRemoval.remove(state, StateFiles.VERIFIED_DEFINITION);
            try (Directory kept = state.child(StateFiles.PREVIOUS_DEFINITION)) {
                state.createDirectory(StateFiles.VERIFIED_DEFINITION, OWNER_ALL);
                Place root = new Place(context.layout().state(), StateFiles.VERIFIED_DEFINITION);
                copy(kept, root);
            } catch (NoSuchFileException e) {
                // The update that is taken back had left the definition as it was.
            }
        }
    }
}
