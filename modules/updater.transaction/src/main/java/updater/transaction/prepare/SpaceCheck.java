package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Failures;
import updater.fs.TreeWalk;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.UpdateContext;

/**
 * The check that an update will not run out of disk space: in {@code home/tmp} for the backup, in the state
 * directory for journal, manifests and runtime, and wherever files are placed by copying.
 */
public record SpaceCheck(UpdateContext context) {
    /** The bytes of a path's records: in the manifest, in the changes to it and in the journal. */
    private static final long RECORD_BYTES = 1024;

    /** The bytes of a directory's entry with the longest name. */
    private static final long NAME_BYTES = 264;

    /** Report, status file, launcher and log; phase records, guard and definition. */
    private static final long MARGIN_BYTES = 512 * 1024;

    private static final long MARGIN_INODES = 32;

    private static final long LARGE = 1 << 20;

    /** The choice of the files of home that need no copy in the backup. */
    private interface Linked {
        boolean test(FileEntry entry) throws IOException;
    }

    /** Returns what is yet to be written: the backup of everything that is not linked, and all that is placed by copying. */
    SpaceNeeds needs(Directory home, BackupTree tree, Plan plan) throws IOException {
        SpaceNeeds needs = backup(home, tree::holds);
        needs.add(plan.copied());
        return needs;
    }

    /**
     * Returns the refusal of an update whose preparation ran out of space before that was known, once what it had made is
     * removed again; empty when it failed for something else.
     *
     * @param unpacked the bytes that are to be unpacked in home before; 0 where nothing is, or it is not known
     */
    public Optional<UpdateFailure.Refused> explain(Throwable failure, long unpacked) {
        if (!Failures.isNoSpace(failure)) {
            return Optional.empty();
        }
        try (Directory home = context.disk().open(context.layout().home());
                DirectoryChain staged = new DirectoryChain(context.disk())) {
            SpaceNeeds needs = backup(home, entry -> willBeLinked(staged, staged(entry), entry));
            needs.at(context.layout().home(), home).add(unpacked, 0);
            try {
                needs.require();
            } catch (UpdateFailure.Refused e) {
                e.addSuppressed(failure);
                return Optional.of(e);
            }
            Path scarce = inState(failure)
                    ? nearest(context.layout().state())
                    : context.layout().home();
            try (Directory where = context.disk().open(scarce)) {
                return Optional.of(needs.beyond(needs.at(scarce, where), failure));
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
            return Optional.empty();
        }
    }

    /**
     * Refuses an update that would run out of space, as far as that can be told without a plan. Changes nothing.
     *
     * @param tree what would be installed; where it was unpacked for a look only, what an update unpacks is needed as well
     * @throws UpdateFailure.Refused with the bytes or inodes needed and available
     */
    void require(StagedTree tree) throws IOException, UpdateFailure.Refused {
        try (Directory home = context.disk().open(context.layout().home());
                DirectoryChain staged = new DirectoryChain(context.disk())) {
            SpaceNeeds needs = backup(home, entry -> willBeLinked(staged, tree.place(entry.path()), entry));
            if (!tree.root().anchor().startsWith(context.layout().home())) {
                unpacking(needs, home, tree);
            }
            needs.require();
        }
    }

    /**
     * Adds what the tree will take when it is unpacked again: all of it in home, and the runtime in the state directory. What
     * lies on one file system with home has already taken the first of the two.
     */
    private void unpacking(SpaceNeeds needs, Directory home, StagedTree tree) throws IOException {
        try (Directory root = context.disk().open(tree.root().display())) {
            if (root.self().device() != home.self().device()) {
                addAll(needs.at(context.layout().home(), home), root);
            } else if (root.lookup(HomeLayout.STAGED_RUNTIME).isPresent()) {
                try (Directory runtime = root.child(HomeLayout.STAGED_RUNTIME);
                        Directory state = context.disk().open(context.layout().state())) {
                    addAll(needs.at(context.layout().state(), state), runtime);
                }
            }
        }
    }

    private static void addAll(SpaceNeeds.Need need, Directory tree) throws IOException {
        TreeWalk.walk(tree, path -> false, new TreeWalk.Visitor() {
            @Override
            public boolean enter(FileEntry directory, Directory opened) {
                need.addFile(1);
                return true;
            }

            @Override
            public void file(FileEntry entry, Directory parent) {
                need.addFile(entry.size());
            }
        });
    }

    private Place staged(FileEntry entry) {
        return new Place(context.layout().home(), HomeLayout.STAGED + "/" + entry.path());
    }

    /** A staged file of another size differs; one of the same size may be the same, and is copied then. */
    private static boolean willBeLinked(DirectoryChain staged, Place place, FileEntry entry) throws IOException {
        try {
            return staged.parent(place)
                    .lookup(place.name())
                    .filter(offered -> offered.type() == FileType.REGULAR && offered.size() != entry.size())
                    .isPresent();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }

    private SpaceNeeds backup(Directory home, Linked linked) throws IOException {
        SpaceNeeds needs = new SpaceNeeds(context.disk());
        ManagedPaths scope = new ManagedPaths(context.product(), context.layout());
        try (Directory state = context.disk().open(nearest(context.layout().state()))) {
            SpaceNeeds.Need inHome = needs.at(context.layout().home(), home);
            SpaceNeeds.Need inState = needs.at(nearest(context.layout().state()), state);
            inHome.add(MARGIN_BYTES, MARGIN_INODES);
            inState.add(MARGIN_BYTES, MARGIN_INODES);
            TreeWalk.walk(home, scope::excludes, new TreeWalk.Visitor() {
                @Override
                public boolean enter(FileEntry directory, Directory opened) {
                    inHome.addFile(1);
                    inState.add(RECORD_BYTES, 0);
                    return true;
                }

                @Override
                public void file(FileEntry entry, Directory parent) throws IOException {
                    inState.add(RECORD_BYTES, 0);
                    inHome.add(NAME_BYTES, 0);
                    if (entry.type() == FileType.REGULAR && !linked.test(entry)) {
                        inHome.addFile(occupied(entry, parent));
                    }
                }
            });
        }
        return needs;
    }

    /** Copies keep holes. Only large files are asked for theirs. */
    private static long occupied(FileEntry entry, Directory parent) throws IOException {
        if (entry.size() < LARGE) {
            return entry.size();
        }
        try {
            return Math.min(entry.size(), parent.traits(entry.name()).allocated());
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** The state directory may be what could not be made. */
    private static Path nearest(Path path) {
        Path above = path.getParent();
        return above == null || Files.isDirectory(path) ? path : nearest(above);
    }

    private boolean inState(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage())
                    .contains(context.layout().state().toString())) {
                return true;
            }
        }
        return false;
    }
}
