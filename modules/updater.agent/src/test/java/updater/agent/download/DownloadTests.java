package updater.agent.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static updater.agent.FileServer.endless;
import static updater.agent.FileServer.status;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.agent.FileServer;
import updater.agent.TestTicker;
import updater.agent.schedule.Backoff;

final class DownloadTests {
    private static final int LENGTH = 300_000;
    private static final Duration STALL = Duration.ofSeconds(1);

    @TempDir
    Path directory;

    private final byte[] content = bytes(1);
    private final TestTicker ticker = new TestTicker();
    private final List<Long> progress = new ArrayList<>();
    private FileServer server;

    @BeforeEach
    void serve() throws IOException {
        server = new FileServer(content);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static byte[] bytes(int seed) {
        byte[] bytes = new byte[LENGTH];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private DownloadSource source(URI uri, OptionalLong size) {
        List<Map.Entry<String, String>> headers =
                List.of(Map.entry("Authorization", "secret"), Map.entry("Range", "bytes=7-"));
        return new DownloadSource(uri, headers, sha256(content), size);
    }

    private Path fetch(DownloadSource source) throws IOException, DownloadFailure, InterruptedException {
        return fetch(source, HttpClient.newBuilder());
    }

    private Path fetch(DownloadSource source, HttpClient.Builder client)
            throws IOException, DownloadFailure, InterruptedException {
        DownloadLimits limits = new DownloadLimits(
                1 << 20, STALL, 4, Duration.ofHours(1), new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60)));
        return new Download(client.version(HttpClient.Version.HTTP_1_1).build(), limits, ticker, new Random(7))
                .fetch(source, directory.resolve("download"), (bytes, total, rate) -> progress.add(bytes));
    }

    private Path fetch() throws IOException, DownloadFailure, InterruptedException {
        return fetch(source(server.uri(), OptionalLong.of(LENGTH)));
    }

    private void assertNothingLeft() throws IOException {
        try (var left = Files.list(directory.resolve("download"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void fetch_sendsTheHeadersOfTheOffer_andKeepsTheFileToItself() throws Exception {
        Path file = fetch();

        assertThat(file).hasBinaryContent(content);
        try (var all = Files.list(file.getParent())) {
            assertThat(all).containsExactly(file);
        }
        assertThat(server.requests).hasSize(1);
        FileServer.Request request = server.requests.get(0);
        assertThat(request.header("Authorization")).isEqualTo("secret");
        assertThat(request.header("Range")).isNull();
        assertThat(request.header("Accept-Encoding")).isEqualTo("identity");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("download"))))
                .isEqualTo("rwx------");
        assertThat(progress).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void fetch_redirectedToAnotherHost_keepsTheHeadersFromIt() throws Exception {
        String elsewhere = server.uri("localhost", "/elsewhere").toString();
        server.next(status(302, "Location", elsewhere));

        fetch();

        assertThat(server.requests).hasSize(2);
        assertThat(server.requests.get(1).host()).startsWith("localhost");
        assertThat(server.requests.get(1).header("Authorization")).isNull();
    }

    @Test
    void fetch_redirectedOnTheSameHost_sendsTheHeadersAgain() throws Exception {
        server.next(status(307, "Location", "/moved"));

        fetch();

        assertThat(server.requests.get(1).path()).isEqualTo("/moved");
        assertThat(server.requests.get(1).header("Authorization")).isEqualTo("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1/x", "file:///etc/passwd", "", "http:///x"})
    void fetch_redirectedToWhatIsNoAddress_fails(String location) {
        server.next(status(302, "Location", location), status(302, "Location", location));
        for (int i = 0; i < 5; i++) {
            server.next(status(302, "Location", location));
        }

        assertThatThrownBy(this::fetch).isInstanceOf(DownloadFailure.class);
    }

    @Test
    void fetch_cutAt90Percent_fetchesTheRestOnly() throws Exception {
        server.next(server.cutAfter(LENGTH * 9 / 10));

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(server.requests).hasSize(2);
        assertThat(server.requests.get(1).header("Range")).isEqualTo("bytes=" + LENGTH * 9 / 10 + "-");
        assertThat(server.requests.get(1).header("If-Range")).isEqualTo("\"one\"");
        assertThat(server.bytesSent).hasValue(LENGTH);
    }

    /** What a killed agent has left. */
    @Test
    void fetch_withAPartialFileOfAnEarlierRun_fetchesTheRestOnly() throws Exception {
        server.next(server.cutAfter(LENGTH / 2), status(404));
        assertThatThrownBy(this::fetch).isInstanceOf(DownloadFailure.class);
        Path partial = directory.resolve("download").resolve(sha256(content) + ".part");
        Files.write(partial, Arrays.copyOf(content, LENGTH / 2));
        server.bytesSent.set(0);

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(server.bytesSent).hasValue(LENGTH - LENGTH / 2);
    }

    @Test
    void fetch_withAWholeFileOfAnEarlierRun_asksNobody() throws Exception {
        fetch();
        server.requests.clear();

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(server.requests).isEmpty();
    }

    @Test
    void fetch_ofAFileThatChangedMeanwhile_beginsAnew() throws Exception {
        server.next(exchange -> {
            server.cutAfter(LENGTH / 2).give(exchange);
            server.serve(content, "\"two\"");
        });

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(server.requests.get(1).header("If-Range")).isEqualTo("\"one\"");
        assertThat(server.bytesSent).hasValue(LENGTH / 2 + LENGTH);
    }

    /** Zeros, as a power cut leaves them. */
    @Test
    void fetch_withATornPartialFile_believesNothingOfIt() throws Exception {
        Files.createDirectories(directory.resolve("download"));
        Files.write(directory.resolve("download").resolve(sha256(content) + ".part"), new byte[LENGTH / 3]);

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(server.requests).hasSize(2);
        assertThat(server.requests.get(1).header("Range")).isNull();
    }

    @Test
    void fetch_withAPartialFileThatIsTooLong_beginsAnew() throws Exception {
        Files.createDirectories(directory.resolve("download"));
        Files.write(directory.resolve("download").resolve(sha256(content) + ".part"), new byte[LENGTH + 10]);

        assertThat(fetch()).hasBinaryContent(content);
    }

    @Test
    void fetch_ofAnotherFile_removesWhatIsThereOfTheFirst() throws Exception {
        Files.createDirectories(directory.resolve("download"));
        Path other = Files.write(directory.resolve("download").resolve(sha256(bytes(2)) + ".part"), new byte[9]);

        fetch();

        assertThat(other).doesNotExist();
    }

    @Test
    void fetch_ofWhatWasNotOffered_failsAndLeavesNothing() throws Exception {
        server.serve(bytes(3), "\"x\"");

        assertThatThrownBy(this::fetch)
                .isInstanceOf(DownloadFailure.class)
                .hasMessageContaining("expected the SHA-256 " + sha256(content))
                .hasMessageContaining(sha256(bytes(3)));

        assertThat(server.requests).hasSize(1);
        assertNothingLeft();
    }

    @Test
    void fetch_ofAnotherSizeThanTheStatementSays_failsBeforeTheFirstByte() throws Exception {
        assertThatThrownBy(() -> fetch(source(server.uri(), OptionalLong.of(LENGTH - 1))))
                .isInstanceOf(DownloadFailure.class)
                .hasMessageContaining("expected a file of " + (LENGTH - 1) + " bytes");
        assertNothingLeft();
    }

    @Test
    void fetch_withoutAnEnd_isCutAtTheLimit() throws Exception {
        server.next(endless());

        assertThatThrownBy(() -> fetch(source(server.uri(), OptionalLong.empty())))
                .isInstanceOf(DownloadFailure.class)
                .hasMessageContaining("more than " + (1 << 20) + " bytes");
        assertNothingLeft();
    }

    @Test
    void fetch_thatStalls_isGivenUpAndResumed() throws Exception {
        server.next(server.stallAfter(LENGTH / 2));

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(server.requests).hasSize(2);
        assertThat(server.requests.get(1).header("Range")).startsWith("bytes=").isNotEqualTo("bytes=0-");
    }

    @Test
    void fetch_fromABusyServer_waitsAsLongAsItAsks_withJitterOnTop() throws Exception {
        server.next(status(503, "Retry-After", "30"), status(429), status(500));

        assertThat(fetch()).hasBinaryContent(content);

        List<Duration> pauses = ticker.pauses();
        assertThat(pauses).hasSize(3);
        assertThat(pauses.get(0)).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(31));
        assertThat(pauses.get(1)).isBetween(Duration.ZERO, Duration.ofSeconds(2));
        assertThat(pauses.get(2)).isBetween(Duration.ZERO, Duration.ofSeconds(4));
    }

    @Test
    void fetch_fromAServerThatIsGone_failsAfterSomeAttempts() throws Exception {
        URI gone = server.uri();
        server.close();

        assertThatThrownBy(() -> fetch(source(gone, OptionalLong.empty())))
                .isInstanceOf(DownloadFailure.class)
                .hasMessageContaining("given up after 4 attempts");
        assertThat(ticker.pauses()).hasSize(3);
    }

    /** A fleet that is too large for its server gets its turn. */
    @Test
    void fetch_fromAServerThatIsBusyForLong_doesNotGiveUp() throws Exception {
        for (int i = 0; i < 20; i++) {
            server.next(status(i % 2 == 0 ? 503 : 429));
        }

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(ticker.pauses()).hasSize(20);
    }

    /** An attempt that brought something is no failed one. */
    @Test
    void fetch_thatIsCutAgainAndAgain_goesOnWhileItComesForward() throws Exception {
        for (int i = 0; i < 9; i++) {
            server.next(server.cutAfter(LENGTH / 10));
        }

        assertThat(fetch()).hasBinaryContent(content);

        assertThat(server.bytesSent).hasValue(LENGTH);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 410})
    void fetch_thatIsRefused_failsAtOnce(int code) {
        server.next(status(code));

        assertThatThrownBy(this::fetch).isInstanceOf(DownloadFailure.class).hasMessageContaining("answers " + code);

        assertThat(server.requests).hasSize(1);
    }

    @Test
    void fetch_throughAProxy_asksTheProxy() throws Exception {
        ProxySelector proxy =
                ProxySelector.of(new InetSocketAddress("127.0.0.1", server.uri().getPort()));

        fetch(
                source(URI.create("http://vendor.invalid/bundle"), OptionalLong.empty()),
                HttpClient.newBuilder().proxy(proxy));

        assertThat(server.requests.get(0).path()).isEqualTo("http://vendor.invalid/bundle");
        assertThat(server.requests.get(0).header("Authorization")).isEqualTo("secret");
    }
}
