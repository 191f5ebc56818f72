package updater.agent.download;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import updater.agent.schedule.RetryAfter;
import updater.agent.schedule.Ticker;

/**
 * One request for the rest of a file, redirects followed, and the receiving of its answer.
 *
 * @param deadline by {@link Ticker#nanos}, when the whole download has to be there
 */
record Attempt(
        HttpClient client,
        DownloadSource source,
        DownloadLimits limits,
        PartialFile partial,
        Meter meter,
        Ticker ticker,
        long deadline) {
    private static final int MOST_REDIRECTS = 5;
    private static final Duration TICK = Duration.ofMillis(500);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    /** Answers that may be different a moment later: time-out, too early, too many requests. */
    private static final Set<Integer> TRANSIENT = Set.of(408, 425, 429);

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");

    /** Set by the JDK or meant for one connection, and the ones that are ours. */
    private static final Set<String> OURS = Set.of(
            "connection", "content-length", "expect", "host", "upgrade", "range", "if-range", "accept-encoding", "te");

    /** Room that is left alone on the file system, whatever is downloaded. */
    private static final long SPARE_BYTES = 16L << 20;

    /**
     * Receives the rest of the file. Returns when the server says that this was all.
     *
     * @throws TransientFailure when another attempt may succeed
     * @throws DownloadFailure when none can
     */
    void run() throws IOException, DownloadFailure, InterruptedException {
        URI at = source.file();
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = send(request(at));
            if (!REDIRECTS.contains(response.statusCode())) {
                receive(response, at);
                return;
            }
            discard(response);
            at = redirected(at, response);
        }
        throw new DownloadFailure("more than " + MOST_REDIRECTS + " redirects from " + source.file());
    }

    private HttpRequest request(URI at) throws IOException, DownloadFailure {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(at).timeout(limits.stall());
            if (isSameOrigin(at, source.file())) {
                for (Map.Entry<String, String> header : source.headers()) {
                    if (!OURS.contains(header.getKey().toLowerCase(Locale.ROOT))) {
                        request.header(header.getKey(), header.getValue());
                    }
                }
            }
            // Another encoding would have other offsets, and another hash.
            request.setHeader("Accept-Encoding", "identity");
            if (partial.length() > 0) {
                request.setHeader("Range", "bytes=" + partial.length() + "-");
                partial.validator().ifPresent(validator -> request.setHeader("If-Range", validator));
            }
            return request.build();
        } catch (IllegalArgumentException e) {
            throw new DownloadFailure("the offer cannot be requested from " + printable(at) + ": " + e.getMessage(), e);
        }
    }

    private static boolean isSameOrigin(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    private static URI redirected(URI from, HttpResponse<?> response) throws DownloadFailure {
        String location = response.headers().firstValue("Location").orElse("");
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new DownloadFailure(printable(from) + " redirects to where nothing can be", e);
        }
        requireHttp(to);
        if (from.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https")) {
            throw new DownloadFailure(printable(from) + " redirects from https to " + printable(to));
        }
        return to;
    }

    /** Checks that an address can be downloaded from. */
    static void requireHttp(URI uri) throws DownloadFailure {
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null) {
            throw new DownloadFailure("expected an http or https address, found " + printable(uri));
        }
    }

    /** Returns an address without what may be a secret in it. */
    static String printable(URI uri) {
        return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + uri.getPath();
    }

    private HttpResponse<Flow.Publisher<List<ByteBuffer>>> send(HttpRequest request)
            throws IOException, DownloadFailure, InterruptedException {
        CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> future =
                client.sendAsync(request, HttpResponse.BodyHandlers.ofPublisher());
        try {
            // The request has a time-out of its own; this is for what that does not see.
            return future.get(limits.stall().multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failure(e);
        } catch (TimeoutException e) {
            throw new TransientFailure(printable(request.uri()) + " does not answer");
        } finally {
            future.cancel(true);
        }
    }

    private void receive(HttpResponse<Flow.Publisher<List<ByteBuffer>>> response, URI at)
            throws IOException, DownloadFailure, InterruptedException {
        int code = response.statusCode();
        if (code != 200 && code != 206) {
            discard(response);
            refused(response, at);
        }
        String encoding = response.headers().firstValue("Content-Encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            discard(response);
            throw new DownloadFailure(
                    printable(at) + " sends the file with the encoding " + encoding + "; expected it as it is");
        }
        OptionalLong total;
        try {
            total = total(response);
            source.size().ifPresent(size -> requireSize(total, size));
            requireRoom(total);
        } catch (IOException | DownloadFailure | SizeMismatch e) {
            discard(response);
            if (e instanceof SizeMismatch) {
                throw new DownloadFailure(String.valueOf(e.getMessage()), e);
            }
            throw e;
        }
        partial.keepValidator(PartialFile.validator(
                response.headers().firstValue("ETag"), response.headers().firstValue("Last-Modified")));
        Body body = new Body(partial, source.size().orElse(Math.min(limits.bytes(), total.orElse(limits.bytes()))));
        response.body().subscribe(body);
        await(body, total, at);
        if (total.isPresent() && partial.length() < total.getAsLong()) {
            throw new TransientFailure(
                    "the connection ended after " + partial.length() + " of " + total.getAsLong() + " bytes");
        }
    }

    private static final class SizeMismatch extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SizeMismatch(String message) {
            super(message);
        }
    }

    private static void requireSize(OptionalLong total, long size) {
        if (total.isPresent() && total.getAsLong() != size) {
            throw new SizeMismatch("expected a file of " + size + " bytes, the server has " + total.getAsLong());
        }
    }

    /** Sees where the answer begins. What is here is dropped when the server sends all of it. */
    private OptionalLong total(HttpResponse<?> response) throws IOException, DownloadFailure {
        OptionalLong length = response.headers().firstValueAsLong("Content-Length");
        if (response.statusCode() == 200) {
            partial.clear();
            return length.isPresent() ? length : source.size();
        }
        String range = response.headers().firstValue("Content-Range").orElse("");
        Matcher matcher = CONTENT_RANGE.matcher(range);
        if (!matcher.matches() || Long.parseLong(matcher.group(1)) != partial.length()) {
            partial.clear();
            throw new TransientFailure("the server sends '" + range + "', which was not asked for");
        }
        if (!matcher.group(3).equals("*")) {
            return OptionalLong.of(Long.parseLong(matcher.group(3)));
        }
        return OptionalLong.of(Long.parseLong(matcher.group(2)) + 1);
    }

    private void requireRoom(OptionalLong total) throws IOException, DownloadFailure {
        if (total.isEmpty()) {
            return;
        }
        if (total.getAsLong() > limits.bytes()) {
            throw new DownloadFailure(
                    "the file has " + total.getAsLong() + " bytes; expected at most " + limits.bytes());
        }
        long needed = total.getAsLong() - partial.length() + SPARE_BYTES;
        long usable = Files.getFileStore(partial.file()).getUsableSpace();
        if (usable < needed) {
            throw new DownloadFailure("not enough space below " + partial.file().getParent() + ": " + needed
                    + " bytes are needed, " + usable + " are there. Make room, and offer it again");
        }
    }

    private void await(Body body, OptionalLong total, URI at)
            throws IOException, DownloadFailure, InterruptedException {
        long seen = partial.length();
        long seenAt = ticker.nanos();
        Duration tick = limits.stall().compareTo(TICK) < 0 ? limits.stall() : TICK;
        try {
            while (true) {
                meter.measure(partial.length(), total);
                try {
                    body.getBody().toCompletableFuture().get(tick.toNanos(), TimeUnit.NANOSECONDS);
                    meter.measure(partial.length(), total);
                    return;
                } catch (TimeoutException e) {
                    long now = ticker.nanos();
                    if (partial.length() != seen) {
                        seen = partial.length();
                        seenAt = now;
                    } else if (now - seenAt >= limits.stall().toNanos()) {
                        throw new TransientFailure(printable(at) + " has sent nothing for "
                                + limits.stall().toSeconds() + " s");
                    }
                    if (now - deadline >= 0) {
                        throw new DownloadFailure("the download is not finished after "
                                + limits.total().toMinutes() + " minutes; " + seen + " bytes are here");
                    }
                }
            }
        } catch (ExecutionException e) {
            throw failure(e);
        } finally {
            body.abandon(new IOException("given up"));
        }
    }

    private void refused(HttpResponse<?> response, URI at) throws IOException, DownloadFailure {
        int code = response.statusCode();
        String message = printable(at) + " answers " + code;
        if (code == 416) {
            boolean something = partial.length() > 0;
            partial.clear();
            if (something) {
                throw new TransientFailure(message + " to a request for the rest");
            }
        }
        if (code >= 500 || TRANSIENT.contains(code)) {
            throw new TransientFailure(
                    message,
                    code == 429 || code == 503,
                    response.headers()
                            .firstValue("Retry-After")
                            .flatMap(value -> RetryAfter.parse(value, ticker.now())));
        }
        throw new DownloadFailure(message);
    }

    /** Closes the connection: an answer that nobody wants may be endless. */
    private static void discard(HttpResponse<Flow.Publisher<List<ByteBuffer>>> response) {
        response.body().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.cancel();
            }

            @Override
            public void onNext(List<ByteBuffer> item) {}

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onComplete() {}
        });
    }

    private static IOException failure(ExecutionException e) throws DownloadFailure {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (cause instanceof Body.LocalFailure) {
            throw new DownloadFailure("the file cannot be written: " + cause.getMessage(), cause);
        }
        if (cause instanceof Body.TooLong) {
            throw new DownloadFailure(String.valueOf(cause.getMessage()), cause);
        }
        TransientFailure failure = new TransientFailure(
                cause instanceof ConnectException
                        ? "the host cannot be reached"
                        : Objects.requireNonNullElse(cause.getMessage(), cause.toString()));
        failure.initCause(cause);
        return failure;
    }
}
