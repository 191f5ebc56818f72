package updater.agent;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** A server of one file, which answers ranges, and misbehaves as it is told: once for each answer in the queue. */
public final class FileServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Deque<Answer> answers = new ConcurrentLinkedDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile byte[] content;
    private volatile String entityTag = "\"one\"";

    public final List<Request> requests = new CopyOnWriteArrayList<>();
    public final AtomicLong bytesSent = new AtomicLong();

    /** What was asked for. */
    public record Request(String host, String path, Headers headers) {
        public String header(String name) {
            return headers.getFirst(name);
        }
    }

    /** Something else than the file. */
    @FunctionalInterface
    public interface Answer {
        void give(HttpExchange exchange) throws IOException;
    }

    public FileServer(byte[] content) throws IOException {
        this.content = content;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public URI uri() {
        return uri("127.0.0.1", "/bundle.tar.gz");
    }

    public URI uri(String host, String path) {
        return URI.create("http://" + host + ":" + server.getAddress().getPort() + path);
    }

    public void serve(byte[] other, String tag) {
        content = other;
        entityTag = tag;
    }

    public void next(Answer... others) {
        answers.addAll(Arrays.asList(others));
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.add(new Request(
                exchange.getRequestHeaders().getFirst("Host"),
                exchange.getRequestURI().toString(),
                exchange.getRequestHeaders()));
        Answer other = answers.poll();
        try (exchange) {
            if (other == null) {
                send(exchange, Integer.MAX_VALUE);
            } else {
                other.give(exchange);
            }
        }
    }

    /** The file, whose connection ends after so many bytes. */
    public Answer cutAfter(int bytes) {
        return exchange -> send(exchange, bytes);
    }

    /** The file, which is never sent on after so many bytes. */
    public Answer stallAfter(int bytes) {
        return exchange -> {
            byte[] now = content;
            exchange.getResponseHeaders().set("ETag", entityTag);
            exchange.sendResponseHeaders(200, now.length);
            write(exchange.getResponseBody(), now, 0, bytes);
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    public static Answer status(int code, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(code, -1);
        };
    }

    /** Bytes without an end, in chunks. */
    public static Answer endless() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] bytes = new byte[1 << 16];
            while (true) {
                exchange.getResponseBody().write(bytes);
            }
        };
    }

    private void send(HttpExchange exchange, int most) throws IOException {
        byte[] now = content;
        String range = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        exchange.getResponseHeaders().set("ETag", entityTag);
        int from = 0;
        if (range != null && (condition == null || condition.equals(entityTag))) {
            from = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
            if (from >= now.length) {
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (now.length - 1) + "/" + now.length);
            exchange.sendResponseHeaders(206, now.length - from);
        } else {
            exchange.sendResponseHeaders(200, now.length);
        }
        write(exchange.getResponseBody(), now, from, Math.min(most, now.length - from));
    }

    private void write(OutputStream out, byte[] bytes, int from, int count) throws IOException {
        int step = 1 << 14;
        for (int at = from; at < from + count; at += step) {
            int length = Math.min(step, from + count - at);
            out.write(bytes, at, length);
            bytesSent.addAndGet(length);
        }
        out.flush();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
