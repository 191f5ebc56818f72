package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import updater.testkit.NetworkNamespace;

/**
 * A machine of its own that runs this host's programs under a real systemd: an overlay of the root file system, booted by
 * {@code systemd-nspawn}. It has no network, and nothing done in it reaches the host. Several may run at once.
 */
final class Box implements AutoCloseable {

    private static final Duration BOOTING = Duration.ofSeconds(60);
    private static final Duration STOPPING = Duration.ofSeconds(60);
    private static final Duration COMMAND = Duration.ofSeconds(60);

    private final BoxDisk disk;
    private final ControlGroups groups;
    private final HostInit init;
    private Optional<Running> running = Optional.empty();

    /** One boot: nspawn, the box's PID 1, and the shell line that starts a program beside it. */
    private record Running(Process nspawn, ProcessHandle leader, String join) {}

    private Box(BoxDisk disk, ControlGroups groups, HostInit init) {
        this.disk = disk;
        this.groups = groups;
        this.init = init;
    }

    static Box boot() {
        return boot(BoxSpec.standard());
    }

    static Box boot(BoxSpec spec) {
        Box box = off(spec);
        try {
            box.powerOn();
            return box;
        } catch (RuntimeException | Error e) {
            try {
                box.close();
            } catch (RuntimeException | Error closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /** Returns a box that is mounted but not booted. */
    static Box off(BoxSpec spec) {
        ControlGroups groups = ControlGroups.create();
        try {
            BoxDisk disk = BoxDisk.mount(spec);
            spec.init().prepare(disk.root(), spec);
            return new Box(disk, groups, spec.init());
        } catch (IOException e) {
            groups.remove();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            groups.remove();
            throw e;
        }
    }

    /** Boots and returns once init has nothing left to start, whether all of it went well or not. */
    void powerOn() {
        if (running.isPresent()) {
            throw new IllegalStateException("the box is running");
        }
        groups.clear();
        String nspawn = "systemd-nspawn -q -D " + disk.rootInside() + " --boot --register=no --keep-unit"
                + " --console=passive --private-network --link-journal=no --resolv-conf=off --timezone=off"
                + " --machine=box";
        List<String> command =
                List.of("sh", "-c", groups.joining() + " && exec nsenter -t " + disk.holder() + " -m -p -- " + nspawn);
        Process process;
        try {
            process = Command.prepare(command)
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(disk.console().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            ProcessHandle leader = awaitLeader(process);
            awaitBooted(process, leader);
            running = Optional.of(new Running(process, leader, groups.joining(leader.pid())));
        } catch (RuntimeException | Error e) {
            Command.killTree(process.toHandle());
            throw e;
        }
    }

    private ProcessHandle awaitLeader(Process nspawn) {
        Await.until(
                BOOTING,
                () -> "a PID 1 in the box; its console:\n" + console(),
                () -> !nspawn.isAlive() || leaderOf(nspawn).isPresent());
        return leaderOf(nspawn).orElseThrow(() -> new AssertionError("the box did not boot:\n" + console()));
    }

    /** The process that is PID 1 two namespaces down; systemd-nspawn's own children there are gone by the time it has its name. */
    private Optional<ProcessHandle> leaderOf(Process nspawn) {
        return nspawn.descendants().filter(this::isLeader).findFirst();
    }

    private boolean isLeader(ProcessHandle process) {
        try {
            Path proc = Path.of("/proc/" + process.pid());
            return Files.readString(proc.resolve("comm")).equals(init.leader() + "\n")
                    && Files.readAllLines(proc.resolve("status")).stream()
                            .anyMatch(line -> line.startsWith("NSpid:") && line.endsWith("\t1"));
        } catch (IOException e) {
            return false;
        }
    }

    private void awaitBooted(Process nspawn, ProcessHandle leader) {
        Path root = Path.of("/proc/" + leader.pid() + "/root");
        Await.until(BOOTING, () -> "the box booted; its console:\n" + console(), () -> {
            if (!nspawn.isAlive()) {
                throw new AssertionError("the box went down while booting:\n" + console());
            }
            return init.booted(root, command -> Command.run(COMMAND, inside("true", leader, List.of(command))));
        });
    }

    /** Runs a program in the box as root, outside of every service, and returns when it has ended, whatever its exit code. */
    Command.Result exec(String... command) {
        return exec(COMMAND, command);
    }

    Command.Result exec(Duration limit, String... command) {
        List<String> argv = List.of(command);
        return Command.finish(limit, argv, start(Map.of(), command));
    }

    /** Starts a program in the box. The process is nsenter's; {@link #programOf} returns the program's. */
    Process start(Map<String, String> environment, String... command) {
        Running now = running();
        ProcessBuilder builder = Command.prepare(inside(now.join(), now.leader(), List.of(command)));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the program of a process from {@link #start}: what to kill if it is the program that shall die. */
    static ProcessHandle programOf(Process started) {
        Await.until(
                Duration.ofSeconds(5),
                "nsenter has started the program",
                () -> !started.isAlive() || started.children().findAny().isPresent());
        return started.children().findFirst().orElseThrow(() -> new AssertionError("the program has ended"));
    }

    private static List<String> inside(String join, ProcessHandle leader, List<String> command) {
        List<String> argv = new ArrayList<>(List.of(
                "sh", "-c", join + " && exec nsenter -t " + leader.pid() + " -m -p -u -i -n -C -- \"$@\"", "inside"));
        argv.addAll(command);
        return argv;
    }

    /** Returns what {@code systemctl} prints; fails unless it exits with 0. */
    String systemctl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("systemctl"));
        command.addAll(List.of(arguments));
        return exec(command.toArray(String[]::new)).ok();
    }

    /** Returns properties of a unit, one systemctl call for all. */
    Map<String, String> show(String unit, String... properties) {
        return systemctl("show", "-p", String.join(",", properties), "--", unit)
                .lines()
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf('=')), line -> line.substring(line.indexOf('=') + 1)));
    }

    String show(String unit, String property) {
        return show(unit, new String[] {property}).getOrDefault(property, "");
    }

    /** Waits until a unit is in one of these states, as {@code ActiveState} names them. */
    void awaitState(String unit, String... states) {
        Await.until(
                Duration.ofSeconds(30),
                () -> unit + " is " + String.join(" or ", states) + ":\n"
                        + exec("systemctl", "status", "--no-pager", unit).out(),
                () -> List.of(states).contains(show(unit, "ActiveState")));
    }

    /** Returns the journal of this boot, of one unit or, without, of all. */
    String journal(String... unit) {
        List<String> command = new ArrayList<>(List.of("journalctl", "-b", "--no-pager", "-o", "short-precise"));
        for (String name : unit) {
            command.addAll(List.of("-u", name));
        }
        return exec(command.toArray(String[]::new)).ok();
    }

    /** Returns the PID, as seen from here, of a process of the box. */
    ProcessHandle processHere(long pidInside) {
        ProcessHandle leader = running().leader();
        return Stream.concat(Stream.of(leader), leader.descendants())
                .filter(process -> pidInside(process) == pidInside)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no process " + pidInside + " in the box"));
    }

    /** Returns the PID a process of the box has inside, or -1 when it has ended. */
    static long pidInside(ProcessHandle process) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
                if (line.startsWith("NSpid:")) {
                    return Long.parseLong(line.substring(line.lastIndexOf('\t') + 1));
                }
            }
            return -1;
        } catch (IOException e) {
            return -1;
        }
    }

    /** Returns the box's root directory; what systemd mounts at boot ({@code /run}, {@code /tmp}, {@code /proc}) is not to be seen there. */
    Path root() {
        return disk.root();
    }

    /** Returns a file of the box, by its absolute path inside, on or off; see {@link #root} for what is not to be seen. */
    Path at(String absolute) {
        if (!absolute.startsWith("/")) {
            throw new IllegalArgumentException("not absolute: " + absolute);
        }
        return root().resolve(absolute.substring(1));
    }

    /** Returns a file of the running box as its processes see it, {@code /run} and {@code /tmp} included. */
    Path live(String absolute) {
        return Path.of("/proc/" + running().leader().pid() + "/root" + absolute);
    }

    /** Returns its network, which reaches nothing but itself. */
    NetworkNamespace network() {
        return new NetworkNamespace(running().leader().pid());
    }

    /** Copies a file or tree from the host with modes, times, owners, links and attributes; parents are made. */
    void place(Path from, String to) {
        Path target = at(to);
        createParent(target);
        Command.run(COMMAND, "cp", "-a", "-T", from.toAbsolutePath().toString(), target.toString())
                .ok();
    }

    /** Writes a file, its mode as {@code rw-r--r--}; parents are made. */
    void write(String to, String content, String mode) {
        Path target = at(to);
        createParent(target);
        try {
            Files.writeString(target, content);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(mode));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String read(String path) {
        try {
            return Files.readString(at(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean exists(String path) {
        return Files.exists(at(path), LinkOption.NOFOLLOW_LINKS);
    }

    private static void createParent(Path target) {
        try {
            Files.createDirectories(target.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every process of the box is gone at once; what they had written stays, synced or not. */
    void cutPower() {
        running().leader().destroyForcibly();
        awaitDown();
    }

    /** Shuts down as an operator would. */
    void powerOff() {
        exec(init.powerOff().toArray(String[]::new));
        awaitDown();
    }

    /** Shuts down as an operator would and boots again. */
    void reboot() {
        powerOff();
        powerOn();
    }

    /** Returns what runs in it. */
    HostInit init() {
        return init;
    }

    boolean isRunning() {
        return running.isPresent() && running().nspawn().isAlive();
    }

    private void awaitDown() {
        try {
            if (!running().nspawn().waitFor(STOPPING.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the box does not go down:\n" + console());
            }
            running = Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private Running running() {
        return running.orElseThrow(() -> new IllegalStateException("the box is off"));
    }

    /** Returns what all boots so far wrote to the console. */
    String console() {
        try {
            return Files.readString(disk.console());
        } catch (IOException e) {
            return "no console: " + e;
        }
    }

    List<Path> controlGroups() {
        return groups.directories();
    }

    BoxDisk disk() {
        return disk;
    }

    /** Leaves nothing behind. Idempotent. */
    @Override
    public void close() {
        running = Optional.empty();
        try {
            disk.close();
        } finally {
            groups.remove();
        }
    }
}
