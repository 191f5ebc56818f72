package updater.testkit;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import updater.testkit.TreeSnapshot.Entry;

/**
 * The oracle of an update: what home must be once the bundle is in place, from what home was and what the bundle holds.
 * Written apart from the updater's planning. Directories' times are not foretold: placing files changes them.
 */
public final class ExpectedTree {
    /** The order in which a snapshot meets its names, which decides which of a file's names is the first. */
    private static final Comparator<String> WALK = Comparator.comparing(name -> name.replace('/', '\0'));

    private ExpectedTree() {}

    /**
     * Returns the tree that home becomes.
     *
     * @param home before anything was placed
     * @param bundle as the agent unpacked it
     * @param left names of the bundle that the updater does not place in home
     * @param preserved last components of files that are the operator's
     */
    public static TreeSnapshot of(
            TreeSnapshot home, TreeSnapshot bundle, Predicate<String> left, Set<String> preserved) {
        SortedMap<String, Entry> result = new TreeMap<>(home.entries());
        bundle.entries().forEach((name, staged) -> {
            boolean operators = staged.isFile() && preserved.contains(name.substring(name.lastIndexOf('/') + 1));
            if (name.isEmpty() || left.test(name) || operators) {
                return;
            }
            Entry old = result.get(name);
            if (old == null) {
                Entry above = result.get(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
                result.put(name, staged.ownedBy(above.uid(), above.gid()));
            } else if (staged.isFile() && !staged.content().equals(old.content())) {
                result.put(name, replaced(old, staged));
            }
        });
        rejoin(home, result);
        return TreeSnapshot.of(result).ignoringDirectoryTimes();
    }

    /** Returns a file with the content and time of the staged one, and all else as the old one had it. */
    public static Entry replaced(Entry old, Entry staged) {
        return new Entry(
                staged.type(),
                staged.content(),
                staged.size(),
                old.uid(),
                old.gid(),
                old.mode(),
                staged.mtime(),
                old.xattrs(),
                "");
    }

    /** A replaced name is another file than the names it had been joined with; those stay one file. */
    private static void rejoin(TreeSnapshot home, SortedMap<String, Entry> result) {
        Map<String, String> firstNames = new HashMap<>();
        SortedMap<String, Entry> walked = new TreeMap<>(WALK);
        walked.putAll(home.entries());
        walked.forEach((name, old) -> {
            if (old.isDirectory() || !result.get(name).content().equals(old.content())) {
                return;
            }
            String first = firstNames.putIfAbsent(old.sameFileAs().isEmpty() ? name : old.sameFileAs(), name);
            result.computeIfPresent(name, (same, entry) -> entry.alsoNamed(first == null ? "" : first));
        });
    }
}
