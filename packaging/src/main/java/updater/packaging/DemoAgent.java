package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import updater.jlink.Command;
import updater.testkit.TreeSnapshot;

/** The sample agent as a supervised process: what its home and its pid file say of it. */
final class DemoAgent implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String[] NOT_ROLLED_BACK = {"log", "tmp", ".updater", "updater", "package_statuses.json"};

    private final Path home;

    DemoAgent(Path home) {
        this.home = home;
    }

    Path home() {
        return home;
    }

    /** Starts what is installed, as a supervisor does: detached, with a pid file. */
    void start() throws IOException {
        Path log = Files.createDirectories(home.resolve("log"));
        Process process = new ProcessBuilder(home.resolve("agent").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.resolve("agent.out").toFile())
                .start();
        process.getOutputStream().close();
        Files.writeString(pidFile(), process.pid() + "\n");
    }

    /**
     * Tells the agent of a bundle and returns, once its updater has reported and ended, whether that updated it. The report is
     * waited for first: a process that is just being replaced by another program has no arguments for an instant, so that
     * seeing no updater says only after the report that none works any more.
     */
    boolean update(Path bundle, String version) throws IOException {
        Path report = home.resolve("log/updater-report.json");
        Files.deleteIfExists(report);
        Path offer = Files.writeString(home.resolve("update-now.new"), bundle + "\n" + version + "\n");
        Files.move(offer, home.resolve("update-now"), StandardCopyOption.ATOMIC_MOVE);
        try {
            await("the updater reports", () -> Files.exists(report));
        } catch (IllegalStateException e) {
            throw new IllegalStateException(e.getMessage() + "; the end of its log:\n" + endOfLog(), e);
        }
        await("the updater ends", () -> updaters() == 0);
        return Files.readString(report).contains("\"UPDATED\"");
    }

    /** Returns once no updater of this home works. */
    void awaitUpdaterEnd() {
        await("the updater ends", () -> updaters() == 0);
    }

    /** How many processes run the updater of this home. */
    private long updaters() {
        String main = "-Dupdater.launcher=" + home.resolve("updater");
        return ProcessHandle.allProcesses()
                .filter(process -> hasArgument(process, main))
                .count();
    }

    private static boolean hasArgument(ProcessHandle process, String argument) {
        return List.of(process.info().arguments().orElse(new String[0])).contains(argument);
    }

    private String endOfLog() throws IOException {
        Path log = home.resolve("log/updater.log");
        if (!Files.exists(log)) {
            log = home.resolve("log/agent.out");
        }
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }

    /** Returns what {@code updater status}, run in home, prints; it exits as the update did. */
    String status() throws IOException, InterruptedException {
        return Command.run(List.of(
                "sh",
                "-c",
                "\"$1\" status || true",
                "status",
                home.resolve("updater").toString()));
    }

    TreeSnapshot tree() {
        return TreeSnapshot.of(home, NOT_ROLLED_BACK).ignoringOwnTime();
    }

    /** Waits until the process of the pid file has said that it is starting, as this version. */
    void awaitVersion(String version) {
        await(
                version + " runs",
                () -> running()
                        .filter(process -> log().contains(" " + version + "[" + process.pid() + "] starting"))
                        .isPresent());
    }

    private String log() {
        try {
            Path log = home.resolve("log/agent.log");
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            return "";
        }
    }

    long pid() {
        return running().map(ProcessHandle::pid).orElse(0L);
    }

    /** The process of the pid file, if it is one that runs this agent. */
    private Optional<ProcessHandle> running() {
        try {
            if (!Files.exists(pidFile())) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(pidFile());
            if (lines.isEmpty() || !lines.getFirst().matches("[0-9]+")) {
                return Optional.empty();
            }
            return ProcessHandle.of(Long.parseLong(lines.getFirst()))
                    .filter(process ->
                            hasArgument(process, home.resolve("agent").toString()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Path pidFile() {
        return home.resolve("log/agent.pid");
    }

    @Override
    public void close() {
        Optional<ProcessHandle> process = running();
        if (process.isEmpty()) {
            return;
        }
        List<ProcessHandle> children = process.get().descendants().toList();
        process.get().destroy();
        try {
            process.get().onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            process.get().destroyForcibly();
        }
        children.forEach(ProcessHandle::destroy);
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
