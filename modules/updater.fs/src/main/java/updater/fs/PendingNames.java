package updater.fs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    static final int PART = 1 << 20;

    private final int part;
    private final List<Level> levels = new ArrayList<>();
    private long held;

    /** What a directory that was left needs no more: the next one takes it. */
    private @Nullable SmallestNames spare;

    private static final class Level {
        private @Nullable SmallestNames names;
        private boolean more = true;
        private String last = "";
    }

    PendingNames() {
        this(PART);
    }

    /** @param part bytes of memory for the names of one part; as much is left to those of all outer directories */
    PendingNames(int part) {
        this.part = part;
    }

    /** The walk goes into a directory. */
    void enter() {
        levels.add(new Level());
    }

    /** The walk leaves the innermost directory. */
    void leave() {
        SmallestNames left = released(levels.removeLast());
        if (left != null && (spare == null || spare.memory() < left.memory())) {
            spare = left;
        }
    }

    /**
     * Returns the next name in the innermost directory; empty when there is none.
     *
     * @throws UnusableNameException when a name cannot be held as a string without loss
     */
    Optional<String> next(Directory innermost) throws IOException {
        Level level = levels.getLast();
        SmallestNames names = level.names;
        if (names == null || !names.hasNext()) {
            if (!level.more) {
                return Optional.empty();
            }
            names = list(level, innermost);
            if (!names.hasNext()) {
                return Optional.empty();
            }
        }
        level.last = names.next();
        return Optional.of(level.last);
    }

    private SmallestNames list(Level level, Directory directory) throws IOException {
        SmallestNames names = released(level);
        if (names == null) {
            names = spare == null ? new SmallestNames(part) : spare;
            spare = null;
        }
        for (int outer = 0; held > part && outer < levels.size() - 1; outer++) {
            released(levels.get(outer));
        }
        names.begin(level.last);
        directory.names(names::offer);
        names.end();
        level.names = names;
        level.more = names.more();
        held += names.memory();
        return names;
    }

    /** Takes what a level holds away from it; what it has not visited yet is listed again. */
    private @Nullable SmallestNames released(Level level) {
        SmallestNames names = level.names;
        if (names != null) {
            held -= names.memory();
            level.more |= names.hasNext();
            level.names = null;
        }
        return names;
    }
}
