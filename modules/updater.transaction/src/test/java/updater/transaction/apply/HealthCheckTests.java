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
import updater.api.service.ServiceState.Activity;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.world.FakeClock;
import updater.transaction.world.World;

/** The window is 2 s, a look comes every 100 ms, and health must last for 500 ms. */
final class HealthCheckTests {
    private World world;
    private Bytes before;
    private long start;

    @BeforeEach
    void startTheNewAgent(@TempDir Path directory) throws IOException {
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world")));
        before = status();
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
        return new HealthCheck(context, new StatusFile(context), World.log()).untilHealthy(start, Optional.of(before));
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
        after(400, () -> world.service.exit(Activity.INACTIVE));

        unhealthy().withMessageContaining("stopped");
        assertThat(elapsed()).isEqualTo(400);
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

        assertThat(watch()).contains("stayed up for 2000 ms");
    }

    @Test
    void watch_anotherFailureAfterOneFromBefore_unhealthy() throws Exception {
        world.writeStatus(3);
        before = status();
        after(300, () -> Files.writeString(world.home(World.STATUS), World.status(3, "again")));

        unhealthy().withMessageContaining("again");
    }

    @Test
    void watch_installedBeforeTheStop_onlyTheProcessTells() throws Exception {
        world.writeStatus(0);
        before = status();

        assertThat(watch()).contains("stayed up for 2000 ms");
        assertThat(elapsed()).isEqualTo(2000);
    }

    @Test
    void watch_installedBeforeTheStopAndProcessExits_unhealthy() throws Exception {
        world.writeStatus(0);
        before = status();
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
    void watch_otherProcess_unhealthyAtOnce() {
        after(500, () -> world.service.pid++);

        unhealthy().withMessageContaining("was restarted");
        assertThat(elapsed()).isEqualTo(500);
    }

    @Test
    void watch_restartCounted_unhealthyAtOnce() {
        after(500, () -> world.service.restarts++);

        unhealthy().withMessageContaining("was restarted");
    }

    @Test
    void watch_waitsToBeRestarted_unhealthyAtOnce() {
        after(500, () -> world.service.activity = Activity.STARTING);

        unhealthy().withMessageContaining("started again");
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
        assertThat(elapsed()).isEqualTo(2000);
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
