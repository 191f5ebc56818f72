package updater.fs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The first names behind a given one, chosen from a listing that comes in any order, in bounded memory: when they become
 * too many, the larger ones are dropped until half of the memory is free again.
 */
final class SmallestNames {
    /** What a string and its place in a list take beside its characters, on a virtual machine of 64 bits. */
    private static final int OVERHEAD = 48;

    private final String after;
    private final long budget;
    private final List<String> names = new ArrayList<>();
    private long held;

    /** The smallest name that was dropped. It and all behind it are for the next listing. */
    private String limit = "";

    private boolean more;

    /**
     * @param after a name, or nothing when all names come behind it
     * @param budget how many bytes of memory the names may take; one name is kept whatever it takes
     */
    SmallestNames(String after, long budget) {
        this.after = after;
        this.budget = budget;
    }

    void offer(String name) {
        if (name.compareTo(after) <= 0) {
            return;
        }
        if (more && name.compareTo(limit) >= 0) {
            return;
        }
        names.add(name);
        held += cost(name);
        if (held > budget && names.size() > 1) {
            drop();
        }
    }

    private void drop() {
        Collections.sort(names);
        while (held > budget / 2 && names.size() > 1) {
            limit = names.removeLast();
            held -= cost(limit);
            more = true;
        }
    }

    Directory.Listing listing() {
        Collections.sort(names);
        return new Directory.Listing(names, more);
    }

    /** Returns how many bytes of memory a name takes in a list. */
    static long cost(String name) {
        long length = name.length();
        for (int i = 0; i < length; i++) {
            if (name.charAt(i) > 0xff) {
                return OVERHEAD + 2 * length;
            }
        }
        return OVERHEAD + length;
    }
}
