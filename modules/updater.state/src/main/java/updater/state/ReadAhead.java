package updater.state;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A source that a thread of its own reads and decodes ahead, in order and in bounded memory: while the kernel works on one
 * item, with the agent down, the next one is made ready.
 *
 * <p>For one reading thread. A failure takes the place of the item that could not be read.
 */
public final class ReadAhead<T> implements Source<T> {
    private static final int BATCHES = 4;
    private static final long CLOSE_POLL_MILLIS = 20;

    private final Source<T> source;
    private final int batchSize;
    private final BlockingQueue<Batch<T>> ready = new ArrayBlockingQueue<>(BATCHES);
    private final Thread reader;
    private volatile boolean closed;
    private Iterator<T> current = List.<T>of().iterator();
    private @Nullable Batch<T> last;

    /**
     * Some items, and what follows them.
     *
     * @param end whether it ends there
     * @param failure what it ends with, if not in order
     */
    private record Batch<T>(
            List<T> items, boolean end, @Nullable Throwable failure) {}

    /**
     * Returns the same items, read ahead where a thread can be had for it. The source is closed with the result.
     *
     * @param batchSize how many items are handed over at a time; up to six times as many are ready and not yet asked for
     */
    public static <T> Source<T> of(Source<T> source, int batchSize) {
        try {
            return new ReadAhead<>(source, batchSize);
        } catch (OutOfMemoryError e) {
            // No more threads for this user or control group. Nothing was read yet.
            return source;
        }
    }

    private ReadAhead(Source<T> source, int batchSize) {
        this.source = source;
        this.batchSize = batchSize;
        this.reader = Thread.ofPlatform().daemon().name("read ahead").start(this::read);
    }

    private void read() {
        boolean goOn = true;
        while (goOn && !closed) {
            Batch<T> batch = batch();
            goOn = handOver(batch) && !batch.end();
        }
    }

    private Batch<T> batch() {
        List<T> items = new ArrayList<>(batchSize);
        try {
            while (items.size() < batchSize) {
                Optional<T> next = source.next();
                if (next.isEmpty()) {
                    return new Batch<>(items, true, null);
                }
                items.add(next.get());
            }
            return new Batch<>(items, false, null);
        } catch (IOException | RuntimeException | Error e) {
            return new Batch<>(items, true, e);
        }
    }

    private boolean handOver(Batch<T> batch) {
        try {
            while (!closed) {
                if (ready.offer(batch, CLOSE_POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            // Nobody but this object knows the thread.
            Thread.currentThread().interrupt();
        }
        return false;
    }

    @Override
    public Optional<T> next() throws IOException {
        while (!current.hasNext()) {
            if (last != null && last.end()) {
                fail(last.failure());
                return Optional.empty();
            }
            Batch<T> batch = take();
            last = batch;
            current = batch.items().iterator();
        }
        return Optional.of(current.next());
    }

    private static void fail(@Nullable Throwable failure) throws IOException {
        switch (failure) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> {}
        }
    }

    /** An interrupt is left to the caller: the thread's flag is set again. */
    private Batch<T> take() throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    boolean alive = reader.isAlive();
                    @Nullable Batch<T> batch = ready.poll(CLOSE_POLL_MILLIS, TimeUnit.MILLISECONDS);
                    if (batch != null) {
                        return batch;
                    }
                    if (!alive) {
                        throw new IOException("the thread that reads ahead has ended before its time");
                    }
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

    @Override
    public void close() throws IOException {
        closed = true;
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        source.close();
    }
}
