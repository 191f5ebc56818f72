package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.testkit.TreeSnapshot;

/** The packaged updater, and the demo, run by a user without privileges from a home directory of its own. */
final class UnprivilegedSystemTests extends OnUnprivilegedHost {
    /** The guard looks every 15 s, and what it starts takes its time on a busy machine. */
    private static final Duration GUARDED = Duration.ofSeconds(60);

    /** Where an updater is killed. */
    enum Moment {
        OLD_AGENT_STOPS(V1.behaving("stop-takes-ms 2000"), V2, "] stopping"),
        NEW_AGENT_IS_WATCHED(V1, V2.behaving("report nothing"), "] starting");

        private final SampleAgent old;
        private final SampleAgent offered;
        private final String logged;

        Moment(SampleAgent old, SampleAgent offered, String logged) {
            this.old = old;
            this.offered = offered;
            this.logged = logged;
        }

        void await(UnprivilegedHost host) {
            if (this == NEW_AGENT_IS_WATCHED) {
                host.awaitRunning("v2");
            }
            host.awaitLogged(logged);
        }
    }

    @Test
    void update_newAgentReportsSuccess_isUpdatedAndKeepsItsStateInHome() {
        host.install(V1);
        host.stage(V2);

        Command.Result update = host.updater();

        assertThat(update.exit()).as(update + host.read("log/updater.log")).isZero();
        host.awaitRunning("v2");
        assertThat(host.read("VERSION")).isEqualTo("v2\n");
        assertThat(host.read("config.yaml")).contains("v1");
        assertThat(host.updater("status").ok()).contains("outcome      updated");
        assertThat(host.home().resolve(".updater/runtime")).isSymbolicLink();
        assertThat(Path.of("/var/lib", UnprivilegedHost.NAME + "-updater")).doesNotExist();
        assertThat(TreeSnapshot.of(host.home()).entries().values()).allMatch(entry -> entry.uid() == host.user());
    }

    @Test
    void update_newAgentReportsFailure_isRolledBackExactly() {
        host.install(V1);
        host.stage(V2.behaving("report failed"));
        TreeSnapshot before = host.tree();

        Command.Result update = host.updater();

        assertThat(update.exit()).as(update + host.read("log/updater.log")).isEqualTo(1);
        assertRolledBack(before);
        assertThat(host.updater("status").out())
                .contains("outcome      failed, rolled back", "reported that its installation failed");
    }

    /** Nothing but the operator is left to finish it. */
    @ParameterizedTest
    @EnumSource
    void recover_updaterAndGuardWereKilled_rollsBackExactly(Moment moment) {
        host.install(moment.old);
        host.stage(moment.offered);
        TreeSnapshot before = host.tree();
        Process updater = host.startUpdater();
        moment.await(host);
        updater.destroyForcibly().onExit().join();
        host.killGuard();

        Command.Result recover = host.updater("recover");

        assertThat(recover.exit()).as(recover + host.read("log/updater.log")).isEqualTo(1);
        assertRolledBack(before);
        assertThat(host.updater("status").out()).contains("failed, rolled back, by a recovery");
    }

    @Test
    void guard_updaterWasKilled_rollsBackExactly() {
        host.install(Moment.NEW_AGENT_IS_WATCHED.old);
        host.stage(Moment.NEW_AGENT_IS_WATCHED.offered);
        TreeSnapshot before = host.tree();
        Process updater = host.startUpdater();
        Moment.NEW_AGENT_IS_WATCHED.await(host);

        updater.destroyForcibly().onExit().join();

        Await.until(
                GUARDED,
                () -> "the guard has finished:\n" + host.read("log/updater.log"),
                () -> host.read("log/updater.log").contains("\"ended\"")
                        && host.read(".updater/guard.pid").isEmpty());
        assertRolledBack(before);
    }

    private void assertRolledBack(TreeSnapshot before) {
        host.awaitRunning("v1");
        assertThat(host.tree().changesSince(before)).isEmpty();
        assertThat(host.read("log/updater-report.json")).contains("\"ROLLED_BACK\"");
        assertThat(host.home().resolve("tmp")).doesNotExist();
        assertThat(host.home().resolve(".updater/guard")).doesNotExist();
    }

    @Test
    void doctor_agentRuns_refusesNothing() {
        host.install(V1);
        host.stage(V2);
        Command.Result before = host.updater("doctor");
        assertThat(before.exit())
                .as("what is staged is not run for this: %s", before)
                .isEqualTo(5);
        assertThat(before.err()).contains("no runtime in " + host.home() + "/.updater");
        assertThat(host.updater().exit()).isZero();

        Command.Result doctor = host.updater("doctor");

        assertThat(doctor.exit()).as(doctor.toString()).isZero();
        assertThat(doctor.out()).contains(host.home() + "/.updater", "process");
    }

    @Test
    void demo_run_updatesRollsBackProvesItAndLeavesNoProcess() {
        Command.Result demo = host.demo();

        DemoSystemTests.assertShown(demo);
        assertItsOwnAndOver();
    }

    @Test
    void opampDemo_run_updatesTwoAgentsTakesTheThirdBackAndLeavesNoProcess() {
        Command.Result demo = host.demo("--opamp");

        DemoSystemTests.assertFleetShown(demo);
        assertItsOwnAndOver();
    }

    /** All that the demo has written is the user's, in {@code target}, and nothing of it runs. */
    private void assertItsOwnAndOver() {
        assertThat(TreeSnapshot.of(host.demoTarget()).entries().values()).allMatch(entry -> entry.uid() == host.user());
        assertThat(host.processes()).isEmpty();
    }
}
