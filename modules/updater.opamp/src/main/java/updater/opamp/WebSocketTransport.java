package updater.opamp;

import java.io.ByteArrayOutputStream;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import updater.agent.connection.Connections;
import updater.agent.schedule.Ticker;

/** A WebSocket: both sides speak when they have something to say, in binary messages with a header in front. */
final class WebSocketTransport implements Transport {
    /** The varint 0: the header of this version of the protocol (specification, "WebSocket Message Format"). */
    private static final byte HEADER = 0;

    private final Connections connections;
    private final WebSocket socket;

    private WebSocketTransport(Connections connections, WebSocket socket) {
        this.connections = connections;
        this.socket = socket;
    }

    /** What the server says, and its end. Called by threads of the connection. */
    interface Receiver {
        void received(byte[] message);

        void disconnected(String why);
    }

    /**
     * Connects, redirects followed.
     *
     * @throws TransportFailure when there is no connection
     */
    static WebSocketTransport connect(ClientSettings settings, InstanceUid uid, Receiver receiver)
            throws TransportFailure, InterruptedException {
        Connections connections = new Connections("opamp", settings.network());
        try {
            ServerAddress address = settings.server();
            for (int i = 0; i <= ServerAddress.MOST_REDIRECTS; i++) {
                WebSocket.Builder builder =
                        connections.client().newWebSocketBuilder().connectTimeout(PATIENCE);
                if (address.isConfiguredHost()) {
                    settings.headers().forEach(builder::header);
                }
                builder.header("OpAMP-Instance-UID", uid.toString());
                try {
                    WebSocket socket = builder.buildAsync(address.current(), new Messages(receiver))
                            .get(PATIENCE.multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS);
                    return new WebSocketTransport(connections, socket);
                } catch (ExecutionException e) {
                    address = refused(e, address, settings.timing().ticker());
                }
            }
            throw new TransportFailure("more than " + ServerAddress.MOST_REDIRECTS + " redirects");
        } catch (TimeoutException e) {
            connections.close();
            throw new TransportFailure("the server does not answer");
        } catch (TransportFailure | InterruptedException | RuntimeException e) {
            connections.close();
            throw e;
        }
    }

    private static ServerAddress refused(ExecutionException e, ServerAddress address, Ticker ticker)
            throws TransportFailure {
        if (!(e.getCause() instanceof WebSocketHandshakeException refused) || refused.getResponse() == null) {
            throw HttpTransport.failure(e);
        }
        int code = refused.getResponse().statusCode();
        if (code >= 300 && code < 400) {
            return address.redirected(refused.getResponse().headers().firstValue("Location"));
        }
        throw HttpTransport.refusal(code, refused.getResponse().headers().firstValue("Retry-After"), ticker);
    }

    @Override
    public Optional<byte[]> send(byte[] message) throws TransportFailure, InterruptedException {
        ByteBuffer frame =
                ByteBuffer.allocate(message.length + 1).put(HEADER).put(message).flip();
        await(() -> socket.sendBinary(frame, true));
        return Optional.empty();
    }

    /** Sees whether the connection is there still. */
    void ping() throws TransportFailure, InterruptedException {
        await(() -> socket.sendPing(ByteBuffer.allocate(0)));
    }

    /** One thing that is sent. */
    private interface Sending {
        CompletionStage<WebSocket> send();
    }

    private void await(Sending sending) throws TransportFailure, InterruptedException {
        try {
            sending.send().toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw HttpTransport.failure(e);
        } catch (TimeoutException e) {
            throw new TransportFailure("the server takes no message");
        }
    }

    @Override
    public boolean polls() {
        return false;
    }

    @Override
    public void rest() {
        // The connection is what the server speaks on.
    }

    @Override
    public void close() {
        try {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").toCompletableFuture().get(2, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // It is gone already.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            socket.abort();
            connections.close();
        }
    }

    /** The frames of the server, put together to messages. */
    private static final class Messages implements WebSocket.Listener {
        private final Receiver receiver;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Messages(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            if (bytes.size() + data.remaining() > MOST_BYTES + 1) {
                from.abort();
                receiver.disconnected("a message has more than " + MOST_BYTES + " bytes");
                return null;
            }
            byte[] part = new byte[data.remaining()];
            data.get(part);
            bytes.writeBytes(part);
            if (last) {
                byte[] whole = bytes.toByteArray();
                bytes.reset();
                message(whole);
            }
            from.request(1);
            return null;
        }

        /** No message begins with a zero byte, so one without the header is known as such: old servers send it. */
        private void message(byte[] whole) {
            boolean header = whole.length > 0 && whole[0] == HEADER;
            receiver.received(header ? Arrays.copyOfRange(whole, 1, whole.length) : whole);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            from.abort();
            receiver.disconnected("the server sent a text message");
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            receiver.disconnected("the server closed the connection: " + code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            receiver.disconnected(String.valueOf(error.getMessage()));
        }
    }
}
