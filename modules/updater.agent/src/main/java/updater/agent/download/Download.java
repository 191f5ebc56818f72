package updater.agent.download;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import updater.agent.schedule.Retries;
import updater.agent.schedule.Ticker;

/**
 * The download of one file: attempts and the waiting between them, until all of it is here and is what it should be.
 *
 * <p>Killed at any point it is resumed by the next one for the same hash, whatever was in between. What it returns was read
 * back and has the hash; nothing else is ever believed.
 */
public final class Download {
    private static final System.Logger LOG = System.getLogger(Download.class.getName());

    private final HttpClient client;
    private final DownloadLimits limits;
    private final Ticker ticker;
    private final RandomGenerator random;

    /** @param client one that follows no redirects: whom the headers are sent to is decided here */
    public Download(HttpClient client, DownloadLimits limits, Ticker ticker, RandomGenerator random) {
        this.client = client;
        this.limits = limits;
        this.ticker = ticker;
        this.random = random;
    }

    /**
     * Downloads a file.
     *
     * @param directory made when it is missing; only the agent's user can look into it
     * @return the file, in the directory, forced
     * @throws DownloadFailure when it cannot be downloaded, or is another file; nothing of it is left
     * @throws InterruptedException when the thread is interrupted; what is here stays
     */
    public Path fetch(DownloadSource source, Path directory, ProgressSink sink)
            throws IOException, DownloadFailure, InterruptedException {
        Attempt.requireHttp(source.file());
        if (source.size().orElse(0) > limits.bytes()) {
            throw new DownloadFailure(
                    "the file has " + source.size().orElse(0) + " bytes; expected at most " + limits.bytes());
        }
        createPrivate(directory);
        try (PartialFile partial = PartialFile.open(directory, source.sha256())) {
            try {
                return fetch(source, partial, new Meter(ticker, sink));
            } catch (DownloadFailure e) {
                partial.delete();
                throw e;
            }
        }
    }

    /** Returns where {@link #fetch} puts the file with that hash. */
    public static Path file(Path directory, String sha256) {
        return PartialFile.file(directory, sha256);
    }

    private Path fetch(DownloadSource source, PartialFile partial, Meter meter)
            throws IOException, DownloadFailure, InterruptedException {
        boolean resumed = partial.length() > 0;
        if (resumed && sha256(partial).equals(source.sha256())) {
            return partial.complete();
        }
        long deadline = ticker.nanos() + limits.total().toNanos();
        Retries retries = new Retries(limits.backoff(), limits.attempts(), random);
        while (true) {
            long before = partial.length();
            try {
                new Attempt(client, source, limits, partial, meter, ticker, deadline).run();
                partial.force();
                String found = sha256(partial);
                if (found.equals(source.sha256())) {
                    return partial.complete();
                }
                partial.clear();
                if (!resumed) {
                    throw new DownloadFailure("the file is not what was offered: expected the SHA-256 "
                            + source.sha256() + ", found " + found);
                }
                // Parts of two files, or torn by a power cut: one more chance, from the beginning.
                LOG.log(System.Logger.Level.WARNING, "the resumed download has another hash; it begins anew");
                resumed = false;
            } catch (TransientFailure e) {
                if (partial.length() > before) {
                    retries.progressed();
                }
                resumed |= partial.length() > 0;
                pause(e, retries, deadline);
            }
        }
    }

    private void pause(TransientFailure failure, Retries retries, long deadline)
            throws DownloadFailure, InterruptedException {
        Optional<Duration> next = retries.next(failure.isBusy(), failure.retryAfter());
        if (next.isEmpty()) {
            throw new DownloadFailure(
                    failure.getMessage() + "; given up after " + retries.failed() + " attempts", failure);
        }
        Duration wait = next.get();
        if (deadline - ticker.nanos() < wait.toNanos()) {
            throw new DownloadFailure(
                    failure.getMessage() + "; given up after " + limits.total().toMinutes() + " minutes", failure);
        }
        LOG.log(
                System.Logger.Level.INFO,
                "{0}; next attempt in {1} ms",
                failure.getMessage(),
                Long.toString(wait.toMillis()));
        ticker.pause(wait);
    }

    private static String sha256(PartialFile partial) throws IOException, InterruptedException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        long at = 0;
        for (int count = partial.channel().read(buffer, at);
                count > 0;
                count = partial.channel().read(buffer, at)) {
            at += count;
            digest.update(buffer.flip());
            buffer.clear();
            if (Thread.interrupted()) {
                throw new InterruptedException("cancelled");
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Removes what is here of any file, wherever its download has ended. Idempotent. */
    public static void discard(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            PartialFile.removeAllBut(directory, Set.of());
        }
    }

    private static void createPrivate(Path directory) throws IOException {
        Files.createDirectories(directory);
        if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
    }
}
