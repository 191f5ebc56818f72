package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.testkit.TreeSnapshot;

/** The sample agent keeps the agent's side of the contract; no privilege, no service manager. */
final class SampleAgentTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path scratch;

    private Process running;

    @AfterEach
    void killAgent() {
        if (running != null) {
            Command.killTree(running.toHandle());
        }
    }

    private Path start(SampleAgent agent) throws IOException {
        Path home = agent.writeHome(scratch.resolve("home"));
        return startIn(home);
    }

    private Path startIn(Path home) throws IOException {
        running = Command.prepare(List.of(home.resolve("agent").toString())).start();
        return home;
    }

    private static String status(String serverVersion, int status) {
        return """
                {"all_packages_hash": "YQ==", "future": {"status": 9},
                 "package_states": {
                  "other": {"name": "other", "status": 5},
                  "observiq-otel-collector": {"name": "observiq-otel-collector", "agent_version": "v1", "agent_hash": [1, 2,
                    3], "server_version": "%s", "server_hash": [4, 5], "note": {"k": 1}, "status": %d, "error_message": "a \\"q\\""}}}
                """.formatted(serverVersion, status);
    }

    private Path homeWithStatus(SampleAgent agent, String json) throws IOException {
        Path home = agent.writeHome(scratch.resolve("home"));
        Path file = Files.writeString(home.resolve("package_statuses.json"), json);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        return home;
    }

    private static void awaitStatus(Path home, String part) {
        Path file = home.resolve("package_statuses.json");
        Await.until(
                SOON,
                () -> file + " contains " + part,
                () -> Files.exists(file) && Files.readString(file).contains(part));
    }

    @Test
    void start_whileItsVersionIsBeingInstalled_reportsInstalledAndChangesNothingElse() throws IOException {
        Path home = startIn(homeWithStatus(SampleAgent.bindplane("v2"), status("v2", 2)));

        awaitStatus(home, "\"status\": 0");

        String expected = status("v2", 0).replace("\"v1\"", "\"v2\"").replaceFirst("\\[1, 2,\\s+3]", "[4, 5]");
        assertThat(Files.readString(home.resolve("package_statuses.json")))
                .isEqualToIgnoringNewLines(expected.replace('\n', ' '));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("package_statuses.json"))))
                .isEqualTo("rw-r-----");
    }

    @Test
    void start_whileAnotherVersionIsBeingInstalled_reportsFailure() throws IOException {
        Path home = startIn(homeWithStatus(SampleAgent.bindplane("v1"), status("v2", 2)));

        awaitStatus(home, "\"status\": 3");
    }

    @Test
    void start_toldToFail_reportsFailureOfItsOwnVersion() throws IOException {
        Path home = startIn(homeWithStatus(SampleAgent.bindplane("v2").behaving("report failed"), status("v2", 2)));

        awaitStatus(home, "\"status\": 3");
    }

    @Test
    void start_withNoInstallUnderWay_leavesTheStatusFileAlone() throws IOException {
        Path home = homeWithStatus(SampleAgent.bindplane("v2").behaving("write marker started"), status("v2", 3));
        TreeSnapshot before = TreeSnapshot.of(home.resolve("package_statuses.json"));

        startIn(home);
        Await.until(SOON, "the agent started", () -> Files.exists(home.resolve("marker")));
        stop();

        assertThat(TreeSnapshot.of(home.resolve("package_statuses.json")).changesSince(before))
                .isEmpty();
    }

    @Test
    void term_sentToAgent_endsItWithZeroAndNoChildLeft() throws IOException {
        Path home = start(SampleAgent.bindplane("v1").behaving("write-at-stop storage/checkpoint at stop"));
        Await.until(
                SOON,
                "the agent sleeps",
                () -> running.descendants()
                        .anyMatch(child -> child.info().command().orElse("").endsWith("sleep")));
        List<ProcessHandle> children = running.descendants().toList();

        assertThat(stop()).isZero();

        assertThat(home.resolve("storage/checkpoint")).hasContent("at stop");
        Await.until(SOON, () -> "gone: " + children, () -> children.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void exitAtStart_requested_endsWithThatCode() throws IOException {
        start(SampleAgent.bindplane("v1").behaving("exit-at-start 7"));

        assertThat(running.onExit().join().exitValue()).isEqualTo(7);
    }

    @Test
    void dieAfterReport_requested_reportsAndThenEndsWithOne() throws IOException {
        Path home = startIn(
                homeWithStatus(SampleAgent.bindplane("v2").behaving("die-after-report-ms 50"), status("v2", 2)));

        assertThat(running.onExit().join().exitValue()).isEqualTo(1);
        assertThat(home.resolve("package_statuses.json")).content().contains("\"status\": 0");
    }

    @Test
    void update_notFinishedInTime_isKilledCleanedAndReportedAsFailed() throws IOException {
        Path home = start(SampleAgent.bindplane("v1").behaving("updater-timeout-s 1"));
        Path bundle = bundle("#!/bin/sh\necho $$ $(umask) >pid.new && mv pid.new pid && exec sleep 60\n");

        offer(home, bundle);

        Await.until(SOON, "the updater runs", () -> Files.exists(home.resolve("pid")));
        ProcessHandle updater = ProcessHandle.of(
                        Long.parseLong(Files.readString(home.resolve("pid")).split(" ", -1)[0]))
                .orElseThrow();
        assertThat(Files.readString(home.resolve("package_statuses.json"))).contains("\"status\":2");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("updater"))))
                .isEqualTo("rwx------");
        awaitStatus(home, "\"status\":3,\"error_message\":\"the updater did not replace the agent within 1 s\"");
        Await.until(SOON, "the updater was killed", () -> !updater.isAlive());
        assertThat(home.resolve("tmp")).doesNotExist();
        assertThat(running.isAlive()).isTrue();
    }

    @Test
    void update_withBrokenBundle_isReportedAsFailedAndStartsNothing() throws IOException {
        Path home = homeWithStatus(SampleAgent.bindplane("v1"), status("v1", 0));
        startIn(home);

        offer(home, Files.writeString(scratch.resolve("broken.tar.gz"), "no archive"));

        awaitStatus(home, "\"status\": 3");
        assertThat(home.resolve("updater")).doesNotExist();
        assertThat(home.resolve("tmp")).doesNotExist();
    }

    private Path bundle(String updater) throws IOException {
        Path tree = SampleAgent.bindplane("v2").writeBundleTree(scratch.resolve("bundle"));
        Files.writeString(tree.resolve("updater"), updater);
        Path bundle = scratch.resolve("v2.tar.gz");
        Command.run(SOON, "tar", "-czf", bundle.toString(), "-C", tree.toString(), ".")
                .ok();
        return bundle;
    }

    private static void offer(Path home, Path bundle) throws IOException {
        Path offer = Files.writeString(home.resolve("update-now.new"), bundle + "\nv2\n");
        Files.move(offer, home.resolve("update-now"));
    }

    private int stop() {
        running.destroy();
        try {
            assertThat(running.waitFor(SOON.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return running.exitValue();
    }
}
