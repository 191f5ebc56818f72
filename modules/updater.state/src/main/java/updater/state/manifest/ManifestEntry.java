package updater.state.manifest;

import java.util.Comparator;
import java.util.Optional;
import updater.api.FileEntry;

/**
 * One path of the manifest.
 *
 * @param file what it was
 * @param note what the writer of the manifest says beside it; empty when nothing
 */
public record ManifestEntry(FileEntry file, Optional<String> note) {
    /**
     * Orders relative paths as a walk meets them that visits a directory before what is in it and names in the order of
     * {@link String#compareTo}. The empty path, which is the tree itself, comes first.
     */
    public static final Comparator<String> WALK_ORDER = ManifestEntry::compareInWalk;

    /** Component by component, which is character by character with the separator before all others. */
    private static int compareInWalk(String left, String right) {
        int common = Math.min(left.length(), right.length());
        for (int i = 0; i < common; i++) {
            char l = left.charAt(i);
            char r = right.charAt(i);
            if (l != r) {
                return l == '/' ? -1 : r == '/' ? 1 : Character.compare(l, r);
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
