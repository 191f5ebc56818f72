package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.Stat;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.SortedNames;
import updater.fs.TreeRemoval;
import updater.transaction.context.Doubt;
import updater.transaction.context.Offer;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The staged tree of the update under way. {@code home/tmp} is the agent's and may vanish at any time, so the tree is first
 * renamed out of it.
 *
 * @param root where it lies now
 * @param user the updater's user
 * @param doubt who else could have changed it, or exchanged it on its way; empty when nobody could
 * @param origin whose work it is
 */
public record StagedTree(Place root, long user, Optional<Doubt> doubt, Origin origin) {
    private static final String LATEST = WorkDirectory.name(HomeLayout.STAGED);
    private static final String CLAIMED_IN_TMP = WorkDirectory.name(HomeLayout.CLAIMED_IN_TMP);

    /** Whose work a tree is. In what the updater made, where nobody else can go, nothing is in doubt, whatever its mode. */
    public enum Origin {
        /** Somebody has unpacked it. */
        FOUND,
        /** The updater has copied it from what it believed. */
        VERIFIED,
        /** The updater has copied it from what was installed before: all of it is as it was in place. */
        PREVIOUS
    }

    /** A tree that was found, not made. */
    public StagedTree(Place root, long user, Optional<Doubt> doubt) {
        this(root, user, doubt, Origin.FOUND);
    }

    /** Returns whether the updater made it. */
    public boolean own() {
        return origin != Origin.FOUND;
    }

    /** Returns whether it was installed before. */
    public boolean previous() {
        return origin == Origin.PREVIOUS;
    }

    /** Returns who else could have changed what was found in it. */
    public Optional<Doubt> doubtOf(Path shown, Stat found) {
        return own() ? Optional.empty() : Doubt.about(shown, found, user);
    }

    /**
     * Returns the directory in which the service's definition has its place as in this tree. Who owns home can exchange the
     * updater's directory there, so what the updater verified is read from where he cannot.
     */
    public Path definitions(UpdateContext context) {
        return own() ? context.layout().state().resolve(StateFiles.VERIFIED_DEFINITION) : root.display();
    }

    /** Returns the place of a file in it. */
    public Place place(String path) {
        return new Place(root.anchor(), root.path() + "/" + path);
    }

    /**
     * Returns who could have changed a file in it.
     *
     * @param path to a file or directory, which may be missing
     */
    public Optional<Doubt> doubtAbout(UpdateContext context, String path) throws IOException {
        if (doubt.isPresent() || own()) {
            return doubt;
        }
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            int end = 0;
            while (end >= 0) {
                end = path.indexOf('/', end + 1);
                String reached = end < 0 ? path : path.substring(0, end);
                Place place = place(reached);
                Path shown = context.layout().staged().resolve(reached);
                Optional<Doubt> found = opened.parent(place)
                        .lookup(place.name())
                        .flatMap(entry -> Doubt.about(shown, entry.stat(), user));
                if (found.isPresent()) {
                    return found;
                }
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /**
     * Takes the tree that is staged out of {@code tmp}, by a rename; where it cannot leave {@code tmp}, which may be another
     * file system, it gets another name there; and where it is itself a mount point, all in it goes into a directory of it.
     *
     * @throws UpdateFailure.Refused when there is none
     */
    public static StagedTree claim(UpdateContext context) throws IOException, UpdateFailure.Refused {
        long user = WorkDirectory.user(context);
        try (Directory home = context.disk().open(context.layout().home());
                Directory tmp = home.child("tmp");
                Directory work = WorkDirectory.open(context)) {
            Place root = take(context, tmp, work);
            Directory in = root.anchor().equals(context.layout().work()) ? work : tmp;
            // In what is mounted there, the updater has made the directory that holds the tree.
            Optional<FileEntry> claimed = in.lookup(root.equals(inMount(context)) ? LATEST : root.name());
            if (claimed.isEmpty() || claimed.get().type() != FileType.DIRECTORY) {
                throw missing(context);
            }
            return new StagedTree(root, user, doubt(context, user, home, tmp, claimed.get()));
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw missing(context);
        }
    }

    /**
     * Returns the tree that is staged, where it lies; empty where there is none. Changes nothing.
     *
     * @param user the updater's user
     */
    public static Optional<StagedTree> inPlace(UpdateContext context, long user) throws IOException {
        try (Directory home = context.disk().open(context.layout().home());
                Directory tmp = home.child("tmp")) {
            Optional<FileEntry> there = tmp.lookup(LATEST);
            if (there.isEmpty() || there.get().type() != FileType.DIRECTORY) {
                return Optional.empty();
            }
            return Optional.of(new StagedTree(
                    new Place(context.layout().home(), HomeLayout.STAGED),
                    user,
                    doubt(context, user, home, tmp, there.get())));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    private static Optional<Doubt> doubt(
            UpdateContext context, long user, Directory home, Directory tmp, FileEntry tree) throws IOException {
        Optional<Doubt> doubt = Doubt.about(home.display(), home.self(), user)
                .or(() -> Doubt.about(context.layout().staged(), tree.stat(), user));
        return doubt.isPresent() ? doubt : Doubt.about(context.layout().tmp(), tmp.self(), user);
    }

    /**
     * Takes the tree that was unpacked into the updater's directory. It stays there.
     *
     * @throws UpdateFailure.Refused when it is not there any more, or another directory is
     */
    public static StagedTree offered(UpdateContext context, Offer offer) throws IOException, UpdateFailure.Refused {
        long user = WorkDirectory.user(context);
        try (Directory work = WorkDirectory.open(context)) {
            Optional<FileEntry> there = work.lookup(HomeLayout.OFFERED);
            if (there.isPresent()
                    && there.get().type() == FileType.DIRECTORY
                    && there.get().stat().uid() == user
                    && offer.is(there.get().stat())) {
                return new StagedTree(WorkDirectory.place(context, HomeLayout.OFFERED), user, Optional.empty());
            }
        } catch (NoSuchFileException e) {
            // As where it is not there.
        }
        throw new UpdateFailure.Refused(
                RefusalCode.STAGED_TREE_MISSING,
                "the tree that was unpacked for this update is not in "
                        + context.layout().work() + " any more",
                "Run 'updater apply' again");
    }

    private static Place take(UpdateContext context, Directory tmp, Directory work) throws IOException {
        try {
            tmp.rename(LATEST, work, HomeLayout.CLAIMED);
            return WorkDirectory.place(context, HomeLayout.CLAIMED);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            // Another file system, or one that renames no directories.
        }
        try {
            tmp.rename(LATEST, tmp, CLAIMED_IN_TMP);
            return new Place(context.layout().home(), HomeLayout.CLAIMED_IN_TMP);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            // Something is mounted there.
            takeContents(tmp);
            return inMount(context);
        }
    }

    private static Place inMount(UpdateContext context) {
        return new Place(context.layout().home(), HomeLayout.STAGED + "/" + CLAIMED_IN_TMP);
    }

    private static void takeContents(Directory tmp) throws IOException {
        try (Directory latest = tmp.child(LATEST)) {
            if (latest.lookup(CLAIMED_IN_TMP).isEmpty()) {
                latest.createDirectory(CLAIMED_IN_TMP, 0700);
            }
            try (Directory claimed = latest.child(CLAIMED_IN_TMP)) {
                SortedNames.forEach(latest, name -> {
                    if (!name.equals(CLAIMED_IN_TMP)) {
                        latest.rename(name, claimed, name);
                    }
                });
            }
        }
    }

    /** What has been put there since stays, and what has its name in the tree is lost with that. */
    private static void putContentsBack(Directory tmp) throws IOException {
        try (Directory latest = tmp.child(LATEST);
                Directory claimed = latest.child(CLAIMED_IN_TMP)) {
            SortedNames.forEach(claimed, name -> {
                if (latest.lookup(name).isEmpty()) {
                    claimed.rename(name, latest, name);
                }
            });
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Nothing was taken there.
        }
    }

    /** Returns the refusal of an update without a staged tree. */
    public static UpdateFailure.Refused missing(UpdateContext context) {
        return new UpdateFailure.Refused(
                RefusalCode.STAGED_TREE_MISSING,
                "there is no staged tree at " + context.layout().staged(),
                "Run '" + context.layout().stateLauncher() + " apply BUNDLE', or unpack the update tarball there");
    }

    /**
     * Puts the tree back where it was staged, as nothing has become of the update; removes it where {@code tmp} is gone, or
     * something else is staged there by now. Idempotent.
     */
    public static void putBack(UpdateContext context) throws IOException {
        try (Directory home = context.disk().open(context.layout().home());
                Directory tmp = home.child("tmp")) {
            if (tmp.lookup(LATEST).isEmpty()) {
                if (tmp.lookup(CLAIMED_IN_TMP).isPresent()) {
                    tmp.rename(CLAIMED_IN_TMP, tmp, LATEST);
                } else {
                    rename(context, tmp);
                }
            } else {
                putContentsBack(tmp);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // There is no tmp to put it into.
        }
        discard(context);
    }

    private static void rename(UpdateContext context, Directory tmp) throws IOException {
        try (Directory work = WorkDirectory.open(context)) {
            if (work.lookup(HomeLayout.CLAIMED).isPresent()) {
                work.rename(HomeLayout.CLAIMED, tmp, LATEST);
            }
        }
    }

    /**
     * Removes the tree and what was copied from it, and {@code tmp} if nothing is left in it: what is staged there by now
     * is another update's. Idempotent.
     */
    public static void discard(UpdateContext context) throws IOException {
        discardButOffered(context);
        discardOffered(context);
    }

    /** Removes the tree that was unpacked for an update, whole or not, and the bundle. Idempotent. */
    public static void discardOffered(UpdateContext context) throws IOException {
        WorkDirectory.remove(context, HomeLayout.OFFERED);
        WorkDirectory.remove(context, HomeLayout.OFFERED_BUNDLE);
    }

    /** Removes what the updater has made or moved; {@code tmp} stays. */
    static void discardOwn(UpdateContext context) throws IOException {
        WorkDirectory.remove(context, HomeLayout.CLAIMED);
        WorkDirectory.remove(context, HomeLayout.COPIES);
        WorkDirectory.remove(context, HomeLayout.MIGRATED);
        WorkDirectory.remove(context, HomeLayout.VERIFIED);
        try (Directory home = context.disk().open(context.layout().home());
                Directory tmp = home.child("tmp")) {
            WorkDirectory.unlinkRollback(tmp);
            TreeRemoval.remove(tmp, CLAIMED_IN_TMP);
            discardContents(tmp);
        } catch (NoSuchFileException | NotDirectoryException e) {
            // There is none.
        }
    }

    private static void discardContents(Directory tmp) throws IOException {
        try (Directory latest = tmp.child(LATEST)) {
            TreeRemoval.remove(latest, CLAIMED_IN_TMP);
        }
    }

    static void discardButOffered(UpdateContext context) throws IOException {
        discardOwn(context);
        try (Directory home = context.disk().open(context.layout().home())) {
            TreeRemoval.removeEmpty(home, "tmp");
        }
    }
}
