package updater.fs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The names that a walk has still to visit, of every directory from the root to the one it is in; sorted, and bounded in
 * all, whatever the directories hold.
 *
 * <p>A directory is listed in parts, each of the names behind the last one that was visited. Where the names of the outer
 * directories take too much, they are dropped, and listed again when the walk returns to them. So a name that is there for
 * as long as the walk lasts is visited exactly once.
 */
final class PendingNames {
    /** Bytes of memory for the names of one part. */
    static final long PART = 8 << 20;

    private final long part;
    private final List<Level> levels = new ArrayList<>();
    private long held;

    private static final class Level {
        private List<String> names = List.of();
        private int next;
        private long cost;
        private boolean more = true;
        private String last = "";

        boolean exhausted() {
            return next == names.size();
        }

        /** Returns how much memory is free for it. */
        long release() {
            long released = cost;
            more |= !exhausted();
            names = List.of();
            next = 0;
            cost = 0;
            return released;
        }
    }

    PendingNames() {
        this(PART);
    }

    /** @param part bytes of memory for the names of one part; half as much is left to those of all outer directories */
    PendingNames(long part) {
        this.part = part;
    }

    /** The walk goes into a directory. */
    void enter() {
        levels.add(new Level());
    }

    /** The walk leaves the innermost directory. */
    void leave() {
        held -= levels.removeLast().release();
    }

    /** The innermost directory is visited from its first name again. */
    void restart() {
        leave();
        enter();
    }

    /**
     * Returns the next name in the innermost directory; empty when there is none.
     *
     * @throws UnusableNameException when a name cannot be held as a string without loss
     */
    Optional<String> next(Directory innermost) throws IOException {
        Level level = levels.getLast();
        if (level.exhausted()) {
            if (!level.more) {
                return Optional.empty();
            }
            list(level, innermost);
            if (level.exhausted()) {
                return Optional.empty();
            }
        }
        level.last = level.names.get(level.next);
        level.next++;
        return Optional.of(level.last);
    }

    private void list(Level level, Directory directory) throws IOException {
        held -= level.release();
        for (int outer = 0; held > part / 2 && outer < levels.size() - 1; outer++) {
            held -= levels.get(outer).release();
        }
        Directory.Listing listing = directory.names(level.last, part);
        level.names = listing.names();
        level.more = listing.more();
        for (String name : level.names) {
            level.cost += SmallestNames.cost(name);
        }
        held += level.cost;
    }
}
