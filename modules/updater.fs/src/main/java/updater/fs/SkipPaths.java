package updater.fs;

import java.util.Collection;
import java.util.Set;
import java.util.function.Predicate;

/** Tell which relative paths belong to a set of files and, ending in {@code /}, directories with all below them. */
public final class SkipPaths implements Predicate<String> {
    private final Set<String> paths;

    public SkipPaths(Collection<String> paths) {
        this.paths = Set.copyOf(paths);
    }

    /**
     * Returns whether the path is one of them or lies below one.
     *
     * @param path relative, with {@code /} between names and, for a directory, at the end
     */
    @Override
    public boolean test(String path) {
        if (paths.contains(path)) {
            return true;
        }
        int slash = path.indexOf('/');
        while (slash >= 0) {
            if (paths.contains(path.substring(0, slash + 1))) {
                return true;
            }
            slash = path.indexOf('/', slash + 1);
        }
        return false;
    }
}
