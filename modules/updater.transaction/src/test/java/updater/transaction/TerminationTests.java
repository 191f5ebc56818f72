package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.transaction.world.FakeService;
import updater.transaction.world.World;

/** A run that is asked to end does so where that leaves no mess, and otherwise goes on to its end. */
final class TerminationTests {
    private World world;

    @BeforeEach
    void install(@TempDir Path directory) throws IOException {
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world")));
        world.newAgent(0, () -> {});
    }

    private void ask() {
        world.termination.request("SIGTERM");
    }

    @Test
    void request_beforeAnything_isARefusal() throws Exception {
        ask();

        assertThat(world.update()).isEqualTo(5);

        assertUntouched();
    }

    @Test
    void request_onceThePreparationIsComplete_isARefusal() throws Exception {
        world.service.onArm = this::ask;

        assertThat(world.update()).isEqualTo(5);

        assertUntouched();
        assertThat(world.service.armed).isFalse();
    }

    private void assertUntouched() {
        assertThat(world.failure).contains("SIGTERM asked this updater to end before it stopped the agent");
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.staged("agent")).exists();
        assertThat(world.home(World.STATUS)).content().contains("\"status\":2");
    }

    @Test
    void request_whileTheOldAgentStops_isARollback() throws Exception {
        world.service.onStop = this::ask;

        assertThat(world.update()).isEqualTo(1);

        assertThat(world.failure).contains("SIGTERM asked this updater to end before it started the new agent");
        assertThat(world.service.calls()).containsOnlyOnce("start");
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.home().changesSince(world.atExit)).isEmpty();
        assertThat(world.service.armed).isFalse();
    }

    @Test
    void request_whileTheNewAgentIsWatched_isOutlived() throws Exception {
        FakeService.Deed starts = world.service.onStart;
        world.service.onStart = () -> {
            starts.run();
            world.clock.after(Duration.ofMillis(100), this::ask);
        };

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
        assertThat(world.failure).contains("it has brought the update to its end first");
    }

    @Test
    void request_whileItRollsBack_isOutlived() throws Exception {
        world.newAgent(3, () -> {});
        world.service.onStop = () -> {
            if (world.service.running.equals(World.NEW)) {
                ask();
            }
        };

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.failure).contains("the new agent reported", "it has brought the update to its end first");
    }
}
