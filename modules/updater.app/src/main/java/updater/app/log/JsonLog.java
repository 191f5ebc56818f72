package updater.app.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import updater.transaction.context.EventLog;

/**
 * Write what the updater's loggers say, one JSON object a line, each line in one write and unbuffered: what was logged
 * before the updater is killed is in the file.
 *
 * <p>An update does not fail for its log: what cannot be written is dropped, and {@link #failure()} says so.
 */
public final class JsonLog implements AutoCloseable {
    // The updater's own loggers only: with the root logger at this level the JDK would log every command it starts.
    private static final String ROOT = "updater";

    // java.util.logging holds loggers weakly: without this one the handler would go with it.
    private final Logger root;
    private final LineHandler handler;

    private JsonLog(Logger root, LineHandler handler) {
        this.root = root;
        this.handler = handler;
    }

    /** Starts logging at debug level to {@code channel}, which {@link #close()} closes. */
    static JsonLog open(WritableByteChannel channel) {
        return open(new Sink() {
            @Override
            public void write(byte[] line) throws IOException {
                ByteBuffer buffer = ByteBuffer.wrap(line);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        });
    }

    /** Starts logging at debug level to {@code stream}, which {@link #close()} closes. */
    static JsonLog open(OutputStream stream) {
        return open(new Sink() {
            @Override
            public void write(byte[] line) throws IOException {
                stream.write(line);
                stream.flush();
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        });
    }

    private static JsonLog open(Sink sink) {
        LineHandler handler = new LineHandler(sink);
        Logger root = Logger.getLogger(ROOT);
        root.setUseParentHandlers(false);
        root.setLevel(Level.FINE);
        root.addHandler(handler);
        return new JsonLog(root, handler);
    }

    /** Returns the log named {@code updater.<name>}. */
    public EventLog log(String name) {
        return new EventLog(Logger.getLogger(root.getName() + "." + name));
    }

    /** Returns the first failure to write, empty when everything that was logged is in the file. */
    Optional<IOException> failure() {
        return handler.failure();
    }

    /** Stops logging and closes the file. Does nothing the second time. */
    @Override
    public void close() {
        root.removeHandler(handler);
        handler.close();
    }

    private interface Sink {
        void write(byte[] line) throws IOException;

        void close() throws IOException;
    }

    private static final class LineHandler extends Handler {
        private final Sink sink;
        private Optional<IOException> failure = Optional.empty();
        private boolean torn;
        private boolean closed;

        LineHandler(Sink sink) {
            this.sink = sink;
            setLevel(Level.ALL);
            setFormatter(new JsonLine());
        }

        @Override
        public synchronized void publish(LogRecord entry) {
            if (closed || !isLoggable(entry)) {
                return;
            }
            String line = getFormatter().format(entry);
            try {
                // After a failed write the file may end in half a line, which must not swallow the next one.
                sink.write((torn ? "\n" + line : line).getBytes(StandardCharsets.UTF_8));
                torn = false;
            } catch (IOException e) {
                torn = true;
                remember(e);
            }
        }

        @Override
        public void flush() {}

        @Override
        public synchronized void close() {
            if (closed) {
                return;
            }
            closed = true;
            try {
                sink.close();
            } catch (IOException e) {
                remember(e);
            }
        }

        synchronized Optional<IOException> failure() {
            return failure;
        }

        private void remember(IOException e) {
            if (failure.isEmpty()) {
                failure = Optional.of(e);
            }
        }
    }
}
