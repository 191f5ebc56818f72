package updater.transaction.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.ServiceState.Activity;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.world.FakeClock;
import updater.transaction.world.World;

/** The window is 2 s, a look comes every 100 ms, and health must last for 500 ms. */
final class HealthCheckTests {
    private World world;
    private Bytes before;
    private StatusFile.Seen atStart;
    private long start;
    private int restarts;

    @BeforeEach
    void startTheNewAgent(@TempDir Path directory) throws IOException {
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world")));
        before = status();
        atStart = new StatusFile(world.context()).seen();
        start = world.clock.nanos();
    }

    private Bytes status() throws IOException {
        return Bytes.of(Files.readAllBytes(world.home(World.STATUS)));
    }

    private void after(int millis, FakeClock.Event event) {
        world.clock.after(Duration.ofMillis(millis), event);
    }

    private String watch() throws UpdateFailure, InterruptedException {
        UpdateContext context = world.context();
        Timeline timeline = new Timeline(world.clock, (phase, took) -> {}, World.log());
        return new HealthCheck(context, new StatusFile(context), probes(context, World.noCommands()), World.log())
                .untilHealthy(start, this::startAgain, Optional.of(before), () -> atStart, timeline);
    }

    private static Probes probes(UpdateContext context, Commands commands) {
        return new Probes(context, new AgentCommands(commands, 0));
    }

    /** As an update does it. */
    private void startAgain() throws UpdateFailure {
        world.service.stop(Duration.ofSeconds(1));
        world.service.start();
        restarts++;
    }

    /** Somebody restarts the service: another run, which the manager does not count. */
    private void somebodyRestarts() {
        world.service.pid++;
    }

    private ThrowableAssertAlternative<UpdateFailure.Unhealthy> unhealthy() {
        return assertThatExceptionOfType(UpdateFailure.Unhealthy.class).isThrownBy(this::watch);
    }

    private long elapsed() {
        return world.clock.since(start).toMillis();
    }

    @Test
    void watch_installedAndRunning_healthyOnceSettled() throws Exception {
        after(300, () -> world.writeStatus(0));

        assertThat(watch()).contains("reported Installed");

        assertThat(elapsed()).isEqualTo(800);
    }

    @Test
    void watch_installedJustBeforeTheEndOfTheWindow_maySettleBeyondIt() throws Exception {
        after(1950, () -> world.writeStatus(0));

        watch();

        assertThat(elapsed()).isEqualTo(2500);
    }

    @Test
    void watch_installedThenExits_unhealthyAtOnce() {
        after(300, () -> world.writeStatus(0));
        after(400, () -> world.service.exit(Activity.FAILED));

        unhealthy().withMessageContaining("failed");
        assertThat(elapsed()).isEqualTo(400);
    }

    @Test
    void watch_stoppedInOrderAndNotStarted_unhealthyAfterAMoment() {
        after(300, () -> world.writeStatus(0));
        after(400, () -> world.service.exit(Activity.INACTIVE));

        unhealthy().withMessageContaining("stopped");
        assertThat(elapsed()).isEqualTo(1400);
    }

    @Test
    void watch_failureReported_unhealthyWithItsMessage() {
        after(300, () -> world.writeStatus(3));

        unhealthy().withMessageContaining("reported that its installation failed: by the agent");
        assertThat(elapsed()).isEqualTo(300);
    }

    @Test
    void watch_failureFromBeforeTheStop_isNotBelieved() throws Exception {
        world.writeStatus(3);
        before = status();
        atStart = new StatusFile(world.context()).seen();

        assertThat(watch()).contains("stayed up for 2000 ms");
    }

    @Test
    void watch_anotherFailureAfterOneFromBefore_unhealthy() throws Exception {
        world.writeStatus(3);
        before = status();
        atStart = new StatusFile(world.context()).seen();
        after(300, () -> Files.writeString(world.home(World.STATUS), World.status(3, "again")));

        unhealthy().withMessageContaining("again");
    }

    @Test
    void watch_installedBeforeTheStop_onlyTheProcessTells() throws Exception {
        world.writeStatus(0);
        before = status();
        atStart = new StatusFile(world.context()).seen();

        assertThat(watch()).contains("stayed up for 2000 ms");
        assertThat(elapsed()).isEqualTo(2000);
    }

    @Test
    void watch_installedBeforeTheStopAndProcessExits_unhealthy() throws Exception {
        world.writeStatus(0);
        before = status();
        atStart = new StatusFile(world.context()).seen();
        after(1500, () -> world.service.exit(Activity.FAILED));

        unhealthy().withMessageContaining("failed");
        assertThat(elapsed()).isEqualTo(1500);
    }

    @Test
    void watch_halfWrittenThenMissingThenInstalled_healthy() throws Exception {
        Path file = world.home(World.STATUS);
        after(200, () -> Files.writeString(file, World.status(0, "").substring(0, 60)));
        after(400, () -> Files.delete(file));
        after(600, () -> world.writeStatus(0));

        watch();

        assertThat(elapsed()).isEqualTo(1100);
    }

    @Test
    void watch_packageMissingUntilTheEnd_unhealthy() {
        after(200, () -> Files.writeString(world.home(World.STATUS), "{\"package_states\":{}}"));

        unhealthy().withMessageContaining("nothing readable of package agent");
        assertThat(elapsed()).isEqualTo(2000);
    }

    @Test
    void watch_neverReports_unhealthyAtTheEndOfTheWindow() {
        unhealthy().withMessageContaining("within 2000 ms").withMessageContaining("status 2");
        assertThat(elapsed()).isEqualTo(2000);
    }

    @Test
    void watch_restartedBySomebodyElse_isWatchedFromThereOn() throws Exception {
        after(300, () -> world.writeStatus(0));
        after(500, this::somebodyRestarts);

        assertThat(watch()).contains("process " + world.service.pid + " ran on");

        assertThat(elapsed()).isEqualTo(1000);
        assertThat(restarts).isZero();
    }

    @Test
    void watch_stoppedAndStartedBySomebodyElse_isWatchedFromThereOn() throws Exception {
        after(300, () -> world.service.activity = Activity.STOPPING);
        after(600, () -> {
            world.service.activity = Activity.INACTIVE;
            world.service.pid = 0;
        });
        after(1200, world.service::boot);
        after(1500, () -> world.writeStatus(0));

        watch();

        assertThat(elapsed()).isEqualTo(2000);
    }

    @Test
    void watch_restartedBySomebodyElseAgainAndAgain_unhealthy() {
        for (int at = 500; at <= 2000; at += 500) {
            after(at, this::somebodyRestarts);
        }

        unhealthy().withMessageContaining("restarted by somebody else, 4 times");
        assertThat(elapsed()).isEqualTo(2000);
    }

    @Test
    void watch_mainProcessIsHandedOverWithinARun_goesOn() throws Exception {
        world.service.run = "one invocation";
        after(300, () -> world.writeStatus(0));
        after(500, () -> world.service.pid++);

        watch();

        assertThat(elapsed()).isEqualTo(800);
    }

    @Test
    void watch_ranBeforeItsStartWasRequested_isStartedAgain() throws Exception {
        world.service.start();
        after(300, () -> world.writeStatus(0));
        // A fake agent's plans end with it.
        world.service.onStart = () -> after(300, () -> world.writeStatus(0));

        watch();

        assertThat(restarts).isEqualTo(1);
        assertThat(world.service.calls()).containsSequence("stop", "start");
    }

    @Test
    void watch_whatAnEarlierAgentReports_isNotHeard() throws Exception {
        world.service.start();
        world.writeStatus(3);
        world.service.onStart = () -> world.writeStatus(0);

        watch();

        assertThat(restarts).isEqualTo(1);
    }

    @Test
    void watch_runsAProgramThatWasReplaced_isStartedAgain() throws Exception {
        world.service.outdated = Optional.of("/opt/agent/agent");
        world.service.onStart = () -> world.writeStatus(0);

        watch();

        assertThat(restarts).isEqualTo(1);
    }

    @Test
    void watch_alwaysStartedBySomebodyElse_unhealthyInTheEnd() {
        world.service.outdated = Optional.of("/opt/agent/agent");
        world.service.onStart = () -> world.service.outdated = Optional.of("/opt/agent/agent");

        unhealthy().withMessageContaining("runs /opt/agent/agent as it was before it was replaced, 3 times in a row");
        assertThat(restarts).isEqualTo(3);
    }

    @Test
    void watch_restartCounted_unhealthyAtOnce() {
        after(500, () -> world.service.restarts++);

        unhealthy().withMessageContaining("was restarted");
    }

    @Test
    void watch_isStartingAgainForLong_unhealthyAtTheManagersBound() {
        after(500, () -> world.service.activity = Activity.STARTING);

        unhealthy().withMessageContaining("did not come up").withMessageContaining("STARTING");
        assertThat(elapsed()).isEqualTo(3000);
    }

    @Test
    void watch_startingForLongerThanTheWindow_countsFromWhenItRuns() throws Exception {
        world.service.activity = Activity.STARTING;
        after(2500, () -> world.service.activity = Activity.RUNNING);
        after(4400, () -> world.writeStatus(0));

        watch();

        assertThat(elapsed()).isEqualTo(4900);
    }

    @Test
    void watch_silentAfterALongStart_unhealthyAWindowAfterItRuns() {
        world.service.activity = Activity.STARTING;
        after(2500, () -> world.service.activity = Activity.RUNNING);

        unhealthy().withMessageContaining("within 2000 ms from when its service ran");
        assertThat(elapsed()).isEqualTo(4500);
    }

    @Test
    void watch_startingForLong_isWaitedFor() throws Exception {
        world.service.activity = Activity.STARTING;
        after(1500, () -> {
            world.service.activity = Activity.RUNNING;
            world.writeStatus(0);
        });

        watch();

        assertThat(elapsed()).isEqualTo(2000);
    }

    @Test
    void watch_startingAllTheWindow_unhealthyEvenIfInstalled() {
        world.service.activity = Activity.STARTING;
        after(100, () -> world.writeStatus(0));

        unhealthy().withMessageContaining("STARTING");
        assertThat(elapsed()).isEqualTo(3000);
    }

    @Test
    void watch_startDroppedUnseen_unhealthyWithinTwoSeconds() {
        world.service.exit(Activity.INACTIVE);

        unhealthy().withMessageContaining("stopped");
        assertThat(elapsed()).isEqualTo(1000);
    }

    @Test
    void watch_notYetNoticedAsStarting_isGivenAMoment() throws Exception {
        world.service.activity = Activity.INACTIVE;
        after(500, () -> world.service.activity = Activity.RUNNING);
        after(600, () -> world.writeStatus(0));

        watch();

        assertThat(elapsed()).isEqualTo(1100);
    }

    @Test
    void watch_managerSilentForAFewLooks_isAskedAgain() throws Exception {
        world.service.fail("state");
        after(400, () -> world.service.mend());
        after(400, () -> world.writeStatus(0));

        watch();

        assertThat(elapsed()).isEqualTo(900);
    }

    @Test
    void watch_managerSilentForGood_fails() {
        world.service.fail("state");

        assertThatExceptionOfType(UpdateFailure.Service.class).isThrownBy(this::watch);
        assertThat(elapsed()).isEqualTo(400);
    }

    @Test
    void watch_statusFileIsALinkOrTooLarge_isNotRead() throws Exception {
        Path file = world.home(World.STATUS);
        Path elsewhere = world.root().resolve("elsewhere");
        Files.writeString(elsewhere, World.status(0, ""));
        Files.delete(file);
        Files.createSymbolicLink(file, elsewhere);

        unhealthy().withMessageContaining("nothing readable");
    }
}
