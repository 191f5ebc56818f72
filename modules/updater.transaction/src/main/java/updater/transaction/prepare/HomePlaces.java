package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.DirectoryChain;

/** The places of paths in home, of which some lie behind links that root has put in the place of directories. */
final class HomePlaces {
    private HomePlaces() {}

    /**
     * Returns the place of a path in home: anchored at home, or at the last link on the way.
     *
     * @throws java.nio.file.NoSuchFileException when a directory on the way is not there
     * @throws NotDirectoryException when something on the way is no directory, or a link that is not followed
     */
    static Place of(HomeLayout layout, DirectoryChain opened, String path) throws IOException {
        Place place = new Place(layout.home(), path);
        try {
            opened.parent(place);
            return place;
        } catch (NotDirectoryException e) {
            return behindLinks(layout, opened, path);
        }
    }

    private static Place behindLinks(HomeLayout layout, DirectoryChain opened, String path) throws IOException {
        Path anchor = layout.home();
        int start = 0;
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            Place reached = new Place(anchor, path.substring(start, end));
            Directory in = opened.parent(reached);
            if (in.lookup(reached.name())
                    .filter(entry -> entry.type() == FileType.SYMLINK)
                    .isPresent()) {
                anchor = layout.home().resolve(path.substring(0, end));
                start = end + 1;
            }
        }
        return new Place(anchor, path.substring(start));
    }
}
