package updater.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import updater.api.Place;

/**
 * The directories of the last path, kept open, so that sorted paths open each one about once. No link is followed below the
 * anchor, which is opened by {@link Disk#openFollowing}.
 * Of a path of any length, the last {@value #OPEN} are open.
 */
public final class DirectoryChain implements Closeable {
    private static final int OPEN = 128;

    private final Disk disk;
    /** The anchor's handle first, then one for each of {@code ends}. */
    private final List<Directory> chain = new ArrayList<>();

    /** Where the name of each directory below the anchor ends in {@code path}. */
    private final List<Integer> ends = new ArrayList<>();

    private @Nullable Path anchor;

    /** The path below the anchor that the chain leads to, or to a part of which where it could not be opened. */
    private String path = "";

    /** The way from one directory to one that lies in it. */
    @FunctionalInterface
    public interface Descent {
        Directory child(Directory in, String name) throws IOException;
    }

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
        return directory(newAnchor, newPath, Directory::child);
    }

    /**
     * As {@link #directory(Path, String)}.
     *
     * @param descent opens each directory on the way that is not open yet, and may make it
     */
    public Directory directory(Path newAnchor, String newPath, Descent descent) throws IOException {
        if (newAnchor.equals(anchor)) {
            if (newPath.equals(path) && reached() == path.length()) {
                return chain.getLast();
            }
            closeTo(common(newPath));
        } else {
            close();
        }
        if (chain.isEmpty()) {
            chain.add(disk.openFollowing(newAnchor));
            anchor = newAnchor;
        }
        path = newPath;
        for (int start = ends.isEmpty() ? 0 : reached() + 1; start < newPath.length(); start = reached() + 1) {
            int end = newPath.indexOf('/', start);
            end = end < 0 ? newPath.length() : end;
            chain.add(descent.child(chain.getLast(), newPath.substring(start, end)));
            ends.add(end);
            // The anchor's stays: it is no child of another one here.
            if (chain.size() - 1 - OPEN > 0) {
                chain.get(chain.size() - 1 - OPEN).park();
            }
        }
        return chain.getLast();
    }

    /** Returns how much of the path is open. */
    private int reached() {
        return ends.isEmpty() ? 0 : ends.getLast();
    }

    /** Returns how many of the open directories are those of another path, too. */
    private int common(String other) {
        int same = 0;
        int most = Math.min(reached(), other.length());
        while (same < most && path.charAt(same) == other.charAt(same)) {
            same++;
        }
        int common = ends.size();
        while (common > 0 && !isBoundary(ends.get(common - 1), same, other)) {
            common--;
        }
        return common;
    }

    private static boolean isBoundary(int end, int same, String other) {
        return end <= same && (end == other.length() || other.charAt(end) == '/');
    }

    private void closeTo(int depth) throws IOException {
        while (ends.size() > depth) {
            try {
                chain.get(chain.size() - 2).resume(chain.getLast());
            } catch (IOException e) {
                // Moved by somebody else, who may have put another one there: all are opened anew.
                close();
                return;
            }
            ends.removeLast();
            chain.removeLast().close();
        }
    }

    /** Closes what is open. It can be used again afterwards, and then opens everything anew. */
    @Override
    public void close() throws IOException {
        anchor = null;
        ends.clear();
        while (!chain.isEmpty()) {
            chain.removeLast().close();
        }
    }
}
