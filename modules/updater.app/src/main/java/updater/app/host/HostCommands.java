package updater.app.host;

import java.io.ByteArrayOutputStream;
import java.io.File;
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
import java.util.concurrent.TimeUnit;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Quotation;

/**
 * Commands of the host, run with {@link ProcessBuilder}.
 *
 * <p>Output is taken from the pipes as far as it is there, by the calling thread, and never waited for: a command that
 * ends and leaves a daemon behind with its end of the pipe (init scripts do) would otherwise be waited for as long as
 * the daemon lives. What such a daemon writes after this call returned hits a closed pipe: start commands that
 * leave a daemon behind with {@link #startDetached}.
 */
final class HostCommands implements Commands {
    /** Bytes kept of each stream. */
    private static final int CAP = 1 << 20;

    /** How long after {@code SIGKILL} the command is waited for. */
    private static final Duration KILL_BOUND = Duration.ofSeconds(2);

    private static final long SHORTEST_PAUSE_MILLIS = 1;
    private static final long LONGEST_PAUSE_MILLIS = 16;

    private final Map<String, String> environment;
    private final File nullDevice;
    private final File directory;
    private final List<Path> sessions;

    /**
     * @param environment the whole environment of commands run to their end
     * @param nullDevice reads as empty
     * @param directory where commands run; not the caller's own, which may be gone
     * @param sessions candidates of the program that starts another in a session of its own
     */
    HostCommands(Map<String, String> environment, Path nullDevice, Path directory, List<Path> sessions) {
        this.environment = Map.copyOf(environment);
        this.nullDevice = nullDevice.toFile();
        this.directory = directory.toFile();
        this.sessions = List.copyOf(sessions);
    }

    /** Returns commands for Linux, and for macOS, which has no {@code setsid}. */
    static HostCommands posix() {
        return new HostCommands(
                Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C"),
                Path.of("/dev/null"),
                Path.of("/"),
                List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid")));
    }

    /**
     * Returns commands for Windows. Without {@code SystemRoot} much of Windows does not work, and without {@code PATHEXT}
     * and {@code ComSpec} no script; a command that asks for a temporary directory gets the one of services, not its
     * caller's. No process belongs to a session that it would have to leave.
     *
     * @param systemRoot where Windows is installed
     * @param nullDevice {@code NUL}
     */
    static HostCommands windows(Path systemRoot, Path nullDevice) {
        Path system32 = systemRoot.resolve("System32");
        return new HostCommands(
                Map.of(
                        "SystemRoot",
                        systemRoot.toString(),
                        "windir",
                        systemRoot.toString(),
                        "PATH",
                        system32 + ";" + systemRoot,
                        "PATHEXT",
                        ".COM;.EXE;.BAT;.CMD",
                        "ComSpec",
                        system32.resolve("cmd.exe").toString(),
                        "TEMP",
                        systemRoot.resolve("Temp").toString(),
                        "TMP",
                        systemRoot.resolve("Temp").toString()),
                nullDevice,
                system32,
                List.of());
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return candidates.stream()
                .filter(candidate -> Files.isRegularFile(candidate) && Files.isExecutable(candidate))
                .findFirst();
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        Process process = start(builder(argv, directory, environment));
        Output out = new Output(process.getInputStream());
        Output err = new Output(process.getErrorStream());
        try {
            if (!await(process, bound, out, err)) {
                throw new UpdateFailure.Service(
                        "'" + Quotation.ofCommand(argv) + "' did not end within " + bound.toMillis() + " ms",
                        "It was killed; run it by hand to see what it waits for");
            }
            return new Result(process.exitValue(), out.text(), err.text());
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not read what '" + Quotation.ofCommand(argv) + "' wrote: " + Reason.at(e), "", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UpdateFailure.Service("interrupted while '" + Quotation.ofCommand(argv) + "' ran", "", e);
        } finally {
            killIfAlive(process);
        }
    }

    private static boolean await(Process process, Duration bound, Output out, Output err)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        long pause = SHORTEST_PAUSE_MILLIS;
        while (!process.waitFor(pause, TimeUnit.MILLISECONDS)) {
            boolean moreOut = out.takeAvailable();
            boolean moreErr = err.takeAvailable();
            pause = moreOut || moreErr ? SHORTEST_PAUSE_MILLIS : Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
            if (System.nanoTime() - start > bound.toNanos()) {
                return false;
            }
        }
        // All that it wrote is in the pipes by now, and a pipe holds less than what is taken at once.
        out.takeAvailable();
        err.takeAvailable();
        return true;
    }

    /** Kills a command that did not end in time, its descendants first: without it they could not be found any more. */
    private static void killIfAlive(Process process) {
        if (!process.isAlive()) {
            return;
        }
        process.descendants().toList().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(KILL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>{@code setsid} forks, and the id returned here would not be the program's, only when it leads a process
     * group; a child of this JVM is in the JVM's group and does not.
     */
    @Override
    public long startDetached(
            List<String> argv, Path workingDirectory, Map<String, String> whole, Optional<Path> output)
            throws UpdateFailure.Service {
        requireAbsolute(argv);
        List<String> command = new ArrayList<>();
        find(sessions).ifPresent(program -> command.add(program.toString()));
        command.addAll(argv);
        ProcessBuilder builder = builder(command, workingDirectory.toFile(), whole)
                .redirectErrorStream(true)
                .redirectOutput(output.map(file -> ProcessBuilder.Redirect.appendTo(file.toFile()))
                        .orElse(ProcessBuilder.Redirect.DISCARD));
        return start(builder).pid();
    }

    private ProcessBuilder builder(List<String> argv, File workingDirectory, Map<String, String> whole)
            throws UpdateFailure.Service {
        requireAbsolute(argv);
        ProcessBuilder builder =
                new ProcessBuilder(argv).directory(workingDirectory).redirectInput(nullDevice);
        builder.environment().clear();
        builder.environment().putAll(whole);
        return builder;
    }

    /** A bare name would be looked up in this JVM's own {@code PATH}, which its caller chose. */
    private static void requireAbsolute(List<String> argv) throws UpdateFailure.Service {
        if (argv.isEmpty() || !Path.of(argv.getFirst()).isAbsolute()) {
            throw new UpdateFailure.Service("not a command by absolute path: " + argv, "");
        }
    }

    private static Process start(ProcessBuilder builder) throws UpdateFailure.Service {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not start '%s' in %s: %s"
                            .formatted(Quotation.ofCommand(builder.command()), builder.directory(), Reason.of(e)),
                    "",
                    e);
        }
    }

    /** The output of one stream up to the cap; what is beyond it is read and dropped, so that the command never blocks. */
    private static final class Output {
        private final InputStream stream;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final byte[] buffer = new byte[1 << 16];

        Output(InputStream stream) {
            this.stream = stream;
        }

        /** Takes what is there, but not so much that an endless writer is listened to for ever. Never blocks. */
        boolean takeAvailable() throws IOException {
            int taken = 0;
            while (taken < CAP) {
                int count = stream.read(buffer, 0, Math.min(stream.available(), buffer.length));
                if (count <= 0) {
                    break;
                }
                kept.write(buffer, 0, Math.min(count, CAP - kept.size()));
                taken += count;
            }
            return taken > 0;
        }

        String text() {
            return kept.toString(StandardCharsets.UTF_8);
        }
    }
}
