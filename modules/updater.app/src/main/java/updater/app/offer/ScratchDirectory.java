package updater.app.offer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import updater.api.UpdateFailure;
import updater.app.host.OwnCopy;
import updater.app.host.StateDirectory;
import updater.fs.Directory;
import updater.fs.TreeRemoval;
import updater.transaction.context.OwnUser;
import updater.transaction.context.UpdateContext;

/**
 * A directory in the state directory for as long as somebody looks at a bundle in it. Nobody but the updater's user may enter
 * it. What is left of one whose process was killed is removed by the next update, as a runtime is that was copied for one.
 *
 * @param name of the directory, which tells its process
 * @param user the updater's user
 */
public record ScratchDirectory(UpdateContext context, String name, OwnUser user) {
    /** What is done in it. */
    @FunctionalInterface
    public interface Look<T> {
        T at(Directory scratch) throws IOException, UpdateFailure, InterruptedException;
    }

    /** Returns the one of this process. */
    public static ScratchDirectory ofThisProcess(UpdateContext context, long pid, OwnUser user) {
        return new ScratchDirectory(context, OwnCopy.name(pid), user);
    }

    /** Returns where it lies. */
    public Path path() {
        return context.layout().state().resolve(name);
    }

    /**
     * Makes it, looks, and removes it, whatever came of that; the state directory as well, where there was none.
     *
     * @throws UpdateFailure as {@code look} does; and when it cannot be made, filled or removed
     */
    public <T> T in(Look<T> look) throws UpdateFailure, InterruptedException {
        Path state = context.layout().state();
        List<Path> made = missing(state);
        try {
            StateDirectory.secure(state, user);
            try (Directory in = context.disk().open(state)) {
                TreeRemoval.remove(in, name);
                in.createDirectory(name, 0700);
                try (Directory scratch = in.child(name)) {
                    return look.at(scratch);
                } finally {
                    TreeRemoval.remove(in, name);
                }
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("unpack the bundle for a look into", path(), e);
        } finally {
            made.forEach(this::removeEmpty);
        }
    }

    /** Returns the directories that are going to be made, the deepest first. */
    private static List<Path> missing(Path directory) {
        List<Path> missing = new ArrayList<>();
        for (@Nullable Path each = directory;
                each != null && !Files.exists(each, LinkOption.NOFOLLOW_LINKS);
                each = each.getParent()) {
            missing.add(each);
        }
        return missing;
    }

    private void removeEmpty(Path directory) {
        Path above = directory.getParent();
        if (above == null) {
            return;
        }
        try (Directory in = context.disk().open(above)) {
            in.deleteDirectory(String.valueOf(directory.getFileName()));
        } catch (IOException e) {
            // It was not made, or somebody has put something into it since.
        }
    }
}
