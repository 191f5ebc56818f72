package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Guard;
import updater.api.service.ServiceContext;

/**
 * Guard an update with a detached shell loop that runs the recovering command every period until its marker is gone.
 *
 * <p>It depends on nothing but a shell and the state directory, in which it keeps three files: the marker {@code guard}
 * with the command, the script {@code guard.sh} and the pid file {@code guard.pid}. It does not outlive a reboot: what
 * is left then is the marker, and the next start of the updater recovers.
 *
 * <p>The marker is written before the loop starts and removed before it is ended, so whatever dies in between, a loop
 * without a marker ends by itself at its next turn.
 */
public final class Watchdog implements Guard {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C");

    /** A loop that sleeps ends at once; one that runs a command ends after it, so it is not waited for that long. */
    private static final Duration END_BOUND = Duration.ofSeconds(2);

    /** How long the loop has to write itself down. It takes milliseconds; on a host that is busy, seconds. */
    private static final Duration START_BOUND = Duration.ofSeconds(10);

    private final ServiceContext context;
    private final Processes processes;
    private final Patience patience;
    private final Path directory;
    private final Duration period;
    private final PidFile pidFile;

    public Watchdog(ServiceContext context, Processes processes, Duration period) {
        this.context = context;
        this.processes = processes;
        this.patience = new Patience(context.clock());
        this.directory = context.layout().state();
        this.period = period;
        this.pidFile = new PidFile(directory.resolve("guard.pid"), context.files(), processes);
    }

    /** Returns the file that is there for as long as the guard is armed. */
    public Path marker() {
        return directory.resolve("guard");
    }

    private Path script() {
        return directory.resolve("guard.sh");
    }

    @Override
    public void arm(List<String> command) throws UpdateFailure.Service {
        Path shell = context.commands()
                .find(Shell.SHELLS)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "there is no guard without a shell: none of " + Shell.SHELLS + " is here",
                        "On this host only a real service manager can guard an update"));
        byte[] script = Shell.WATCHDOG.getBytes(StandardCharsets.UTF_8);
        byte[] marker = (String.join("\n", command) + "\n").getBytes(StandardCharsets.UTF_8);
        if (holds(marker(), marker) && holds(script(), script) && running().isPresent()) {
            return;
        }
        end();
        write(script(), script, 0700);
        write(marker(), marker, 0600);
        List<String> argv = loop(shell, command);
        long pid = context.commands().startDetached(argv, root(), ENVIRONMENT, Optional.empty());
        if (!pidFile.awaitRecord(pid, patience, START_BOUND)) {
            throw new UpdateFailure.Service(
                    (abandon(pid)
                                    ? "the guard did not write its pid file within " + START_BOUND.toSeconds() + " s: "
                                    : "the guard ended as soon as it was started: ")
                            + String.join(" ", argv),
                    "Run it by hand to see why");
        }
    }

    /**
     * Ends a loop that has not written itself down. The updater does not write it down instead: the loop would still do
     * so later, over whatever the pid file says by then, or after a disarm has removed it.
     *
     * <p>A child that the loop starts in the instant between the look and the signal is missed. It leaves at most the
     * pid file of a loop that is dead, which the next arm or disarm removes.
     *
     * @return whether it still ran
     */
    private boolean abandon(long pid) throws UpdateFailure.Service {
        Optional<ProcessId> loop = processes.find(pid);
        if (loop.isPresent()) {
            Set<ProcessId> children = processes.descendants(pid);
            // The loop first: one whose sleeper ends goes on to its command.
            processes.kill(loop.get());
            children.forEach(processes::kill);
            patience.until(
                    () -> !processes.lives(loop.get()) && children.stream().noneMatch(processes::lives), END_BOUND);
            pidFile.delete();
        }
        return loop.isPresent();
    }

    /** Returns the command line that runs the loop once {@link #arm} has written the files. */
    public List<String> loop(Path shell, List<String> command) {
        List<String> argv = new ArrayList<>(List.of(
                shell.toString(),
                script().toString(),
                marker().toString(),
                pidFile.path().toString(),
                seconds()));
        argv.addAll(command);
        return argv;
    }

    /** POSIX {@code sleep} knows whole seconds only; fractions are for tests. */
    private String seconds() {
        long millis = period.toMillis();
        return millis % 1000 == 0
                ? Long.toString(millis / 1000)
                : String.format(Locale.ROOT, "%d.%03d", millis / 1000, millis % 1000);
    }

    private Path root() {
        Path root = directory.toAbsolutePath().getRoot();
        return root == null ? directory : root;
    }

    @Override
    public void disarm() throws UpdateFailure.Service {
        delete(marker());
        end();
        delete(script());
    }

    @Override
    public boolean armed() throws UpdateFailure.Service {
        return read(marker()).isPresent()
                || read(script()).isPresent()
                || read(pidFile.path()).isPresent();
    }

    /** Whether the loop runs: its files stay where it was killed, and after a reboot. */
    @Override
    public boolean ready() throws UpdateFailure.Service {
        return read(marker()).isPresent() && running().isPresent();
    }

    private Optional<ProcessId> running() throws UpdateFailure.Service {
        return pidFile.read() instanceof PidFile.Started(ProcessId process) && processes.lives(process)
                ? Optional.of(process)
                : Optional.empty();
    }

    private void end() throws UpdateFailure.Service {
        Optional<ProcessId> running = running();
        if (running.isPresent()) {
            processes.terminate(running.get());
            // The loop that runs this very updater waits for it; it ends after us.
            if (!processes.ancestors(context.pid()).contains(running.get().pid())
                    && !patience.until(() -> !processes.lives(running.get()), END_BOUND)) {
                processes.kill(running.get());
            }
        }
        pidFile.delete();
    }

    private boolean holds(Path file, byte[] content) throws UpdateFailure.Service {
        return read(file).filter(found -> Arrays.equals(found, content)).isPresent();
    }

    private Optional<byte[]> read(Path file) throws UpdateFailure.Service {
        try {
            return context.files().read(file);
        } catch (IOException e) {
            throw failure("read", file, e);
        }
    }

    private void write(Path file, byte[] content, int mode) throws UpdateFailure.Service {
        try {
            context.files().write(file, content, mode);
        } catch (IOException e) {
            throw failure("write", file, e);
        }
    }

    private void delete(Path file) throws UpdateFailure.Service {
        try {
            context.files().delete(file);
        } catch (IOException e) {
            throw failure("remove", file, e);
        }
    }

    private static UpdateFailure.Service failure(String verb, Path file, IOException cause) {
        return new UpdateFailure.Service(
                "could not " + verb + " the guard's file " + file + ": " + Reason.at(cause), "", cause);
    }
}
