package updater.packaging;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/** Runs commands for real and remembers them, for a program inside a box. */
final class ProbeCommands implements Commands {
    final List<List<String>> ran = new ArrayList<>();

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream().filter(Files::isExecutable).findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        ran.add(List.copyOf(argv));
        ProcessBuilder builder = new ProcessBuilder(argv);
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C"));
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
            CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new UpdateFailure.Service(argv + " did not end within " + bound, "");
            }
            return new Result(process.exitValue(), out.join(), err.join());
        } catch (IOException | InterruptedException e) {
            throw new UpdateFailure.Service("could not run " + argv, "", e);
        }
    }

    @Override
    public long startDetached(
            List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
        throw new UnsupportedOperationException("no service manager of Linux needs it");
    }

    private static String text(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
