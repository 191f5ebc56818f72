package updater.transaction.world;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/** Commands of this host. */
public final class RealCommands implements Commands {
    private static final int MOST = 1 << 20;

    /** Lets somebody else do something when a command has ended. */
    public Ended ended = argv -> {};

    /** What follows the end of a command. */
    @FunctionalInterface
    public interface Ended {
        void of(List<String> argv) throws IOException;
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream().filter(Files::isExecutable).findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        try {
            // No pipe fills up while nobody reads it.
            Path out = Files.createTempFile("out", "");
            Path err = Files.createTempFile("err", "");
            try {
                Process process = new ProcessBuilder(argv)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    throw new UpdateFailure.Service(argv + " did not end", "");
                }
                ended.of(argv);
                return new Result(process.exitValue(), read(out), read(err));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException | InterruptedException e) {
            throw new UpdateFailure.Service(argv + ": " + e.getMessage(), "", e);
        }
    }

    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MOST), StandardCharsets.UTF_8);
        }
    }

    @Override
    public long startDetached(
            List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
        throw new AssertionError("not expected: " + argv);
    }
}
