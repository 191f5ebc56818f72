package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A small agent with everything in its tree, under the service manager "process", and the packaged updater: set up anew for every try. */
final class SweepHost implements AutoCloseable {

    static final String HOME = "/mnt/disk/home";
    static final String STATE = "/mnt/disk/state";

    private static final Duration COPYING = Duration.ofMinutes(1);
    private static final int BUSY = 3;
    private static final String INSTALLED = "0";
    private static final String FAILED = "3";
    private static final int ATTEMPTS = 3;
    private static final int MOST_ATTEMPTS = 10;

    private final SweepDisk disk;
    private SweptRun run = SweptRun.UPDATE;

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
        return with(new SweepAgent(disk, false), report, runtime);
    }

    /** As {@link #on}, with hooks, a migration and a probation, and for every {@link SweptRun}; see {@link #disturbing}. */
    static SweepHost ofVendor(SweepDisk disk, Path runtime) {
        return with(new SweepAgent(disk, true), 0, runtime);
    }

    private static SweepHost with(SweepAgent agent, int report, Path runtime) {
        try {
            agent.write(report, runtime);
            return new SweepHost(agent.disk());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Chooses what is done from now on; what a run backwards begins from is made here once. */
    void disturbing(SweptRun chosen) {
        run = SweptRun.UPDATE;
        says("v1", Optional.empty());
        says("v2", Optional.empty());
        if (chosen.backwards() && !Files.exists(disk.at("/mnt/disk/updated"))) {
            reset();
            if (update(Fault.NONE) != 0) {
                throw new AssertionError(said());
            }
            disk.sweep("save").ok();
        }
        run = chosen;
        says(run.to(), Optional.of(run.failing ? FAILED : INSTALLED));
    }

    /** What a version reports instead of what is written in its program. */
    private void says(String version, Optional<String> report) {
        Path file = disk.at("/mnt/report-" + version);
        try {
            if (report.isPresent()) {
                Files.writeString(file, report.get() + "\n");
            } else {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SweptRun run() {
        return run;
    }

    SweepDisk disk() {
        return disk;
    }

    /** Ends everything, and puts back what the run begins from: the old version, running, with the new one staged, or that one. */
    void reset() {
        faults(Fault.NONE);
        disk.sweep("reset", run.backwards() ? "updated" : "old").ok();
        if (run == SweptRun.FAILED_PROBATION) {
            disk.sweep("fail-probation").ok();
        }
    }

    int update(Fault fault) {
        faults(fault);
        return exitOf(disk.sweep(run.verb));
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

    /** Takes an update back, as an operator does, whatever is disturbed otherwise. */
    int goBack() {
        faults(Fault.NONE);
        return exitOf(disk.sweep(SweptRun.ROLLBACK.verb));
    }

    /** Lets the guard come again once a way back that came to nothing is due once more. */
    int recoverLater() {
        disk.sweep("later").ok();
        return recover();
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
