package updater.api;

import java.nio.file.Path;

/**
 * A path that is given by a trusted directory and a path below it.
 *
 * <p>The anchor (home, the directory of a service definition, …) is opened once by its absolute path. No component of
 * {@code path} is ever followed through a symbolic link: a user who may write below the anchor cannot redirect a write.
 *
 * @param anchor absolute
 * @param path relative to the anchor, components separated by {@code /}, neither empty nor {@code .} nor {@code ..}
 */
public record Place(Path anchor, String path) {
    public Place {
        if (!anchor.isAbsolute()) {
            throw new IllegalArgumentException("anchor is not absolute: " + anchor);
        }
        checkRelative(path);
    }

    /** Checks that {@code path} is relative, not empty, and stays below its anchor by its text alone. */
    public static void checkRelative(String path) {
        boolean zero = path.indexOf('\0') >= 0;
        int start = 0;
        for (int i = 0; i <= path.length(); i++) {
            if (i < path.length() && path.charAt(i) != '/') {
                continue;
            }
            boolean dots =
                    path.startsWith(".", start) && (i == start + 1 || (i == start + 2 && path.charAt(i - 1) == '.'));
            if (i == start || dots || zero) {
                throw new IllegalArgumentException("not a plain relative path: '" + path + "'");
            }
            start = i + 1;
        }
    }

    /** Returns the last component. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Returns the directory part of the relative path, empty when the place lies directly in its anchor. */
    public String parent() {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    /** Returns the absolute path, for messages only: opening it would follow links. */
    public Path display() {
        return anchor.resolve(path);
    }

    @Override
    public String toString() {
        return display().toString();
    }
}
