package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.bundle.BundleLayout;
import updater.state.document.ProductJson;

/** A small agent with everything in its tree, under the service manager "process", and the packaged updater: set up anew for every try. */
final class SweepHost implements AutoCloseable {

    static final String HOME = "/mnt/disk/home";
    static final String STATE = "/mnt/disk/state";

    private static final Duration COPYING = Duration.ofMinutes(1);
    private static final int BUSY = 3;
    private static final int ATTEMPTS = 3;
    private static final int MOST_ATTEMPTS = 10;

    /** Files that are replaced besides those of every kind: more of the same, for whoever wants it. */
    private static final int MANY = Integer.getInteger("sweep.files", 0);

    private static final int UNDER_WAY = 2;
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_500_000_000_123L);

    private static final String PRODUCT = """
        {"name": "agent", "package": "agent", "home": {"linux": {"directory": "/mnt/disk/home"}},
         "state-directory": {"linux": "/mnt/disk/state"},
         "services": {"process": {"name": "agent", "definition": "install/agent.process",
                                  "installed": "[INSTALLDIR]agent.process"}},
         "preserved": ["config.yaml"],
         "health": {"window-ms": 5000, "poll-ms": 10, "settle-ms": 50}}
        """;

    private static final String STATUS = """
        {"all_packages_hash":"eA==","package_states":{"agent":{"name":"agent","agent_version":"v1","server_version":"v2","status":2,"error_message":""}}}
        """;

    private final SweepDisk disk;

    private SweepHost(SweepDisk disk) {
        this.disk = disk;
    }

    /**
     * Sets up what every try begins from.
     *
     * @param report what the new agent reports: 0 installed, 3 failed
     * @param runtime launcher and runtime of the packaged tarball
     */
    static SweepHost on(SweepDisk disk, int report, Path runtime) {
        SweepHost host = new SweepHost(disk);
        try {
            host.copyRuntime(runtime);
            host.writeOld();
            host.writeNew(report);
            Files.copy(disk.at("/mnt/disk/new/updater"), disk.at("/mnt/disk/old/updater"));
            disk.prepare("sh", "-c", """
                cd /mnt/disk
                setfattr -n user.note -v kept old/VERSION
                setfattr -n trusted.note -v kept old/plugins/same.yaml
                chown 65534:65534 old/plugins/owned.yaml
                chmod 0600 old/plugins/owned.yaml
                chmod 0750 old/plugins
                find old new -name '*.yaml' -exec touch -d '2020-01-02 03:04:05.678901234' {} +
                """).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return host;
    }

    private void copyRuntime(Path runtime) throws IOException {
        Path copy = disk.at("/mnt/runtime");
        Command.run(COPYING, "cp", "-a", runtime.resolve("updater-runtime").toString(), copy.toString())
                .ok();
        Path product = disk.at("/mnt/runtime/" + Path.of(BundleLayout.PRODUCT).getFileName());
        Files.writeString(product, PRODUCT);
        Fault.compile(disk.at("/mnt/faults.so"));
        Files.writeString(
                copy.resolve("environment"),
                "LD_PRELOAD=/mnt/faults.so\nFAULTS=/mnt/faults\nFAULTS_BELOW=" + HOME + ":" + STATE
                        + "\nFAULTS_EXCEPT=/log/updater.log\n");
        try (Stream<Path> files = Files.walk(copy)) {
            Files.writeString(
                    disk.at("/mnt/runtime-files"),
                    files.filter(Files::isRegularFile).count() + "\n");
        }
        Files.createDirectories(disk.at("/mnt/disk/new"));
        try {
            Launcher.write(
                    runtime.resolve("updater"),
                    ProductJson.read(PRODUCT.getBytes(StandardCharsets.UTF_8), "product"),
                    disk.at("/mnt/disk/new/updater"));
        } catch (UpdateFailure e) {
            throw new AssertionError(e);
        }
    }

    private void writeOld() throws IOException {
        common("/mnt/disk/old", "v1", UNDER_WAY);
        write("/mnt/disk/old/agent.process", definition("v1"));
        write("/mnt/disk/old/package_statuses.json", STATUS);
        write("/mnt/disk/old/plugins/owned.yaml", "owned");
        write("/mnt/disk/old/plugins/old only.yaml", "old");
        write("/mnt/disk/old/storage/deep/er/état\nline", "data");
        Files.createDirectories(disk.at("/mnt/disk/old/storage/empty"));
        Files.createDirectories(disk.at("/mnt/disk/old/log"));
        Files.createSymbolicLink(disk.at("/mnt/disk/old/current"), Path.of("plugins/same.yaml"));
        Files.createSymbolicLink(disk.at("/mnt/disk/old/dangling"), Path.of("/nowhere/at/all"));
        Files.createLink(disk.at("/mnt/disk/old/storage/twin"), disk.at("/mnt/disk/old/plugins/old only.yaml"));
        Files.setLastModifiedTime(disk.at("/mnt/disk/old/storage/empty"), LONG_AGO);
    }

    private void writeNew(int report) throws IOException {
        common("/mnt/disk/new", "v2", report);
        write("/mnt/disk/new/plugins/owned.yaml", "owned, of the new version");
        write("/mnt/disk/new/plugins/added/new.yaml", "new");
    }

    private void common(String tree, String version, int report) throws IOException {
        write(
                tree + "/agent",
                MountHolder.resource("sweep-agent")
                        .replace("VERSION", version)
                        .replace("REPORT", Integer.toString(report)));
        Files.setPosixFilePermissions(disk.at(tree + "/agent"), PosixFilePermissions.fromString("rwxr-xr-x"));
        write(tree + "/VERSION", version + "\n");
        write(tree + "/config.yaml", "of " + version);
        write(tree + "/plugins/same.yaml", "same");
        for (int i = 0; i < MANY; i++) {
            write(tree + "/many/" + i / 25 + "/file " + i, version + " " + i);
        }
        write(tree + "/install/agent.process", definition(version));
    }

    private static String definition(String version) {
        return "# of " + version + "\ncommand = [INSTALLDIR]agent\nstop-timeout-ms = 5000\n";
    }

    private void write(String file, String content) throws IOException {
        Path path = disk.at(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    SweepDisk disk() {
        return disk;
    }

    /** Ends everything, and puts back the old version, running, with the new one staged. */
    void reset() {
        faults(Fault.NONE);
        disk.sweep("reset").ok();
    }

    int update(Fault fault) {
        faults(fault);
        return exitOf(disk.sweep("update"));
    }

    /**
     * Resets and updates until the fault has struck: how many operations come before a given one depends a little on how
     * fast the processes around the updater are.
     */
    int updateStruckBy(Fault fault) {
        for (int attempt = 1; ; attempt++) {
            reset();
            int exit = update(fault);
            if (!hits().isEmpty() || attempt == ATTEMPTS) {
                return exit;
            }
        }
    }

    /**
     * Records an update and disturbs another one at one of the operations, until it was that one that was struck: the number is
     * another one's where files were written so recently that they are looked at once more.
     */
    int updateStruckAt(String operation, String path, IntFunction<Fault> fault) {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            reset();
            update(Fault.RECORDED);
            Fault there = fault.apply(SweepSample.first(operations(), operation, path));
            reset();
            int exit = update(there);
            if (hits().stream().anyMatch(hit -> hit.endsWith(" " + operation + " " + path))) {
                return exit;
            }
        }
        throw new AssertionError("never struck: " + operation + " " + path);
    }

    /** Returns the operations of the shortest of some undisturbed updates, so that each of them has as many. */
    List<String> recorded(java.util.function.IntConsumer ended) {
        List<String> shortest = List.of();
        for (int i = 0; i < ATTEMPTS; i++) {
            reset();
            ended.accept(update(Fault.RECORDED));
            List<String> operations = operations();
            if (shortest.isEmpty() || operations.size() < shortest.size()) {
                shortest = operations;
            }
        }
        return shortest;
    }

    /** Recovers once, as the guard does. */
    int recover(Fault fault) {
        faults(fault);
        return exitOf(disk.sweep("recover"));
    }

    /** Recovers, waiting while another recovery is at work, and returns the exit code. */
    int recover() {
        int exit = recover(Fault.NONE);
        long end = System.nanoTime() + COPYING.toNanos();
        while (exit == BUSY && System.nanoTime() < end) {
            exit = recover(Fault.NONE);
        }
        return exit;
    }

    /** Ends a rollback that cannot be finished, as an operator does. */
    int giveUp() {
        faults(Fault.NONE);
        return exitOf(disk.sweep("give-up"));
    }

    /** Starts two updaters at once and returns the exit codes of both. */
    List<Integer> updateTwice() {
        faults(Fault.NONE);
        return Stream.of(disk.sweep("twice").ok().split(" "))
                .map(Integer::valueOf)
                .toList();
    }

    /** Starts an update and does not wait for it; {@link #ended} does. */
    Process startUpdate() {
        return startUpdate(Fault.NONE);
    }

    Process startUpdate(Fault fault) {
        faults(fault);
        return start("sh", "/mnt/sweep.sh", "update");
    }

    /** Lets an updater that has paused go on. */
    void resume() {
        List<String> paused = processes(SweepHost::isStoppedUpdater);
        for (String process : paused) {
            Command.finish(COPYING, List.of("kill", "-CONT", process), start("kill", "-CONT", process))
                    .ok();
        }
        if (paused.isEmpty()) {
            throw new AssertionError("no updater has paused");
        }
    }

    private Process start(String... command) {
        try {
            return disk.prepare(command).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isStoppedUpdater(Path process) {
        try {
            return Files.readString(process.resolve("cmdline")).contains("\0updater.app/updater.app.Main\0")
                    && Files.readString(process.resolve("stat")).matches("(?s).*\\) T .*");
        } catch (IOException e) {
            return false;
        }
    }

    /** Waits for an update that was started, and returns its exit code. */
    static int ended(Process update) {
        return exitOf(Command.finish(COPYING, List.of("the update"), update));
    }

    /** Does once what the guard does every so often; empty when it is not armed. */
    OptionalInt guard() {
        faults(Fault.NONE);
        String said = disk.sweep("guard").ok();
        return said.equals("not armed")
                ? OptionalInt.empty()
                : OptionalInt.of(Integer.parseInt(said.substring("exit ".length())));
    }

    /**
     * Ends everything, and loses what is not on the disk.
     *
     * @param flushed whether the journal of the file system is written first
     */
    void cutPower(boolean flushed) {
        disk.sweep("cut", flushed ? "-f" : "").ok();
    }

    private void faults(Fault fault) {
        try {
            Files.deleteIfExists(disk.at("/mnt/faults.hit"));
            Files.writeString(disk.at("/mnt/faults"), fault.line());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int exitOf(Command.Result result) {
        String last = result.ok().lines().reduce((first, second) -> second).orElse("");
        if (!last.startsWith("exit ")) {
            throw new AssertionError(result);
        }
        return Integer.parseInt(last.substring("exit ".length()));
    }

    /** Returns the operations of the last recorded run, each as {@code number operation path}. */
    List<String> operations() {
        return lines("/mnt/faults.log");
    }

    /** Returns the operations that were acted upon since the last fault was set. */
    List<String> hits() {
        return lines("/mnt/faults.hit");
    }

    String said() {
        return String.join("\n", lines("/mnt/said"));
    }

    String log() {
        return String.join("\n", lines(HOME + "/log/updater.log"));
    }

    List<String> lines(String inside) {
        Path path = disk.at(inside);
        try {
            return Files.isRegularFile(path) ? Files.readAllLines(path) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The processes in there that are agents, each as its number inside. */
    List<String> agents() {
        return processes(SweepHost::isAgent);
    }

    private List<String> processes(Predicate<Path> wanted) {
        try (Stream<Path> processes = Files.list(disk.at("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("[0-9]+"))
                    .filter(wanted)
                    .map(process -> process.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isAgent(Path process) {
        try {
            return Files.readString(process.resolve("cmdline")).contains("\0" + HOME + "/agent\0");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        disk.close();
    }
}
