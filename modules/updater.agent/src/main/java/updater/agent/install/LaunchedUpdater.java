package updater.agent.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * An updater that the agent has started, as a process that outlives it.
 *
 * <p>The contract wants the process that the agent knows to be the updater itself, in a process group of its own: {@code
 * setsid} makes one and becomes the updater. Where there is no {@code setsid}, as on macOS, a shell with job control gives its
 * child a group, and the child is what the agent knows; a shell that has none leaves it in the agent's. Descriptors of the
 * agent are not inherited: Java closes all but the first three, which are the null device and a file.
 */
public final class LaunchedUpdater {
    /** What the updater may say on its console, in bytes; it has a log of its own. */
    private static final long CONSOLE_BYTES = 1 << 20;

    private static final String WITH_JOB_CONTROL =
            "set -m 2>/dev/null; ./updater </dev/null & echo $! >\"$1\"; wait $!";

    private final Process process;
    private final Path console;
    private final Optional<Path> pidFile;

    private LaunchedUpdater(Process process, Path console, Optional<Path> pidFile) {
        this.process = process;
        this.console = console;
        this.pidFile = pidFile;
    }

    /**
     * Copies the launcher of the unpacked bundle into home, by rename and with mode 0700, and starts it there.
     *
     * @throws InstallFailure when there is none, or it cannot be started; no process was started then
     */
    public static LaunchedUpdater start(Path home, Path staged) throws InstallFailure {
        return start(home, staged, program("setsid"));
    }

    static LaunchedUpdater start(Path home, Path staged, Optional<Path> setsid) throws InstallFailure {
        Path launcher = staged.resolve("updater");
        if (!Files.isRegularFile(launcher)) {
            throw new InstallFailure("the bundle holds no updater");
        }
        try {
            Path copy = home.resolve("updater");
            Path next = home.resolve(".updater-launcher.new");
            Files.copy(launcher, next, StandardCopyOption.REPLACE_EXISTING);
            if (Files.getFileStore(next).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(next, Trees.permissions(0700));
            }
            Files.move(next, copy, StandardCopyOption.ATOMIC_MOVE);
            Path console = Files.createDirectories(home.resolve("log")).resolve("updater-console.log");
            Files.write(console, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
            Optional<Path> pidFile =
                    setsid.isPresent() ? Optional.empty() : Optional.of(staged.resolveSibling("updater.pid"));
            if (pidFile.isPresent()) {
                Files.deleteIfExists(pidFile.get());
            }
            ProcessBuilder builder = new ProcessBuilder(command(setsid, pidFile))
                    .directory(home.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(console.toFile()));
            return new LaunchedUpdater(builder.start(), console, pidFile);
        } catch (IOException e) {
            throw new InstallFailure("the updater cannot be started: " + e.getMessage(), e);
        }
    }

    private static List<String> command(Optional<Path> setsid, Optional<Path> pidFile) {
        List<String> command = new ArrayList<>();
        if (setsid.isPresent()) {
            command.addAll(List.of(setsid.get().toString(), "./updater"));
        } else {
            command.addAll(List.of(
                    "/bin/sh",
                    "-c",
                    WITH_JOB_CONTROL,
                    "updater",
                    pidFile.orElseThrow().toString()));
        }
        return command;
    }

    private static Optional<Path> program(String name) {
        String path = Map.copyOf(System.getenv()).getOrDefault("PATH", "") + ":/usr/bin:/bin";
        for (String directory : path.split(":", -1)) {
            Path program = Path.of(directory).resolve(name);
            if (program.isAbsolute() && Files.isExecutable(program)) {
                return Optional.of(program);
            }
        }
        return Optional.empty();
    }

    /** Returns the process id of the updater; empty when a shell did not come to say it. */
    public Optional<Long> pid() {
        if (pidFile.isEmpty()) {
            return Optional.of(process.pid());
        }
        try {
            return Optional.of(Long.parseLong(Files.readString(pidFile.get()).strip()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Waits for its end, and returns its exit code; empty when it still runs. */
    public OptionalInt await(Duration wait) throws InterruptedException {
        boolean ended = process.waitFor(wait.toNanos(), TimeUnit.NANOSECONDS);
        boundConsole();
        return ended ? OptionalInt.of(process.exitValue()) : OptionalInt.empty();
    }

    /** It appends, so it goes on at the beginning. */
    private void boundConsole() {
        try {
            if (Files.size(console) > CONSOLE_BYTES) {
                Files.write(console, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
            }
        } catch (IOException e) {
            // The agent's log directory may vanish at any time.
        }
    }

    /** Kills it, as an agent does whose patience is over. */
    public void kill() {
        pid().flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    Path console() {
        return console;
    }
}
