package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.state.document.UpdateReport;

/** Agents that do not stop when told, and updaters that are killed. */
@SystemTest
final class InterruptedUpdateSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final Duration SOON = Duration.ofSeconds(30);

    /** The guard looks every 15 s, and what it starts takes its time on a busy machine. */
    private static final Duration GUARDED = Duration.ofSeconds(60);

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void update_ofAgentThatIgnoresTerm_waitsForTheManagersKill(boolean succeeds, Box box, Bundles bundles) {
        SampleAgent old = V1.behaving("ignore-term yes").unitLine("TimeoutStopSec=1");
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, old);
        SampleAgent offered = V2.unitLine("TimeoutStopSec=1");

        EndedUpdate ended = scenario.update(succeeds ? offered : offered.behaving("report failed"));

        if (succeeds) {
            ended.assertUpdated("v2");
        } else {
            ended.assertRolledBack("the new agent reported").assertProven();
        }
        assertThat(ended.report().times().downtime().untilProcess().orElseThrow())
                .isGreaterThanOrEqualTo(1000);
    }

    /** The agent ignores its stop until its patience with the updater is over: it kills it, and deletes home/tmp with the backup. */
    @Test
    void updater_killedByTheAgentThatItStops_isFinishedByTheGuard(Box box, Bundles bundles) {
        SampleAgent old =
                V1.behaving("ignore-term yes").behaving("updater-timeout-s 9").unitLine("TimeoutStopSec=18");
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, old);
        BoxedUpdate.Offer offer = scenario.offer(V2.unitLine("# of v2"));
        HostState before = HostState.of(box, scenario.agent());

        long updater = scenario.start("v2", scenario.bundle(offer));
        scenario.awaitEnd(updater);
        assertThat(box.show(InstalledAgent.UNIT, "ActiveState")).isEqualTo("deactivating");
        Await.until(
                GUARDED,
                () -> "the guard has finished:\n" + scenario.updaterLog() + box.journal(),
                () -> scenario.updaterLog().contains("\"ended\"") && guardIsGone(box));

        assertThat(box.show(InstalledAgent.UNIT, "MainPID")).isNotEqualTo(before.mainPid());
        assertThat(downAfterTheStop(box)).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(20));
        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        UpdateReport report = ended.report();
        assertThat(report.outcome()).as(report.reason()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
        assertThat(report.run().recovered()).isTrue();
        ended.assertUnchanged().assertNothingLeft();
        assertThat(ended.after().version()).isEqualTo("v1");
        assertThat(ended.after().status()).contains("\"status\":3");
        assertThat(scenario.updater("status").out()).contains("failed, rolled back, by a recovery");
    }

    /** Returns how long the agent was down behind the end of its stop job, by systemd's own clock. */
    private static Duration downAfterTheStop(Box box) {
        java.util.Map<String, String> times =
                box.show(InstalledAgent.UNIT, "InactiveEnterTimestampMonotonic", "ActiveEnterTimestampMonotonic");
        long stopped = Long.parseLong(times.get("InactiveEnterTimestampMonotonic"));
        long started = Long.parseLong(times.get("ActiveEnterTimestampMonotonic"));
        return Duration.ofNanos(1000 * (started - stopped));
    }

    /** While it prepares, for which the agent's files are many enough here, the agent runs and nothing of it has changed. */
    @Test
    void updater_killedBeforeTheStop_leavesTheAgentRunningAndIsCleanedUpAfter(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.exec("dd", "if=/dev/urandom", "of=" + scenario.agent().inHome("storage/large"), "bs=1M", "count=150")
                .ok();
        BoxedUpdate.Offer offer = scenario.offer(V2.unitLine("# of v2"));
        HostState before = HostState.of(box, scenario.agent());

        long updater = scenario.start("v2", scenario.bundle(offer));
        ProcessHandle here = box.processHere(updater);
        Await.until(
                SOON,
                "the updater copies what it could not get back otherwise",
                () -> scenario.agent()
                        .home()
                        .resolve(".updater/rollback/home/storage/large")
                        .toFile()
                        .exists());
        here.destroyForcibly();
        scenario.awaitEnd(updater);
        HostState killed = HostState.of(box, scenario.agent());
        // As the agent does when it gives up on its updater.
        box.exec("rm", "-rf", scenario.agent().inHome("tmp")).ok();
        Command.Result recover = scenario.recover(bundles.runtimeTree());

        assertThat(killed.mainPid()).isEqualTo(before.mainPid());
        assertThat(killed.home().changesSince(before.home())).isEmpty();
        assertThat(killed.unit().changesSince(before.unit())).isEmpty();
        assertThat(recover.exit()).as(recover.toString()).isEqualTo(5);
        assertThat(recover.err()).contains("the updater ended before it stopped the agent");
        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        assertThat(ended.report().outcome()).isEqualTo(UpdateReport.Outcome.ABORTED);
        scenario.agent().delete("log/updater-report.json");
        ended.assertUntouched();
        assertThat(scenario.agent().home().resolve("tmp")).doesNotExist();

        scenario.update(V2).assertUpdated("v2");
    }

    /** Nobody has asked for the stop yet: the agent runs on, under its old definition again. */
    @Test
    void updater_killedBetweenReloadAndStop_isRolledBackUnderTheRunningAgent(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2.unitLine("Environment=OF=v2"));
        HostState before = HostState.of(box, scenario.agent());
        box.exec("mv", "/usr/bin/systemctl", "/usr/bin/systemctl.real").ok();
        box.write("/usr/bin/systemctl", """
                #!/bin/sh
                [ "$1" = daemon-reload ] || exec /usr/bin/systemctl.real "$@"
                /usr/bin/systemctl.real "$@"
                mv /usr/bin/systemctl.real /usr/bin/systemctl
                kill -9 "$PPID"
                """, "rwxr-xr-x");

        long updater = scenario.start("v2", scenario.bundle(offer));
        scenario.awaitEnd(updater);
        assertThat(box.show(InstalledAgent.UNIT, "Environment")).isEqualTo("OF=v2");
        Await.until(
                GUARDED,
                () -> "the guard has finished:\n" + scenario.updaterLog() + box.journal(),
                () -> scenario.updaterLog().contains("\"ended\"") && guardIsGone(box));

        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        assertThat(ended.report().outcome()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
        assertThat(ended.after().mainPid()).isEqualTo(before.mainPid());
        assertThat(box.show(InstalledAgent.UNIT, "Environment")).isEmpty();
        assertThat(box.show(InstalledAgent.UNIT, "NeedDaemonReload")).isEqualTo("no");
        ended.assertUnchanged().assertNothingLeft();
        assertThat(ended.after().status()).contains("\"status\":3");
    }

    /** Nothing but the guard finds it: the agent that would start another updater is down. */
    @Test
    void updater_killedWhileTheNewAgentIsWatched_isRolledBackByTheGuard(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2.behaving("report nothing").unitLine("# of v2"));
        HostState before = HostState.of(box, scenario.agent());

        long updater = scenario.start("v2", scenario.bundle(offer));
        scenario.agent().awaitRunning("v2");
        box.processHere(updater).destroyForcibly();
        Await.until(
                GUARDED,
                () -> "the guard has finished:\n" + scenario.updaterLog() + box.journal(),
                () -> scenario.updaterLog().contains("\"ended\"") && guardIsGone(box));

        EndedUpdate ended = scenario.ended(offer, before, OptionalInt.empty());
        assertThat(ended.report().outcome()).isEqualTo(UpdateReport.Outcome.ROLLED_BACK);
        assertThat(ended.report().run().recovered()).isTrue();
        ended.assertUnchanged().assertNothingLeft().assertProven();
        assertThat(ended.after().version()).isEqualTo("v1");
        assertThat(ended.after().status()).contains("\"status\":3");
    }

    private static boolean guardIsGone(Box box) {
        return !Files.exists(box.at("/etc/systemd/system/" + SampleAgent.BINDPLANE + "-updater-guard.timer"))
                && box.exec("systemctl", "list-units", "--all", "--plain", "--no-legend", "*-updater*")
                        .ok()
                        .isEmpty();
    }
}
