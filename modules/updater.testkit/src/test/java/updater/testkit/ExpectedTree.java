package updater.testkit;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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

    private static final int OWNER_ALL = 0700;

    private ExpectedTree() {}

    /**
     * What the last version shipped at a path.
     *
     * @param content SHA-256 of a file; empty of what is no file, or not known
     */
    public record Shipped(boolean directory, String content, int mode) {
        boolean isOf(Entry entry) {
            return entry.isFile() && content.equals(entry.content());
        }
    }

    /** As {@link #of(TreeSnapshot, TreeSnapshot, Predicate, Predicate, Map, Predicate)}, of a first update. */
    public static TreeSnapshot of(
            TreeSnapshot home, TreeSnapshot bundle, Predicate<String> left, Set<String> preserved) {
        Predicate<String> byName = name -> preserved.contains(name.substring(name.lastIndexOf('/') + 1));
        return of(home, bundle, left, byName, Map.of(), name -> false);
    }

    /**
     * Returns the tree that home becomes.
     *
     * @param home before anything was placed
     * @param bundle as the agent unpacked it
     * @param left names of the bundle that the updater does not place in home, nor removes
     * @param preserved files that are the operator's
     * @param last what the last version shipped
     * @param configuration files that stay where both have changed them
     */
    public static TreeSnapshot of(
            TreeSnapshot home,
            TreeSnapshot bundle,
            Predicate<String> left,
            Predicate<String> preserved,
            Map<String, Shipped> last,
            Predicate<String> configuration) {
        Tree tree = new Tree(home);
        bundle.entries().forEach((name, staged) -> {
            if (name.isEmpty() || left.test(name) || (staged.isFile() && preserved.test(name))) {
                return;
            }
            Entry old = tree.result.get(name);
            if (old == null) {
                Entry above = tree.result.get(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
                tree.put(name, staged.ownedBy(above.uid(), above.gid()));
            } else if (staged.isFile() && old.isLink()) {
                Entry above = tree.result.get(name.substring(0, Math.max(0, name.lastIndexOf('/'))));
                if (last.get(name) == null || !last.get(name).isOf(staged)) {
                    tree.placeOverLink(name, staged.ownedBy(above.uid(), above.gid()), configuration.test(name));
                }
            } else if (staged.isFile()) {
                Shipped shipped = last.get(name);
                Optional<Shipped> known = Optional.ofNullable(shipped).filter(one -> !one.directory());
                tree.place(name, old, staged, known, configuration.test(name));
            }
        });
        for (String name : new TreeMap<>(last).descendingKeySet()) {
            if (!bundle.entries().containsKey(name) && !left.test(name)) {
                tree.drop(name, last.get(name), preserved.test(name));
            }
        }
        tree.rejoin();
        return TreeSnapshot.of(tree.result).ignoringDirectoryTimes();
    }

    /** Home as it changes. */
    private static final class Tree {
        private final TreeSnapshot home;
        private final SortedMap<String, Entry> result;

        /** Of each file that is still the same one, the name that it had. */
        private final Map<String, String> origins = new HashMap<>();

        Tree(TreeSnapshot home) {
            this.home = home;
            this.result = new TreeMap<>(home.entries());
            home.entries().keySet().forEach(name -> origins.put(name, name));
        }

        void put(String name, Entry entry) {
            result.put(name, entry);
            origins.remove(name);
        }

        void place(String name, Entry old, Entry staged, Optional<Shipped> shipped, boolean configuration) {
            int mode = shipped.isPresent() && shipped.get().mode() == old.mode() ? staged.mode() : old.mode();
            boolean mine = shipped.isPresent()
                    && !shipped.get().content().isEmpty()
                    && !shipped.get().isOf(old);
            if (staged.content().equals(old.content())) {
                if (mode != old.mode()) {
                    put(name, replaced(old, staged, mode));
                }
            } else if (!mine) {
                put(name, replaced(old, staged, mode));
            } else if (!shipped.get().isOf(staged)) {
                if (configuration) {
                    put(name + ".new", replaced(old, staged, old.mode()));
                } else {
                    result.put(name + ".orig", old);
                    origins.put(name + ".orig", name);
                    put(name, replaced(old, staged, mode));
                }
            }
        }

        /** A link is an operator's, and what it leads to is not looked at. */
        void placeOverLink(String name, Entry staged, boolean configuration) {
            put(
                    configuration ? name + ".new" : name,
                    configuration ? staged.withMode(staged.mode() & OWNER_ALL) : staged);
        }

        void drop(String name, Shipped shipped, boolean preserved) {
            Entry entry = result.get(name);
            boolean goes = entry != null
                    && (shipped.directory()
                            ? entry.isDirectory() && result.keySet().stream().noneMatch(at -> at.startsWith(name + "/"))
                            : !shipped.content().isEmpty() && !preserved && shipped.isOf(entry));
            if (goes) {
                result.remove(name);
                origins.remove(name);
            }
        }

        /** A replaced name is another file than the names it had been joined with; those stay one file. */
        void rejoin() {
            Map<String, String> firstNames = new HashMap<>();
            SortedMap<String, Entry> walked = new TreeMap<>(WALK);
            walked.putAll(result);
            walked.forEach((name, entry) -> {
                String origin = origins.get(name);
                if (origin == null || entry.isDirectory()) {
                    return;
                }
                Entry old = home.entries().get(origin);
                String first = firstNames.putIfAbsent(old.sameFileAs().isEmpty() ? origin : old.sameFileAs(), name);
                result.put(name, entry.alsoNamed(first == null ? "" : first));
            });
        }
    }

    /** Returns a file with the content and time of the staged one, and all else as the old one had it. */
    public static Entry replaced(Entry old, Entry staged) {
        return replaced(old, staged, old.mode());
    }

    private static Entry replaced(Entry old, Entry staged, int mode) {
        return new Entry(
                staged.type(),
                staged.content(),
                staged.size(),
                old.uid(),
                old.gid(),
                mode,
                staged.mtime(),
                old.xattrs(),
                "");
    }
}
