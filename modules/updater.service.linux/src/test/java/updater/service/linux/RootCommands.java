package updater.service.linux;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/**
 * Commands that run real processes. Those of the init system are those that a test has put below its root; only the
 * shell is the host's.
 */
final class RootCommands implements Commands {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C");

    private final Path root;
    final List<ProcessHandle> detached = new ArrayList<>();

    /** Every command that was run to its end, without the directory of the program. */
    final List<String> ran = new ArrayList<>();

    RootCommands(Path root) {
        this.root = root;
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream()
                .map(candidate -> candidate.endsWith("sh")
                        ? candidate
                        : root.resolve(candidate.toString().substring(1)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        ran.add(Path.of(argv.getFirst()).getFileName() + " " + String.join(" ", argv.subList(1, argv.size())));
        try {
            Path out = Files.createTempFile(root, "out", "");
            Path err = Files.createTempFile(root, "err", "");
            try {
                Process process = builder(argv, ENVIRONMENT)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                if (!process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                    throw new UpdateFailure.Service(argv + " did not end within " + bound, "It was killed");
                }
                return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service("could not run " + argv, "", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UpdateFailure.Service("interrupted", "", e);
        }
    }

    @Override
    public long startDetached(List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
            throws UpdateFailure.Service {
        List<String> command = new ArrayList<>(List.of("/usr/bin/setsid"));
        command.addAll(argv);
        try {
            Process process = builder(command, environment)
                    .redirectErrorStream(true)
                    .redirectOutput(output.map(file -> ProcessBuilder.Redirect.appendTo(file.toFile()))
                            .orElse(ProcessBuilder.Redirect.DISCARD))
                    .start();
            detached.add(process.toHandle());
            return process.pid();
        } catch (IOException e) {
            throw new UpdateFailure.Service("could not start " + argv, "", e);
        }
    }

    private static ProcessBuilder builder(List<String> argv, Map<String, String> environment) {
        ProcessBuilder builder =
                new ProcessBuilder(argv).directory(new File("/")).redirectInput(new File("/dev/null"));
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }
}
