package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An updater that gets a signal leaves no mess, and says what it did about it to whoever started it. */
@SystemTest
final class SignalsSystemTests {
    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final Duration SOON = Duration.ofSeconds(60);

    private static final String RUN = """
            rm -f /srv/exit /srv/said
            setsid sh -c 'cd "$1"; ./updater >/srv/said 2>&1; echo $? >/srv/exit' run "$1" </dev/null >/dev/null 2>&1 &
            """;

    @TempDir
    Path scratch;

    /** A run by an operator. What a shell starts in the background ignores SIGINT, and is left to it. */
    private static void start(BoxedUpdate scenario) {
        scenario.box()
                .exec("sh", "-c", RUN, "start", scenario.agent().inHome(""))
                .ok();
    }

    private static long updater(BoxedUpdate scenario) {
        return Long.parseLong(
                scenario.box().read(InstalledAgent.STATE + "/holder").split(" ")[0]);
    }

    private static void awaitPhase(BoxedUpdate scenario, String phase) {
        Await.until(
                SOON,
                scenario::updaterLog,
                () -> scenario.updaterLog()
                        .contains("\"message\":\"phase begins\",\"fields\":{\"phase\":\"" + phase + "\""));
    }

    private static EndedUpdate ended(BoxedUpdate scenario, BoxedUpdate.Offer offer, HostState before) {
        Box box = scenario.box();
        Await.until(
                SOON,
                scenario::updaterLog,
                () -> box.exists("/srv/exit") && !box.read("/srv/exit").isBlank());
        return scenario.ended(
                        offer,
                        before,
                        OptionalInt.of(Integer.parseInt(box.read("/srv/exit").strip())))
                .withOutput(box.read("/srv/said"));
    }

    @ParameterizedTest
    @CsvSource({"TERM, stop, 1", "HUP, stop, 0", "TERM, health check, 0", "HUP, health check, 0"})
    void signal_onceTheStopWasRequested_endsInARollbackOrWithTheWatch(
            String signal, String phase, int exit, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1.behaving("stop-takes-ms 1500"));
        BoxedUpdate.Offer offer = scenario.offer(V2.behaving("report-after-ms 1500"));
        scenario.stage(scenario.bundle(offer));
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        HostState before = HostState.of(box, scenario.agent());

        start(scenario);
        awaitPhase(scenario, phase);
        box.exec("kill", "-" + signal, Long.toString(updater(scenario))).ok();
        EndedUpdate ended = ended(scenario, offer, before);

        assertThat(ended.exit()).as(ended.log() + ended.output()).hasValue(exit);
        if (exit == 0) {
            ended.assertUpdated("v2");
        } else {
            ended.assertRolledBack("SIG" + signal + " asked this updater to end before it started the new agent");
        }
        if (signal.equals("HUP")) {
            assertThat(ended.output()).isEmpty();
            assertThat(ended.report().warnings()).isEmpty();
        } else {
            assertThat(ended.output()).contains("SIG" + signal + ": ending as soon as that leaves no mess");
            assertThat(ended.report().warnings())
                    .anyMatch(warning -> warning.contains("SIG" + signal + " asked this updater to end"));
            assertThat(ended.log()).contains("it has brought the update to its end first");
        }
    }

    /** Another one holds the lock, so that this one certainly has not asked for the stop. */
    @Test
    void signal_beforeTheStopWasRequested_endsInARefusal(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2.behaving("report-after-ms 4000"));
        long first = scenario.start("v2", scenario.bundle(offer));
        scenario.agent().awaitRunning("v2");

        start(scenario);
        Await.until(
                SOON,
                () -> "it waits",
                () -> box.exists("/srv/said") && box.read("/srv/said").contains("waiting for it"));
        box.exec("sh", "-c", "kill $(pgrep -f '[u]pdater.app.Main' | grep -vx $1)", "kill", Long.toString(first))
                .ok();
        Await.until(
                SOON,
                () -> "it ends",
                () -> box.exists("/srv/exit") && !box.read("/srv/exit").isBlank());

        assertThat(box.read("/srv/exit").strip()).isEqualTo("5");
        assertThat(box.read("/srv/said")).contains("SIGTERM asked this updater to end while it waited");
        scenario.awaitEnd(first);
        assertThat(scenario.agent().runningVersion()).isEqualTo("v2");
    }

    /** The updater leaves the unit's control group, and the journal files its lines under it all the same. */
    @Test
    void output_ofARunByAHelperUnit_isInItsJournal(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2.behaving("report failed"));
        scenario.stage(scenario.bundle(offer));
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");

        Command.Result run = box.exec(
                SOON,
                "systemd-run",
                "--quiet",
                "--wait",
                "--unit=helper",
                "--property=Type=oneshot",
                "--property=WorkingDirectory=" + InstalledAgent.HOME,
                scenario.agent().inHome("updater"));

        assertThat(run.exit()).as(run.toString()).isEqualTo(1);
        assertThat(box.exec("journalctl", "--no-pager", "--unit=helper").ok())
                .contains(
                        "updater: the new agent reported that its installation failed",
                        "Look into the agent's own log");
        assertThat(box.exists(InstalledAgent.STATE + "/output")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"TERM, stop, 1", "INT, stop, 1", "INT, health check, 0", "HUP, health check, 0"})
    void signal_withoutAServiceManager_isTakenTheSameWay(String signal, String phase, int exit) throws Exception {
        try (UnprivilegedHost host = UnprivilegedHost.open()) {
            host.install(UnprivilegedHost.agent("v1").behaving("stop-takes-ms 4000"));
            host.stage(UnprivilegedHost.agent("v2").behaving("report-after-ms 1500"));

            Process updater = host.startUpdater();
            Await.until(
                    SOON,
                    () -> host.read("log/updater.log"),
                    () -> host.read("log/updater.log")
                            .contains("\"message\":\"phase begins\",\"fields\":{\"phase\":\"" + phase + "\""));
            Command.run(SOON, "kill", "-" + signal, Long.toString(updater.pid()))
                    .ok();

            assertThat(updater.waitFor()).as(host.read("log/updater.log")).isEqualTo(exit);
            host.awaitRunning(exit == 0 ? "v2" : "v1");
        }
    }
}
