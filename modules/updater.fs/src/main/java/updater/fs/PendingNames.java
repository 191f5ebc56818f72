package updater.fs;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The names that a walk has still to visit, of every directory from the root to the one it is in; sorted, and bounded in
 * all, whatever the directories hold.
 *
 * <p>Of a directory with more names than that, sorted parts are written to a file without a name, and merged. Where there
 * can be none, it is listed in parts, again for each, of the names behind the last one that was visited. Where the names of
 * the outer directories take too much, they are dropped, and listed again when the walk returns to them. So a name that is there for
 * as long as the walk lasts is visited exactly once.
 */
final class PendingNames implements Closeable {
    /** Bytes of memory for the names of one part. */
    static final int PART = 1 << 20;

    private final int part;
    private final List<Level> levels = new ArrayList<>();
    private long held;

    /** What a directory that was left needs no more: the next one takes it. */
    private @Nullable SmallestNames spare;

    private static final class Level {
        private @Nullable SmallestNames names;
        private @Nullable NameRuns runs;
        private boolean more = true;
        private String last = "";

        /** Whether the names were once too many for the file that they were written to. */
        private boolean inParts;
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
        spare(released(levels.removeLast()));
    }

    private void spare(@Nullable SmallestNames left) {
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
        while (true) {
            Optional<String> name = level.runs == null ? held(level) : merged(level, level.runs);
            if (name.isPresent() || !level.more) {
                return name;
            }
            list(level, innermost);
        }
    }

    private Optional<String> held(Level level) {
        SmallestNames names = level.names;
        if (names == null || !names.hasNext()) {
            return Optional.empty();
        }
        String name = names.next();
        level.last = name;
        if (!level.more && !names.hasNext()) {
            // Of a directory that is in the last of its names nothing is held: there may be ten thousand in each other.
            spare(released(level));
            level.last = "";
        }
        return Optional.of(name);
    }

    private Optional<String> merged(Level level, NameRuns runs) {
        try {
            Optional<String> name = runs.next();
            if (name.isPresent()) {
                level.last = name.get();
            } else {
                released(level);
                level.more = false;
            }
            return name;
        } catch (IOException e) {
            released(level);
            level.inParts = true;
            return Optional.empty();
        }
    }

    private void list(Level level, Directory directory) throws IOException {
        SmallestNames names = released(level);
        if (names == null) {
            names = spare == null ? new SmallestNames(part) : spare;
            spare = null;
        }
        for (int outer = 0; held > part && outer < levels.size() - 1; outer++) {
            released(levels.get(outer));
        }
        try (NameRuns.Writing writing = new NameRuns.Writing(directory, part)) {
            names.begin(level.last, full -> !level.inParts && writing.take(full));
            directory.names(names::offer);
            Optional<NameRuns> runs = writing.merged(names);
            level.runs = runs.orElse(null);
            held += runs.map(NameRuns::memory).orElse(0);
        } catch (UncheckedIOException e) {
            // There is no room for them: the directory is listed again for each part of them.
            level.inParts = true;
            spare(names);
            return;
        }
        if (level.runs == null) {
            names.end();
            level.names = names;
            level.more = names.more();
            held += names.memory();
        } else {
            level.more = false;
            spare(names);
        }
    }

    /** Takes what a level holds away from it; what it has not visited yet is listed again. */
    private @Nullable SmallestNames released(Level level) {
        NameRuns runs = level.runs;
        if (runs != null) {
            held -= runs.memory();
            level.more = true;
            level.runs = null;
            runs.close();
        }
        SmallestNames names = level.names;
        if (names != null) {
            held -= names.memory();
            level.more |= names.hasNext();
            level.names = null;
        }
        return names;
    }

    @Override
    public void close() {
        levels.forEach(this::released);
    }
}
