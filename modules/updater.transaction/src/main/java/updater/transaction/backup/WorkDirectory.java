package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.fs.TreeRemoval;
import updater.state.document.PreviousVersion;
import updater.transaction.context.UpdateContext;

/** The updater's own directory in home, which nobody else may enter. */
public final class WorkDirectory {
    /** A link's text; people who look where backups used to lie find it. */
    private static final String LINK_TARGET = "../" + HomeLayout.WORK + "/" + HomeLayout.ROLLBACK;

    private static final int WRITE_OF_OTHERS = 0022;

    private static final List<String> NAMES = List.of(
            HomeLayout.ROLLBACK,
            HomeLayout.CLAIMED,
            HomeLayout.COPIES,
            HomeLayout.MIGRATED,
            HomeLayout.VERIFIED,
            HomeLayout.PREVIOUS,
            HomeLayout.OFFERED,
            HomeLayout.OFFERED_BUNDLE,
            HomeLayout.TAKEN_REQUEST,
            name(HomeLayout.ASIDE));

    private WorkDirectory() {}

    /** Returns a place in it. */
    public static Place place(UpdateContext context, String path) {
        return new Place(context.layout().work(), path);
    }

    /** Opens it. It must have been made. */
    public static Directory open(UpdateContext context) throws IOException {
        return context.disk().open(context.layout().work());
    }

    /** Returns the updater's user: the state directory is his. */
    public static long user(UpdateContext context) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            return state.self().uid();
        }
    }

    /**
     * Checks that it can be made.
     *
     * @throws UpdateFailure.Refused when something else has its name, or it belongs to another user
     */
    public static void check(UpdateContext context) throws IOException, UpdateFailure.Refused {
        check(context, user(context));
    }

    /**
     * As {@link #check(UpdateContext)}.
     *
     * @param own the updater's user
     */
    public static void check(UpdateContext context, long own) throws IOException, UpdateFailure.Refused {
        try (Directory home = context.disk().open(context.layout().home())) {
            Optional<FileEntry> there = home.lookup(HomeLayout.WORK);
            if (there.isPresent()
                    && (there.get().type() != FileType.DIRECTORY
                            || (there.get().stat().uid() != own && !wasGivenAway(context)))) {
                throw new UpdateFailure.Refused(
                        RefusalCode.WORK_DIRECTORY_FOREIGN,
                        context.layout().work() + " is not a directory of user id " + own
                                + ", but the backup is going to be kept in it",
                        "Look at what it is, then move it away");
            }
        }
    }

    /**
     * Returns whether it is the updater's own, whose owner root has changed since, as package scripts do to a whole home. It is
     * told by the version that is kept in it.
     */
    private static boolean wasGivenAway(UpdateContext context) throws IOException {
        Optional<PreviousVersion> known = PreviousTree.read(context.disk(), context.layout());
        if (known.isEmpty()) {
            return false;
        }
        try (Directory home = context.disk().open(context.layout().home());
                Directory work = home.child(HomeLayout.WORK)) {
            return PreviousTree.directoryOf(work, known.get()).isPresent();
        }
    }

    /**
     * Makes it where it is missing, and anew where it was given away: what was kept in it may have been changed since. Where
     * others may write in it, all that the updater uses is removed from it. Idempotent.
     */
    public static void create(UpdateContext context) throws IOException {
        try (Directory home = context.disk().open(context.layout().home())) {
            Optional<FileEntry> there = home.lookup(HomeLayout.WORK);
            if (there.isPresent() && there.get().stat().uid() != user(context) && wasGivenAway(context)) {
                new PreviousTree(context).discard();
                try (Directory work = home.child(HomeLayout.WORK)) {
                    TreeRemoval.remove(work, HomeLayout.PREVIOUS);
                }
                home.deleteDirectory(HomeLayout.WORK);
            } else if (there.isPresent() && (there.get().mode() & WRITE_OF_OTHERS) != 0 && !isState(context)) {
                takeBack(context, home);
            }
            if (home.lookup(HomeLayout.WORK).isEmpty()) {
                home.createDirectory(HomeLayout.WORK, 0700);
                return;
            }
            try (Directory work = open(context);
                    Pinned self = work.pinSelf()) {
                self.chmod(0700);
            }
        }
    }

    /** Lets nobody else in, and removes all that the updater would use: it may be theirs. Whatever else lies there stays. */
    private static void takeBack(UpdateContext context, Directory home) throws IOException {
        Optional<PreviousVersion> known = PreviousTree.read(context.disk(), context.layout());
        try (Directory work = home.child(HomeLayout.WORK)) {
            try (Pinned self = work.pinSelf()) {
                self.chmod(0700);
            }
            if (known.isPresent() && PreviousTree.directoryOf(work, known.get()).isPresent()) {
                new PreviousTree(context).discard();
            }
            for (String name : NAMES) {
                TreeRemoval.remove(work, name);
            }
        }
    }

    private static boolean isState(UpdateContext context) {
        return context.layout().state().startsWith(context.layout().work());
    }

    /** Removes one thing in it, and it when that was the last; nothing where there is none. */
    static void remove(UpdateContext context, String name) throws IOException {
        try (Directory work = open(context)) {
            TreeRemoval.remove(work, name);
        } catch (NoSuchFileException e) {
            return;
        }
        if (!isState(context)) {
            try (Directory home = context.disk().open(context.layout().home())) {
                TreeRemoval.removeEmpty(home, HomeLayout.WORK);
            }
        }
    }

    /** Puts a link to the backup where people look for it. Whatever else has that name stays; nothing depends on it. */
    public static void linkRollback(UpdateContext context) {
        try (Directory home = context.disk().open(context.layout().home());
                Directory tmp = home.child("tmp")) {
            tmp.symlink(name(HomeLayout.ROLLBACK_LINK), LINK_TARGET);
        } catch (IOException e) {
            // For people only.
        }
    }

    /** Removes that link from where people look for it. Idempotent. */
    public static void removeLink(UpdateContext context) throws IOException {
        try (Directory home = context.disk().open(context.layout().home());
                Directory tmp = home.child("tmp")) {
            unlinkRollback(tmp);
        } catch (NoSuchFileException | NotDirectoryException e) {
            // There is no place for one.
        }
    }

    /** Removes that link, if it is the one. */
    static void unlinkRollback(Directory tmp) throws IOException {
        String name = name(HomeLayout.ROLLBACK_LINK);
        if (tmp.lookup(name)
                .flatMap(FileEntry::linkTarget)
                .filter(LINK_TARGET::equals)
                .isPresent()) {
            try {
                tmp.delete(name);
            } catch (FileSystemException e) {
                if (tmp.lookup(name).isPresent()) {
                    throw e;
                }
            }
        }
    }

    static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
