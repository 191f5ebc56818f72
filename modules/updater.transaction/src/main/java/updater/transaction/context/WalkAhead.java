package updater.transaction.context;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.TreeWalk;
import updater.state.ReadAhead;
import updater.state.Source;

/**
 * Walk a tree with two threads: a scout looks at each file, ahead of a follower who acts on it. What the scout does must
 * change nothing, so that what happens to the tree happens in one order. A failure of the scout comes to the follower where
 * the file would have come.
 *
 * @param <D> what the scout found out about a directory
 * @param <F> what the scout found out about anything else
 */
public final class WalkAhead<D, F> implements Source<WalkAhead.Event<D, F>> {
    /** Each item may hold files open, of which there may be as few as 1024. */
    private static final int BATCH = 32;

    private final TreeWalk walk;
    private final Deque<Event<D, F>> found = new ArrayDeque<>();
    private final Set<Closeable> open = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    private boolean more = true;

    /** Looks, in a thread of its own, at each directory before what is in it. */
    public interface Scout<D, F> {
        /** Returns what the follower is to know of a directory; empty when it is not to be visited, which the root always is. */
        Optional<D> enter(FileEntry directory, Directory opened) throws IOException;

        F file(FileEntry entry, Directory parent) throws IOException;

        /** The directory that was entered last has nothing more in it. */
        void leave();
    }

    /** Acts, in the calling thread. What it is given and can be closed, is closed behind it: of a directory when it was left. */
    public interface Follower<D, F> {
        void enter(FileEntry directory, Directory opened, D found) throws IOException;

        void file(FileEntry entry, Directory parent, F found) throws IOException;

        void leave(D found) throws IOException;
    }

    /** Where the walk has got to. */
    sealed interface Event<D, F> {
        record Enter<D, F>(FileEntry entry, Directory opened, D found) implements Event<D, F> {}

        record File<D, F>(FileEntry entry, Directory parent, F found) implements Event<D, F> {}

        record Leave<D, F>(Directory opened, D found) implements Event<D, F> {}
    }

    private WalkAhead(Directory root, Predicate<String> skip, Scout<D, F> scout) {
        this.walk = TreeWalk.inSteps(root, skip, new Visitor(scout));
    }

    /**
     * Walks.
     *
     * @param root is not closed
     * @param skip as for {@link TreeWalk#walk}
     */
    public static <D, F> void walk(Directory root, Predicate<String> skip, Scout<D, F> scout, Follower<D, F> follower)
            throws IOException {
        WalkAhead<D, F> walk = new WalkAhead<>(root, skip, scout);
        try (Source<Event<D, F>> events = ReadAhead.of(walk, BATCH)) {
            Optional<Event<D, F>> event = events.next();
            while (event.isPresent()) {
                walk.follow(event.get(), follower);
                event = events.next();
            }
        }
    }

    /** Walks where there is nothing to look at but the tree itself. */
    public static void walk(Directory root, Predicate<String> skip, Follower<FileEntry, FileEntry> follower)
            throws IOException {
        walk(
                root,
                skip,
                new Scout<FileEntry, FileEntry>() {
                    @Override
                    public Optional<FileEntry> enter(FileEntry directory, Directory opened) {
                        return Optional.of(directory);
                    }

                    @Override
                    public FileEntry file(FileEntry entry, Directory parent) {
                        return entry;
                    }

                    @Override
                    public void leave() {
                        // Nothing is kept of it.
                    }
                },
                follower);
    }

    private void follow(Event<D, F> event, Follower<D, F> follower) throws IOException {
        switch (event) {
            case Event.Enter<D, F>(FileEntry entry, Directory opened, D about) -> follower.enter(entry, opened, about);
            case Event.File<D, F>(FileEntry entry, Directory parent, F about) -> {
                follower.file(entry, parent, about);
                done(about);
            }
            case Event.Leave<D, F>(Directory opened, D about) -> {
                follower.leave(about);
                done(about);
                done(opened);
            }
        }
    }

    private void held(Object found) {
        if (found instanceof Closeable handle) {
            open.add(handle);
        }
    }

    private void done(Object used) throws IOException {
        if (used instanceof Closeable handle && open.remove(handle)) {
            handle.close();
        }
    }

    private final class Visitor implements TreeWalk.Visitor {
        private final Scout<D, F> scout;
        private final Deque<D> entered = new ArrayDeque<>();

        Visitor(Scout<D, F> scout) {
            this.scout = scout;
        }

        @Override
        public boolean enter(FileEntry directory, Directory opened) throws IOException {
            Optional<D> about = scout.enter(directory, opened);
            if (about.isEmpty()) {
                return false;
            }
            held(about.get());
            if (!directory.path().isEmpty()) {
                held(opened);
            }
            entered.push(about.get());
            found.add(new Event.Enter<>(directory, opened, about.get()));
            return true;
        }

        @Override
        public void file(FileEntry entry, Directory parent) throws IOException {
            F about = scout.file(entry, parent);
            held(about);
            found.add(new Event.File<>(entry, parent, about));
        }

        @Override
        public void leave(FileEntry directory, Directory opened) {
            scout.leave();
            found.add(new Event.Leave<>(opened, entered.pop()));
        }
    }

    @Override
    public Optional<Event<D, F>> next() throws IOException {
        while (found.isEmpty() && more) {
            more = walk.step();
        }
        return Optional.ofNullable(found.poll());
    }

    /** Closes what the follower was never given, or failed over. */
    @Override
    public void close() throws IOException {
        synchronized (open) {
            for (Closeable left : open) {
                left.close();
            }
            open.clear();
        }
    }
}
