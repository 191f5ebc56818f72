package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.fs.Directory;
import updater.transaction.context.Doubt;

/**
 * The place in home that a staged directory stands for.
 *
 * @param link the path in home of the last link of root's on the way; empty where there is none
 * @param above the one it lies in; empty for home itself
 * @param directory empty where there is none yet
 * @param uid the owner of what is created there
 * @param doubt who else could have changed the staged directory
 */
record Level(
        String path,
        String link,
        Optional<Level> above,
        Optional<Directory> directory,
        long uid,
        long gid,
        Optional<Doubt> doubt)
        implements Closeable {
    /** Returns whether it lies behind a link, outside home. */
    boolean behindLink() {
        return !link.isEmpty();
    }

    /** Returns what has a name in it; empty where nothing has. */
    Optional<FileEntry> lookup(String name) throws IOException {
        return directory.isPresent() ? directory.get().lookup(name) : Optional.empty();
    }

    /** @param inHome the path in home of something in or below this directory */
    Place place(HomeLayout layout, String inHome) {
        return behindLink()
                ? new Place(layout.home().resolve(link), inHome.substring(link.length() + 1))
                : new Place(layout.home(), inHome);
    }

    @Override
    public void close() throws IOException {
        if (directory.isPresent() && above.isPresent()) {
            directory.get().close();
        }
    }
}
