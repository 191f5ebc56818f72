package updater.packaging;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import updater.opamp.fleet.FleetServer.HttpAnswer;

/** What a server does to a download: one answer each. */
final class Downloads {
    private static final int CHUNK = 1 << 14;

    private Downloads() {}

    /** All of it, whatever was asked for. */
    static HttpAnswer whole(byte[] content) {
        return exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        };
    }

    /** Later. */
    static HttpAnswer busy() {
        return exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "1");
            exchange.sendResponseHeaders(503, -1);
        };
    }

    /** So many bytes from where it was asked for, and the end of the connection. */
    static HttpAnswer cut(byte[] content, int bytes) {
        return exchange -> send(exchange, content, bytes);
    }

    /** So many bytes from where it was asked for, and nothing more, until the server ends. */
    static HttpAnswer standStill(byte[] content, int bytes) {
        return exchange -> {
            send(exchange, content, bytes);
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    /** Bytes without an end. */
    static HttpAnswer endless() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] bytes = new byte[1 << 16];
            while (true) {
                exchange.getResponseBody().write(bytes);
            }
        };
    }

    private static void send(HttpExchange exchange, byte[] content, int bytes) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
        exchange.getResponseHeaders().set("ETag", "\"" + content.length + "\"");
        if (range != null) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
        OutputStream out = exchange.getResponseBody();
        int end = Math.min(content.length, from + bytes);
        for (int at = from; at < end; at += CHUNK) {
            out.write(content, at, Math.min(CHUNK, end - at));
        }
        out.flush();
    }
}
