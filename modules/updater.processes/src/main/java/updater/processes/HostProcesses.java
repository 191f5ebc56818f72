package updater.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
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
    /**
     * The kernel gives numbers out in turn, and begins anew behind {@code kernel.pid_max}, which is 32,768 at least as it
     * comes. It does not start half as many processes in a hundredth of a second: a leap that is longer is a new beginning.
     */
    private static final long MOST_IN_A_TICK = 16_384;

    private static final String DELETED = " (deleted)";

    /** A start instant is computed from a boot time in whole seconds. */
    private static final long START_INSTANT_SLACK_SECONDS = 2;

    private final Path proc;

    /** The boot's identifier; empty where there is no {@code /proc} to look into. */
    private final String boot;

    /** @param proc where the kernel tells of processes; need not be there */
    public HostProcesses(Path proc) {
        this.proc = proc;
        this.boot = Files.isReadable(proc.resolve("self/stat")) ? Boot.in(proc).kernelId() : "";
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
        return ProcessStat.read(proc.resolve(Long.toString(pid)).resolve("stat"))
                .filter(stat -> !stat.ended())
                .map(stat -> new ProcessId(pid, boot + "/" + stat.startTime()));
    }

    @Override
    public boolean suspended(long pid) {
        return !boot.isEmpty()
                && ProcessStat.read(proc.resolve(Long.toString(pid)).resolve("stat"))
                        .filter(ProcessStat::suspended)
                        .isPresent();
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

    /**
     * {@inheritDoc}
     *
     * <p>Birth times in {@code /proc} are cut off to hundredths of a second. Of two processes of the same one, the number
     * that was given out first is the older's.
     */
    @Override
    public boolean isOlder(ProcessId one, ProcessId other) {
        OptionalLong birth = ticks(one);
        OptionalLong others = ticks(other);
        if (birth.isEmpty() || others.isEmpty()) {
            return false;
        }
        if (birth.getAsLong() != others.getAsLong()) {
            return birth.getAsLong() < others.getAsLong();
        }
        long behind = other.pid() - one.pid();
        return Math.abs(behind) < MOST_IN_A_TICK ? behind > 0 : behind < 0;
    }

    /** Returns when it was started, counted from this boot of the kernel. */
    private OptionalLong ticks(ProcessId process) {
        String ticks = process.birth().substring(process.birth().lastIndexOf('/') + 1);
        return !boot.isEmpty() && process.birth().equals(boot + "/" + ticks) && ticks.matches("[0-9]{1,18}")
                ? OptionalLong.of(Long.parseLong(ticks))
                : OptionalLong.empty();
    }

    /** The name is looked up as the process itself sees it, which may have mounts of its own. */
    @Override
    public Optional<Path> replacedProgram(ProcessId process) {
        Path entry = proc.resolve(Long.toString(process.pid()));
        if (boot.isEmpty()) {
            return Optional.empty();
        }
        try {
            String link = Files.readSymbolicLink(entry.resolve("exe")).toString();
            Path program = Path.of(link.endsWith(DELETED) ? link.substring(0, link.length() - DELETED.length()) : link);
            Path there = entry.resolve("root").resolve(program.toString().substring(1));
            return Files.exists(there) && !Files.isSameFile(entry.resolve("exe"), there) && lives(process)
                    ? Optional.of(program)
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
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
