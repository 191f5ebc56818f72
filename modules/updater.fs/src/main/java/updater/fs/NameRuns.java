package updater.fs;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The names of one directory that are more than memory is to hold, in a file without a name: sorted parts of them are
 * written one after another, and then merged. So such a directory is listed once, not once for each part.
 *
 * <p>A name is written as {@link SmallestNames} keeps it.
 */
final class NameRuns implements Closeable {
    private static final int WRITTEN_AT_ONCE = 1 << 16;

    /** More than any name takes. */
    private static final int SMALLEST_BUFFER = 1 << 10;

    /** So many take a mebibyte to merge, and have a gibibyte of names. */
    private static final int MOST = 1 << 10;

    private final FileChannel file;
    private final int budget;
    private final PriorityQueue<Run> runs = new PriorityQueue<>(Comparator.comparing(run -> run.name));
    private final List<Run> written = new ArrayList<>();
    private final ByteBuffer out = ByteBuffer.allocate(WRITTEN_AT_ONCE);
    private long end;

    /** A part of the file that is sorted, and read up to some place. */
    private static final class Run {
        private long at;
        private final long end;
        private ByteBuffer in = ByteBuffer.allocate(0);
        private String name = "";

        Run(long at, long end) {
            this.at = at;
            this.end = end;
        }
    }

    /** The names of a directory that is being listed, of which some were written, or none. */
    static final class Writing implements Closeable {
        private final Directory directory;
        private final int budget;
        private @Nullable NameRuns runs;
        private boolean tried;

        Writing(Directory directory, int budget) {
            this.directory = directory;
            this.budget = budget;
        }

        /**
         * Writes a part.
         *
         * @return false where nothing can be written
         * @throws UncheckedIOException when this one cannot be, so that the directory is to be listed again
         */
        boolean take(SmallestNames part) {
            if (!tried) {
                tried = true;
                runs = directory
                        .unnamedFile()
                        .map(file -> new NameRuns(file, budget))
                        .orElse(null);
            }
            if (runs == null) {
                return false;
            }
            try {
                runs.add(part);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return true;
        }

        /**
         * Returns what was written, to be read, the rest included; empty when nothing was.
         *
         * @throws UncheckedIOException as above
         */
        Optional<NameRuns> merged(SmallestNames rest) {
            NameRuns written = runs;
            if (written == null) {
                return Optional.empty();
            }
            try {
                written.add(rest);
                written.merge();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            runs = null;
            return Optional.of(written);
        }

        @Override
        public void close() {
            if (runs != null) {
                runs.close();
            }
        }
    }

    /**
     * @param file is closed by this object
     * @param budget bytes of memory for merging
     */
    NameRuns(FileChannel file, int budget) {
        this.file = file;
        this.budget = budget;
    }

    /** Writes what is there, in order; it is empty then. */
    void add(SmallestNames names) throws IOException {
        if (written.size() == MOST) {
            throw new IOException("more names than can be merged at once");
        }
        long begin = end;
        names.end();
        while (names.hasNext()) {
            if (out.remaining() < SMALLEST_BUFFER) {
                flush();
            }
            names.next(out);
        }
        flush();
        written.add(new Run(begin, end));
    }

    private void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            end += file.write(out, end);
        }
        out.clear();
    }

    /** All were added: they are read from here on. */
    void merge() throws IOException {
        int each = Math.max(SMALLEST_BUFFER, Math.min(WRITTEN_AT_ONCE, budget / Math.max(1, written.size())));
        for (Run run : written) {
            run.in = ByteBuffer.allocate(each).flip();
            if (advance(run)) {
                runs.add(run);
            }
        }
    }

    /** Returns how many bytes of memory it holds. */
    int memory() {
        return WRITTEN_AT_ONCE
                + written.stream().mapToInt(run -> run.in.capacity()).sum();
    }

    /** Returns the next name; empty when there is none. */
    Optional<String> next() throws IOException {
        Run run = runs.poll();
        if (run == null) {
            return Optional.empty();
        }
        String name = run.name;
        if (advance(run)) {
            runs.add(run);
        }
        return Optional.of(name);
    }

    private boolean advance(Run run) throws IOException {
        if (run.in.remaining() < SMALLEST_BUFFER) {
            fill(run);
        }
        if (!run.in.hasRemaining()) {
            return false;
        }
        run.name = SmallestNames.text(run.in);
        return true;
    }

    private void fill(Run run) throws IOException {
        run.in.compact();
        run.in.limit((int) Math.min(run.in.capacity(), run.in.position() + run.end - run.at));
        while (run.in.hasRemaining()) {
            int read = file.read(run.in, run.at);
            if (read < 0) {
                throw new EOFException("the list of names is cut off");
            }
            run.at += read;
        }
        run.in.flip();
    }

    /** A file without a name needs no flush: a failure to close it loses nothing. */
    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            // It is gone all the same.
        }
    }
}
