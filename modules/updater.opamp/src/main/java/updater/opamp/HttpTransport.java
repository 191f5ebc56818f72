package updater.opamp;

import java.net.ConnectException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import updater.agent.connection.Connections;
import updater.agent.schedule.RetryAfter;
import updater.agent.schedule.Ticker;

/** Plain HTTP: every message is a POST, and every answer the body of its response. */
final class HttpTransport implements Transport {
    /** The least wait that the specification recommends where the server names none ("Throttling"). */
    static final Duration THROTTLED = Duration.ofSeconds(30);

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final ClientSettings settings;
    private final InstanceUid uid;
    private final Ticker ticker;
    private ServerAddress address;
    private @Nullable Connections connections;

    HttpTransport(ClientSettings settings, InstanceUid uid) {
        this.settings = settings;
        this.uid = uid;
        this.ticker = settings.timing().ticker();
        this.address = settings.server();
    }

    @Override
    public Optional<byte[]> send(byte[] message) throws TransportFailure, InterruptedException {
        // A server that moved for good is asked each time: it may move back.
        address = settings.server();
        for (int i = 0; i <= ServerAddress.MOST_REDIRECTS; i++) {
            HttpResponse<byte[]> response = exchange(message);
            if (!REDIRECTS.contains(response.statusCode())) {
                return Optional.of(answer(response));
            }
            address = address.redirected(response.headers().firstValue("Location"));
        }
        throw new TransportFailure("more than " + ServerAddress.MOST_REDIRECTS + " redirects");
    }

    private HttpResponse<byte[]> exchange(byte[] message) throws TransportFailure, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.current())
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(message));
        if (address.isConfiguredHost()) {
            settings.headers().forEach(request::header);
        }
        request.setHeader("Content-Type", "application/x-protobuf");
        request.setHeader("OpAMP-Instance-UID", uid.toString());
        CompletableFuture<HttpResponse<byte[]>> future =
                connections().client().sendAsync(request.build(), head -> new BoundedBody(MOST_BYTES));
        try {
            return future.get(PATIENCE.multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failure(e);
        } catch (TimeoutException e) {
            throw new TransportFailure("the server does not answer");
        } finally {
            future.cancel(true);
        }
    }

    static TransportFailure failure(ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        String message = cause instanceof ConnectException
                ? "the server cannot be reached"
                : Objects.requireNonNullElse(cause.getMessage(), cause.toString());
        return new TransportFailure(message, cause);
    }

    private byte[] answer(HttpResponse<byte[]> response) throws TransportFailure {
        int code = response.statusCode();
        if (code == 200) {
            return response.body();
        }
        throw refusal(code, response.headers().firstValue("Retry-After"), ticker);
    }

    /** What is to be done about an answer without a message in it. */
    static TransportFailure refusal(int code, Optional<String> retryAfter, Ticker ticker) {
        Optional<Duration> wait = retryAfter.flatMap(value -> RetryAfter.parse(value, ticker.now()));
        if (code == 429 || code == 503) {
            wait = wait.or(() -> Optional.of(THROTTLED));
        }
        return new TransportFailure("the server answers " + code, wait);
    }

    private Connections connections() {
        Connections now = connections;
        if (now == null) {
            now = new Connections("opamp", settings.network());
            connections = now;
        }
        return now;
    }

    @Override
    public boolean polls() {
        return true;
    }

    /** A client has threads of its own for as long as it is there. */
    @Override
    public void rest() {
        Connections now = connections;
        connections = null;
        if (now != null) {
            now.close();
        }
    }

    @Override
    public void close() {
        rest();
    }
}
