package updater.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import updater.api.Place;

/** The directories of the last path, kept open, so that sorted paths open each one about once. No link is followed on the way. */
public final class DirectoryChain implements Closeable {
    private final Disk disk;
    private final List<String> names = new ArrayList<>();
    /** The anchor's handle first, then one for each of {@code names}. */
    private final List<Directory> chain = new ArrayList<>();

    private @Nullable Path anchor;

    /** The path below the anchor that the chain leads to. */
    private String path = "";

    public DirectoryChain(Disk disk) {
        this.disk = disk;
    }

    /**
     * Returns the directory that a place lies in.
     *
     * @return is closed by this object, at the earliest with the next call
     * @throws java.nio.file.NoSuchFileException when a directory on the way is not there
     * @throws java.nio.file.NotDirectoryException when something on the way is not a directory, but a link for example
     */
    public Directory parent(Place place) throws IOException {
        return directory(place.anchor(), place.parent());
    }

    /**
     * Returns the directory at a path below an anchor, the anchor itself for an empty one. As {@link #parent}.
     *
     * @param newPath components separated by {@code /}
     */
    public Directory directory(Path newAnchor, String newPath) throws IOException {
        if (newPath.equals(path) && newAnchor.equals(anchor)) {
            return chain.getLast();
        }
        if (!newAnchor.equals(anchor)) {
            close();
            chain.add(disk.open(newAnchor));
            anchor = newAnchor;
        }
        List<String> wanted = newPath.isEmpty() ? List.of() : List.of(newPath.split("/", -1));
        int common = 0;
        while (common < wanted.size()
                && common < names.size()
                && names.get(common).equals(wanted.get(common))) {
            common++;
        }
        closeTo(common);
        for (String name : wanted.subList(common, wanted.size())) {
            chain.add(chain.getLast().child(name));
            names.add(name);
        }
        path = newPath;
        return chain.getLast();
    }

    /** Until the chain is whole again, it leads to no path that a caller could ask for. */
    private void closeTo(int depth) throws IOException {
        path = "/";
        while (names.size() > depth) {
            names.removeLast();
            chain.removeLast().close();
        }
    }

    /** Closes what is open. It can be used again afterwards, and then opens everything anew. */
    @Override
    public void close() throws IOException {
        closeTo(0);
        anchor = null;
        if (!chain.isEmpty()) {
            chain.removeLast().close();
        }
    }
}
