package updater.opamp.fleet;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import okio.ByteString;
import opamp.proto.AgentToServer;
import opamp.proto.PackagesAvailable;
import opamp.proto.ServerToAgent;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.SSLParametersWebSocketServerFactory;
import org.java_websocket.server.WebSocketServer;

/**
 * An OpAMP server that offers packages, over plain HTTP and WebSocket, with a codec that is not the client's. It keeps every
 * message, and what was wrong with it.
 */
public final class FleetServer implements AutoCloseable {
    /** AcceptsStatus, OffersPackages, AcceptsPackagesStatus. */
    public static final long CAPABILITIES = 0x1 | 0x8 | 0x10;

    private static final String PATH = "/v1/opamp";

    /**
     * A message as it came in.
     *
     * @param headers of the request it came with, or of the handshake
     * @param nanos when
     */
    public record Received(String transport, AgentToServer message, Map<String, String> headers, long nanos) {
        /** Returns the status of a package in it. */
        public opamp.proto.PackageStatus status(String name) {
            return message.package_statuses.packages.get(name);
        }
    }

    /** Something else than the usual answer to one request. */
    @FunctionalInterface
    public interface HttpAnswer {
        void give(HttpExchange exchange) throws IOException;
    }

    private final HttpServer http;
    private final Sockets sockets;
    private final boolean secure;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Map<ByteString, Long> sequences = new ConcurrentHashMap<>();
    private final Map<ByteString, PackagesAvailable> offersOnce = new ConcurrentHashMap<>();
    private final Map<ByteString, WebSocket> socketsOfAgents = new ConcurrentHashMap<>();

    /** Everything that came in, in order. */
    public final List<Received> all = new CopyOnWriteArrayList<>();

    /** The same, to be waited for. */
    public final LinkedBlockingQueue<Received> inbox = new LinkedBlockingQueue<>();

    /** What was against the specification. */
    public final Queue<String> violations = new ConcurrentLinkedQueue<>();

    /** Answers that are given instead of the usual ones, one each. */
    public final Queue<UnaryOperator<ServerToAgent>> answers = new ConcurrentLinkedQueue<>();

    /** Answers of the HTTP server that have no message in them, one each. */
    public final Queue<HttpAnswer> refusals = new ConcurrentLinkedQueue<>();

    /** What is done instead of sending a file, once each. */
    public final Queue<HttpAnswer> downloadAnswers = new ConcurrentLinkedQueue<>();

    /** The ranges that downloads have asked for, in order; empty where the whole file was. */
    public final List<String> ranges = new CopyOnWriteArrayList<>();

    public final AtomicLong bytesSent = new AtomicLong();

    /** The most files that were sent at one time. */
    public final AtomicInteger peakDownloads = new AtomicInteger();

    private final AtomicInteger downloads = new AtomicInteger();
    public volatile Optional<PackagesAvailable> offer = Optional.empty();
    public volatile long capabilities = CAPABILITIES;

    public FleetServer() throws IOException {
        this(Optional.empty());
    }

    /** @param ssl clients must show a certificate that it trusts */
    public FleetServer(Optional<SSLContext> ssl) throws IOException {
        this(ssl, 0, 0);
    }

    /** Returns a server, with no memory, at the addresses of one that was closed. */
    public static FleetServer inPlaceOf(FleetServer gone) throws IOException {
        return new FleetServer(
                Optional.empty(), gone.http().getPort(), gone.webSocket().getPort());
    }

    private FleetServer(Optional<SSLContext> ssl, int httpPort, int webSocketPort) throws IOException {
        secure = ssl.isPresent();
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", httpPort);
        if (ssl.isPresent()) {
            HttpsServer https = HttpsServer.create(any, 0);
            https.setHttpsConfigurator(new HttpsConfigurator(ssl.get()) {
                @Override
                public void configure(HttpsParameters parameters) {
                    SSLParameters needed = ssl.get().getDefaultSSLParameters();
                    needed.setNeedClientAuth(true);
                    parameters.setSSLParameters(needed);
                }
            });
            http = https;
        } else {
            http = HttpServer.create(any, 0);
        }
        http.setExecutor(threads);
        http.createContext(PATH, this::message);
        http.createContext("/files/", this::file);
        http.start();
        sockets = new Sockets(new InetSocketAddress("127.0.0.1", webSocketPort));
        sockets.setReuseAddr(true);
        if (ssl.isPresent()) {
            SSLParameters needed = ssl.get().getDefaultSSLParameters();
            needed.setNeedClientAuth(true);
            sockets.setWebSocketFactory(new SSLParametersWebSocketServerFactory(ssl.get(), needed));
        }
        sockets.start();
        try {
            sockets.started.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    public URI http() {
        return URI.create((secure ? "https" : "http") + "://127.0.0.1:"
                + http.getAddress().getPort() + PATH);
    }

    public URI webSocket() {
        return URI.create((secure ? "wss" : "ws") + "://127.0.0.1:" + sockets.getPort() + PATH);
    }

    /** Serves a file, and returns where. */
    public URI serve(String name, byte[] content) {
        files.put(name, content);
        return http().resolve("/files/" + name);
    }

    /** Offers something to one agent, by its instance UID: at once over its WebSocket, else with the next answer. */
    public void offerTo(ByteString agent, PackagesAvailable packages) {
        WebSocket socket = socketsOfAgents.get(agent);
        if (socket == null || !socket.isOpen()) {
            offersOnce.put(agent, packages);
            return;
        }
        socket.send(frame(new ServerToAgent.Builder()
                .instance_uid(agent)
                .capabilities(capabilities)
                .packages_available(packages)
                .build()));
    }

    /** Sends a message to every WebSocket. */
    public void broadcast(ServerToAgent message) {
        sockets.broadcast(frame(message));
    }

    /** Sends bytes as they are. */
    public void broadcast(byte[] frame) {
        sockets.broadcast(frame);
    }

    public void broadcastText(String text) {
        sockets.broadcast(text);
    }

    /** Ends all WebSockets, without a word where abruptly. */
    public void dropWebSockets(boolean abruptly) {
        for (WebSocket socket : new ArrayList<>(sockets.getConnections())) {
            if (abruptly) {
                socket.closeConnection(1006, "");
            } else {
                socket.close(1001);
            }
        }
    }

    private void message(HttpExchange exchange) throws IOException {
        try (exchange) {
            HttpAnswer refusal = refusals.poll();
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (refusal != null) {
                // What was in it is lost, and with it its number.
                sequences.clear();
                refusal.give(exchange);
                return;
            }
            Map<String, String> headers = new ConcurrentHashMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
            if (!exchange.getRequestMethod().equals("POST")
                    || !"application/x-protobuf".equals(headers.get("content-type"))) {
                violations.add("not a POST of application/x-protobuf");
            }
            ServerToAgent answer = received("http", AgentToServer.ADAPTER.decode(body), headers);
            byte[] bytes = ServerToAgent.ADAPTER.encode(answer);
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private ServerToAgent received(String transport, AgentToServer message, Map<String, String> headers) {
        violations.addAll(Conformance.violations(message));
        Long before = sequences.put(message.instance_uid, message.sequence_num);
        if (before != null && message.sequence_num != 0 && message.sequence_num != before + 1) {
            violations.add("sequence_num " + message.sequence_num + " after " + before);
        }
        Received received = new Received(transport, message, headers, System.nanoTime());
        all.add(received);
        inbox.add(received);
        ServerToAgent.Builder usual =
                new ServerToAgent.Builder().instance_uid(message.instance_uid).capabilities(capabilities);
        if (message.package_statuses != null
                && offer.isPresent()
                && !message.package_statuses.server_provided_all_packages_hash.equals(offer.get().all_packages_hash)) {
            usual.packages_available(offer.get());
        }
        PackagesAvailable once = offersOnce.remove(message.instance_uid);
        if (once != null) {
            usual.packages_available(once);
        }
        UnaryOperator<ServerToAgent> other = answers.poll();
        return other == null ? usual.build() : other.apply(usual.build());
    }

    private void file(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] content = files.get(exchange.getRequestURI().getPath().substring("/files/".length()));
            if (content == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            String range = exchange.getRequestHeaders().getFirst("Range");
            ranges.add(range == null ? "" : range);
            HttpAnswer other = downloadAnswers.poll();
            if (other != null) {
                other.give(exchange);
                return;
            }
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
            exchange.getResponseHeaders().set("ETag", "\"" + content.length + "\"");
            if (range != null) {
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
            OutputStream out = exchange.getResponseBody();
            peakDownloads.accumulateAndGet(downloads.incrementAndGet(), Math::max);
            try {
                for (int at = from; at < content.length; at += 1 << 14) {
                    int length = Math.min(1 << 14, content.length - at);
                    out.write(content, at, length);
                    bytesSent.addAndGet(length);
                }
            } finally {
                downloads.decrementAndGet();
            }
        }
    }

    /** The header of the protocol, and the message. */
    public static byte[] frame(ServerToAgent message) {
        byte[] bytes = ServerToAgent.ADAPTER.encode(message);
        return ByteBuffer.allocate(bytes.length + 1).put((byte) 0).put(bytes).array();
    }

    private final class Sockets extends WebSocketServer {
        private final CountDownLatch started = new CountDownLatch(1);

        Sockets(InetSocketAddress address) {
            super(address, 1);
            setDaemon(true);
        }

        @Override
        public void onStart() {
            started.countDown();
        }

        @Override
        public void onOpen(WebSocket socket, ClientHandshake handshake) {
            Map<String, String> headers = new ConcurrentHashMap<>();
            handshake
                    .iterateHttpFields()
                    .forEachRemaining(
                            name -> headers.put(name.toLowerCase(Locale.ROOT), handshake.getFieldValue(name)));
            socket.setAttachment(headers);
        }

        @Override
        public void onMessage(WebSocket socket, ByteBuffer frame) {
            if (!frame.hasRemaining() || frame.get() != 0) {
                violations.add("a frame without the header 0");
                return;
            }
            try {
                AgentToServer message = AgentToServer.ADAPTER.decode(ByteString.of(frame));
                socketsOfAgents.put(message.instance_uid, socket);
                ServerToAgent answer = received("ws", message, socket.getAttachment());
                if (message.agent_disconnect == null) {
                    socket.send(frame(answer));
                }
            } catch (IOException e) {
                violations.add("no message: " + e);
            }
        }

        @Override
        public void onMessage(WebSocket socket, String text) {
            violations.add("a text frame");
        }

        @Override
        public void onClose(WebSocket socket, int code, String reason, boolean remote) {}

        @Override
        public void onError(WebSocket socket, Exception e) {}
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
        try {
            sockets.stop(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
