package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.PathPatterns;
import updater.api.RefusalCode;
import updater.api.Stat;
import updater.fs.Directory;
import updater.fs.LinkNotFollowedException;
import updater.fs.Pinned;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.Doubt;
import updater.transaction.context.UpdateContext;

/**
 * The judgement of symbolic links in home where a version has something. One of root's to a directory is followed; through one in the
 * place of a file nothing is ever written: a bundle holds no links, so that it is the operator's change of that file.
 *
 * @param edited the files that an operator edits: what stays of them has the vendor's beside it
 */
record HomeLinks(
        UpdateContext context,
        StagedTree staged,
        ThreeWayComparison ways,
        PathPatterns edited,
        Consumer<String> warnings) {
    private static final int OWNER_ALL = 0700;

    /** Returns the directory that a link leads to. */
    Level directory(String path, Level above, Optional<Doubt> doubt) throws IOException {
        Path link = context.layout().home().resolve(path);
        try {
            Directory reached = context.disk().openFollowing(link);
            Stat self = reached.self();
            warnings.accept(
                    "what is behind the link " + path + " lies outside home: a rollback takes back what this update"
                            + " puts there, not what the agent writes");
            return new Level(path, path, Optional.of(above), Optional.of(reached), self.uid(), self.gid(), doubt);
        } catch (LinkNotFollowedException e) {
            throw notFollowed(path, e.getReason());
        } catch (NoSuchFileException e) {
            throw notFollowed(path, "there is no " + e.getFile());
        }
    }

    private static Refusal notFollowed(String path, String why) {
        return new Refusal(
                RefusalCode.HOME_CONFLICT,
                "the bundle has a directory where home has a symbolic link that is not followed: " + path + ", since "
                        + why,
                "Let root own all of the way, and nobody else write in it; or put an empty directory in the place of the"
                        + " link, and run 'mount --bind' with what the link led to and that one");
    }

    /**
     * Returns what becomes of a staged file in whose place a link is.
     *
     * @param last what the last version shipped there; empty where that is not known
     */
    Found file(FileEntry entry, Directory parent, Level level, FileEntry link, Optional<FileEntry> last)
            throws IOException {
        Pinned file = parent.pinFile(entry.name());
        Found found = Found.NotPlaced.STAYS;
        try {
            if (isBehind(entry.path(), level, file, last)) {
                found = Found.NotPlaced.UNCHANGED;
            } else if (!ways.isAsShipped(file, last)) {
                found = differing(entry, level, link, file);
            }
            return found;
        } finally {
            if (found instanceof Found.NotPlaced) {
                file.close();
            }
        }
    }

    /** Returns whether the link leads to the very bytes already, on a way that nobody but root could have led anybody. */
    private boolean isBehind(String path, Level level, Pinned file, Optional<FileEntry> last) throws IOException {
        if (level.behindLink()) {
            return false;
        }
        Optional<Pinned> opened =
                context.disk().pinFollowing(context.layout().home().resolve(path));
        if (opened.isEmpty()) {
            return false;
        }
        try (Pinned behind = opened.get()) {
            return ways.same(path, file, behind, last);
        } catch (AccessDeniedException e) {
            return false;
        }
    }

    private Found differing(FileEntry entry, Level level, FileEntry link, Pinned file) throws Refusal {
        if (edited.matches(entry.path())) {
            // Who may read what the link leads to is not looked at.
            return new Found.Beside(
                    file,
                    new PlacedInodes.Wanted(
                            level.uid(), level.gid(), entry.mode() & OWNER_ALL, Optional.empty(), false));
        }
        requireReplaceable(entry.path(), level, link);
        return new Found.ReplacingLink(file, link);
    }

    /** Returns what becomes of a link that was kept with a version, as that comes back. */
    Found back(FileEntry link, Level level, Optional<FileEntry> last) throws IOException {
        Optional<FileEntry> there = level.lookup(link.name());
        if (level.behindLink()) {
            throw StagedTreeInspection.conflict(link.path(), "a symbolic link", FileType.DIRECTORY);
        }
        if (there.isEmpty()) {
            return new Found.Link(there, false);
        }
        return switch (there.get().type()) {
            case SYMLINK ->
                there.get().linkTarget().equals(link.linkTarget())
                        ? Found.NotPlaced.UNCHANGED
                        : new Found.Link(there, false);
            case REGULAR -> backForFile(link, level.directory().orElseThrow(), there, last);
            case DIRECTORY, SPECIAL ->
                throw StagedTreeInspection.conflict(
                        link.path(), "a symbolic link", there.get().type());
        };
    }

    private Found backForFile(FileEntry link, Directory in, Optional<FileEntry> there, Optional<FileEntry> last)
            throws IOException {
        FlagCheck.requireReplaceable(in, link.name(), context.layout().home().resolve(link.path()));
        try (Pinned installed = in.pinFile(link.name())) {
            return new Found.Link(there, last.isPresent() && !ways.isAsShipped(installed, last));
        }
    }

    private void requireReplaceable(String path, Level level, FileEntry link) throws Refusal {
        Stat stat = link.stat();
        if (stat.uid() != staged.user()) {
            throw notReplaced(path, link, "belongs to " + named(stat.uid()) + ", not to " + named(staged.user()));
        }
        if (stat.links() != 1) {
            throw notReplaced(path, link, "has another name, which anybody could have given it");
        }
        if (level.behindLink()) {
            throw notReplaced(path, link, "lies outside home, behind the link " + level.link());
        }
    }

    private static String named(long uid) {
        return uid == 0 ? "root" : "user id " + uid;
    }

    /** Not to be copied: what somebody else has linked to may be root's secret. */
    private Refusal notReplaced(String path, FileEntry link, String why) {
        return new Refusal(
                RefusalCode.HOME_CONFLICT,
                "the bundle has a file where home has a symbolic link: " + path + ", which leads to "
                        + link.linkTarget().orElse("nothing") + " and " + why,
                "Remove it, and the update puts its file there: 'rm "
                        + context.layout().home().resolve(path) + "'");
    }
}
