package updater.transaction.world;

import java.io.IOException;
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
    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream().filter(Files::isExecutable).findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        try {
            Process process = new ProcessBuilder(argv).start();
            if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new UpdateFailure.Service(argv + " did not end", "");
            }
            return new Result(
                    process.exitValue(),
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException | InterruptedException e) {
            throw new UpdateFailure.Service(argv + ": " + e.getMessage(), "", e);
        }
    }

    @Override
    public long startDetached(
            List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
        throw new AssertionError("not expected: " + argv);
    }
}
