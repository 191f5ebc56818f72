package updater.fs;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;

/**
 * A walk of a tree by two threads: a scout looks at each file, ahead of a follower who acts on it in the calling thread.
 *
 * <p>The order of effects is that of a {@link TreeWalk} by one thread. The scout changes nothing, so every effect is the
 * follower's. The queue has one writer and one reader, so the follower meets the files in the order of the walk. A failure
 * of the scout stands in the queue behind all that was found before it. Where no thread can be had, the calling one does
 * both.
 *
 * @param <D> what the scout found out about a directory
 * @param <F> what the scout found out about anything else
 */
public final class PrefetchingWalk<D, F> implements Closeable {
    /** Each item may hold files open, of which there may be as few as 1024; up to six batches exist at a time. */
    private static final int BATCH = 32;

    private static final int BATCHES = 4;

    /** Characters of a path from which on it fills a batch by itself. */
    private static final int LONG = 4096;

    /** Full ones, then the rest, then an empty one, once the scout has ended. */
    private final BlockingQueue<List<Event>> queue = new ArrayBlockingQueue<>(BATCHES);

    private final Set<Closeable> open = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    private final Scout<D, F> scout;
    private final Follower<D, F> follower;
    private List<Event> batch = new ArrayList<>(BATCH);
    private boolean ended;
    private volatile @Nullable Throwable failure;
    private volatile boolean abandoned;

    /** What looks, in a thread of its own, at each directory before what is in it. Changes nothing. */
    public interface Scout<D, F> {
        /** Returns what the follower is to know of a directory; empty when it is not to be visited, which the root always is. */
        Optional<D> enter(FileEntry directory, Directory opened) throws IOException;

        F file(FileEntry entry, Directory parent) throws IOException;

        /** The directory that was entered last has nothing more in it. */
        default void leave() {}
    }

    /** What acts. All it is given that can be closed is closed behind it: of a directory when it was left. */
    public interface Follower<D, F> {
        void enter(FileEntry directory, Directory opened, D found) throws IOException;

        void file(FileEntry entry, Directory parent, F found) throws IOException;

        /** The directory that was entered last has nothing more in it. */
        default void leave() throws IOException {}
    }

    /** What the follower does next. */
    private interface Event {
        void follow() throws IOException;
    }

    private interface Sink {
        void put(Event event) throws IOException;

        /** Lets nothing wait for more. */
        default void handOver() {}
    }

    private final class Ahead implements Sink {
        @Override
        public void put(Event event) {
            batch.add(event);
            if (batch.size() == BATCH) {
                handOver();
            }
        }

        @Override
        public void handOver() {
            if (!batch.isEmpty()) {
                List<Event> next = new ArrayList<>(BATCH);
                PrefetchingWalk.this.handOver(batch);
                batch = next;
            }
        }
    }

    private PrefetchingWalk(Scout<D, F> scout, Follower<D, F> follower) {
        this.scout = scout;
        this.follower = follower;
    }

    /**
     * Walks. However it ends, the scout has ended too when this returns.
     *
     * @param root is not closed
     * @param skip as for {@link TreeWalk#walk}
     */
    public static <D, F> void walk(Directory root, Predicate<String> skip, Scout<D, F> scout, Follower<D, F> follower)
            throws IOException {
        try (PrefetchingWalk<D, F> walk = new PrefetchingWalk<>(scout, follower)) {
            walk.run(root, skip);
        }
    }

    private void run(Directory root, Predicate<String> skip) throws IOException {
        try {
            Thread.ofPlatform().daemon().name("scout").start(() -> scout(root, skip));
        } catch (OutOfMemoryError e) {
            // No more threads for this user or control group. Nothing was looked at yet.
            ended = true;
            TreeWalk.walkLeavingOpen(root, skip, new Visitor(Event::follow));
            return;
        }
        for (List<Event> events = take(); !ended; events = take()) {
            for (Event event : events) {
                event.follow();
            }
        }
        switch (failure) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> {}
        }
    }

    /** Needs no memory to tell the follower of the end, who waits for it even when there is none left. */
    private void scout(Directory root, Predicate<String> skip) {
        try {
            TreeWalk.walkLeavingOpen(root, skip, new Visitor(new Ahead()));
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
        if (!batch.isEmpty()) {
            handOver(batch);
        }
        handOver(List.of());
    }

    private void handOver(List<Event> events) {
        while (true) {
            try {
                queue.put(events);
                return;
            } catch (InterruptedException e) {
                // Nobody but this object knows the thread.
            }
        }
    }

    /** Takes the next batch, and learns the end from it. An interrupt is for those who can deal with it, later. */
    private List<Event> take() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    List<Event> events = queue.take();
                    ended = events.isEmpty();
                    return events;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for the scout, and closes what the follower was never given, or failed over. */
    @Override
    public void close() throws IOException {
        abandoned = true;
        while (!ended) {
            take();
        }
        for (Closeable left : open) {
            left.close();
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
        private final Sink events;

        /** What is to be closed of each directory that was entered. Nothing else is held of them: they may be many. */
        private final Deque<Optional<Closeable>> entered = new ArrayDeque<>();

        Visitor(Sink events) {
            this.events = events;
        }

        @Override
        public boolean enter(FileEntry directory, Directory opened) throws IOException {
            checkWanted();
            Optional<D> about = scout.enter(directory, opened);
            if (about.isEmpty()) {
                return false;
            }
            D found = about.get();
            held(found);
            if (!directory.path().isEmpty()) {
                held(opened);
            }
            entered.push(found instanceof Closeable handle ? Optional.of(handle) : Optional.empty());
            put(directory, () -> follower.enter(directory, opened, found));
            return true;
        }

        @Override
        public void file(FileEntry entry, Directory parent) throws IOException {
            checkWanted();
            F found = scout.file(entry, parent);
            held(found);
            put(entry, () -> {
                follower.file(entry, parent, found);
                done(found);
            });
        }

        @Override
        public void leave(FileEntry directory, Directory opened) throws IOException {
            scout.leave();
            Optional<Closeable> found = entered.pop();
            events.put(() -> {
                follower.leave();
                if (found.isPresent()) {
                    done(found.get());
                }
                done(opened);
            });
        }

        private void put(FileEntry about, Event event) throws IOException {
            events.put(event);
            if (about.path().length() > LONG) {
                events.handOver();
            }
        }

        private void checkWanted() {
            if (abandoned) {
                throw new CancellationException("the follower has ended");
            }
        }
    }
}
