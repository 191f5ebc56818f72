package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import updater.api.Os;

/**
 * See processes through {@code /proc} where it is, else through {@link ProcessHandle}.
 *
 * <p>{@link ProcessHandle} alone would not do on Linux: it calls a zombie alive, and its start instant moves with the
 * wall clock. The start time in {@code /proc/PID/stat} (field 22, proc_pid_stat(5)) counts from boot, so the boot's own
 * id belongs to it.
 */
public final class HostProcesses implements Processes {
    /** Fields of {@code stat} counted from the state (field 3), the first one behind the command's name. */
    private static final int START_TIME = 22 - 3;

    private static final Set<String> ENDED = Set.of("Z", "X", "x");

    /** A start instant is computed from a boot time in whole seconds. */
    private static final long START_INSTANT_SLACK_SECONDS = 2;

    private final Path proc;

    /** The boot's identifier; empty where there is no {@code /proc} to look into. */
    private final String boot;

    /** @param proc where the kernel tells of processes; need not be there */
    public HostProcesses(Path proc) {
        this.proc = proc;
        this.boot = Files.isReadable(proc.resolve("self/stat")) ? Boot.in(proc).id() : "";
    }

    private HostProcesses() {
        this.proc = Path.of("");
        this.boot = "";
    }

    /** Returns the processes of this host. A path {@code /proc} of another system than Linux could be anybody's. */
    public static HostProcesses of(Os os) {
        return os == Os.LINUX ? new HostProcesses(Path.of("/proc")) : new HostProcesses();
    }

    @Override
    public Optional<ProcessId> find(long pid) {
        return boot.isEmpty() ? findByHandle(pid) : findInProc(pid);
    }

    private Optional<ProcessId> findInProc(long pid) {
        String stat;
        try {
            // The command's name may hold any byte.
            stat = Files.readString(proc.resolve(Long.toString(pid)).resolve("stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty();
        }
        // The name stands in parentheses and may itself hold spaces and parentheses.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        if (fields.length <= START_TIME || ENDED.contains(fields[0])) {
            return Optional.empty();
        }
        return Optional.of(new ProcessId(pid, boot + "/" + fields[START_TIME]));
    }

    private static Optional<ProcessId> findByHandle(long pid) {
        return handle(pid)
                .map(handle -> new ProcessId(
                        pid,
                        handle.info()
                                .startInstant()
                                .map(start -> "ms/" + start.toEpochMilli())
                                .orElse("unknown")));
    }

    @Override
    public boolean startedBy(long pid, Instant moment) {
        return find(pid).isPresent()
                && handle(pid)
                        .flatMap(handle -> handle.info().startInstant())
                        .filter(start -> !start.isAfter(moment.plusSeconds(START_INSTANT_SLACK_SECONDS)))
                        .isPresent();
    }

    @Override
    public Set<ProcessId> descendants(long pid) {
        return handle(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .flatMap(handle -> find(handle.pid()).stream())
                .collect(Collectors.toSet());
    }

    @Override
    public Set<Long> ancestors(long pid) {
        Set<Long> ancestors = new HashSet<>();
        Optional<ProcessHandle> parent = handle(pid).flatMap(ProcessHandle::parent);
        while (parent.isPresent() && ancestors.add(parent.get().pid())) {
            parent = parent.get().parent();
        }
        return ancestors;
    }

    @Override
    public void terminate(ProcessId process) {
        signal(process, ProcessHandle::destroy);
    }

    @Override
    public void kill(ProcessId process) {
        signal(process, ProcessHandle::destroyForcibly);
    }

    private void signal(ProcessId process, Consumer<ProcessHandle> signal) {
        // The handle is taken first: it remembers a start time of its own and signals nothing that was started later,
        // so a number that is given away between the look and the signal hits nobody.
        handle(process.pid()).filter(handle -> lives(process)).ifPresent(signal);
    }

    private static Optional<ProcessHandle> handle(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    }
}
