package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import updater.state.document.ReportFormatException;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;

/** A booted box with a {@link DowntimeAgent}, whose home is on the file system of a directory of the host's. */
final class DowntimeHost implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration LOOKING = Duration.ofMillis(5);
    private static final String UPDATER = DowntimeAgent.HOME + "/updater";

    private final Bundles bundles;
    private final Path directory;
    private final Path home;
    private final Box box;
    private DowntimeAgent agent = DowntimeAgent.replacing(0, 0);
    private int version;

    private DowntimeHost(Bundles bundles, Path directory, Box box) {
        this.bundles = bundles;
        this.directory = directory;
        this.home = directory.resolve(SampleAgent.BINDPLANE);
        this.box = box;
    }

    /**
     * Home and the state directory are in one mount, as on a host that has no others.
     *
     * @param directory an empty one, on the file system that is to be measured
     */
    static DowntimeHost boot(Bundles bundles, Path directory) {
        BoxSpec spec = BoxSpec.standard().withoutDisks().withDisk(Disk.directory(directory, "/var/lib"));
        Box box = Box.boot(spec);
        box.write(
                "/etc/default/" + SampleAgent.BINDPLANE, "BDOT_CONFIG_HOME=" + DowntimeAgent.HOME + "\n", "rw-r--r--");
        return new DowntimeHost(bundles, directory, box);
    }

    /** Installs an agent in the place of the one there is, of which nothing is known any more. */
    void install(DowntimeAgent chosen) {
        agent = chosen;
        version = 0;
        box.exec("systemctl", "stop", SampleAgent.BINDPLANE_UNIT);
        // What the agent before shipped would make this one's files an operator's, which are kept beside the new ones.
        box.exec("sh", "-c", "[ ! -x \"$1\" ] || \"$1\" purge", "purge", UPDATER)
                .ok();
        box.exec(LIMIT, "rm", "-rf", DowntimeAgent.HOME).ok();
        agent.writeHome(home, current());
        box.write(InstalledAgent.UNIT_FILE, agent.unit(current()), "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("enable", "--now", SampleAgent.BINDPLANE_UNIT);
        awaitStarts(1);
    }

    private String current() {
        return "v" + version;
    }

    /** One measurement; times in milliseconds, NaN where nothing of the kind happened. */
    record Sample(double downtime, double toOld, double whole, long memory, long written, UpdateReport report) {}

    /** Returns the downtime of stopping and starting the service, in milliseconds; what is staged stays as it is. */
    double restart() {
        int starts = times("started").size();
        writeStatus(0);
        box.exec("sh", "-c", "systemctl stop \"$1\"; systemctl start \"$1\"", "restart", SampleAgent.BINDPLANE_UNIT)
                .ok();
        awaitStarts(starts + 1);
        writeStatus(2);
        return 1000 * (times("started").getLast() - times("stopped").getLast());
    }

    /**
     * Puts the next version where the agent unpacks it.
     *
     * @param dirty whether its bytes may still be on their way to the disk
     */
    void stage(boolean dirty) {
        Path staged = home.resolve("tmp/latest");
        box.exec(LIMIT, "rm", "-rf", DowntimeAgent.HOME + "/tmp").ok();
        agent.writeStaged(staged, "v" + (version + 1));
        Command.run(LIMIT, "cp", "-r", bundles.runtimeTree() + "/.", staged.toString())
                .ok();
        Command.run(
                        LIMIT,
                        "cp",
                        staged.resolve("updater").toString(),
                        home.resolve("updater").toString())
                .ok();
        if (!dirty) {
            Command.run(LIMIT, "sync", "-f", home.toString()).ok();
        }
        writeStatus(2);
    }

    private void writeStatus(int status) {
        try {
            Files.writeString(home.resolve("package_statuses.json"), DowntimeAgent.status(status));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Updates to what is staged. */
    Sample update() {
        return run(start());
    }

    /** Takes the last update back. */
    Sample goBack() {
        writeStatus(2);
        return run(box.start(Map.of(), UPDATER, "rollback"));
    }

    private Sample run(Process process) {
        int starts = times("started").size();
        int stops = times("stopped").size();
        long begin = System.nanoTime();
        Watched watched = watch(process);
        Command.Result result = Command.finish(LIMIT, List.of(UPDATER), process);
        double whole = (watched.ended - begin) / 1e6;
        boolean succeeds = agent.reports() == DowntimeAgent.Reports.SUCCESS;
        if (result.exit() != (succeeds ? 0 : 1)) {
            throw new AssertionError(result + "\n" + log());
        }
        awaitStarts(starts + (succeeds ? 1 : 2));
        if (!succeeds) {
            // The same bundle is refused once it has failed three times.
            box.exec(UPDATER, "retry").ok();
        }
        version += succeeds ? 1 : 0;
        List<Double> started = times("started");
        double downtime = 1000 * (started.get(starts) - times("stopped").get(stops));
        double from = agent.reports() == DowntimeAgent.Reports.FAILURE
                ? times("reported").getLast()
                : started.get(starts);
        double toOld = succeeds ? Double.NaN : 1000 * (started.getLast() - from);
        return new Sample(downtime, toOld, whole, watched.memory, watched.written, report());
    }

    private Process start() {
        return box.start(Map.of(), "sh", "-c", "cd \"$1\" && exec ./updater", "update", DowntimeAgent.HOME);
    }

    /** What the updater's process said of itself last. */
    private static final class Watched {
        private long memory;
        private long written;
        private long ended;
    }

    /** Peak memory only grows, and so do the bytes written: the last look counts. */
    private static Watched watch(Process process) {
        Watched watched = new Watched();
        Path proc = Path.of("/proc/" + Box.programOf(process).pid());
        while (process.isAlive()) {
            try {
                watched.memory = Math.max(watched.memory, 1024 * number(proc.resolve("status"), "VmHWM:"));
                watched.written = Math.max(watched.written, number(proc.resolve("io"), "write_bytes:"));
            } catch (IOException e) {
                // It has just ended.
            }
            LockSupport.parkNanos(LOOKING.toNanos());
        }
        watched.ended = System.nanoTime();
        return watched;
    }

    private static long number(Path file, String name) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip().split(" ")[0])
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    /** Returns how long a command of the launcher takes in the box, in milliseconds. */
    double command(String argument) {
        String took = box.exec(
                        "bash",
                        "-c",
                        "a=${EPOCHREALTIME/./}; \"$@\" >/dev/null 2>&1; b=${EPOCHREALTIME/./}; echo $((b - a))",
                        "command",
                        UPDATER,
                        argument)
                .ok();
        return Long.parseLong(took) / 1000.0;
    }

    /** Returns how long it takes to say what an update to what is staged would do, in milliseconds. */
    double plan() {
        box.exec(UPDATER, "plan").ok();
        return command("plan");
    }

    /** Returns how long an updater takes that finds another one at work, each in milliseconds. */
    List<Double> refusedWhileAnotherWorks(int times) {
        Process first = start();
        Await.until(SOON, "the first updater works", () -> log().contains("the new agent runs"));
        List<Double> took =
                java.util.stream.Stream.generate(() -> command("")).limit(times).toList();
        first.destroyForcibly();
        return took;
    }

    /** Before an agent has read the status file, what is written there for the updater would be taken for its own. */
    private void awaitStarts(int count) {
        Await.until(SOON, () -> count + " starts: " + times("started") + box.journal(), () -> {
            List<Double> started = times("started");
            List<Double> ready = times("ready");
            return started.size() >= count && !ready.isEmpty() && ready.getLast() > started.getLast();
        });
    }

    /** The times at which something happened, in seconds. */
    private List<Double> times(String word) {
        Path file = home.resolve("log/times");
        try {
            return Files.exists(file)
                    ? Files.readAllLines(file).stream()
                            .map(line -> line.split(" "))
                            .filter(words -> words[1].equals(word))
                            .map(words -> Double.valueOf(words[0]))
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String log() {
        try {
            Path log = home.resolve("log/updater.log");
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private UpdateReport report() {
        try {
            return ReportJson.read(
                    Files.readString(home.resolve("log/updater-report.json")).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReportFormatException e) {
            throw new AssertionError(e);
        }
    }

    /** Removes what was written below the directory it was given. */
    @Override
    public void close() {
        box.close();
        Command.run(LIMIT, "rm", "-rf", directory.toString()).ok();
    }
}
