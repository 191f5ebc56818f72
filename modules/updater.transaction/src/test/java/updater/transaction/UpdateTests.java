package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.service.ServiceState.Activity;
import updater.fs.faulty.FaultyDisk;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService;
import updater.transaction.world.World;

/** Whole updates, seen from outside. */
final class UpdateTests {
    private World world;
    private TreeSnapshot outside;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world")));
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/lib/empty/x", "", 0600);
        world.write("home/tmp/latest/lib/a.so", "new a", 0600);
        world.write("home/tmp/latest/lib/new/b.so", "new b", 0755);
        world.write("jmx.jar", "old jar", 0604);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        outside = world.outside();
    }

    private void assertOld() {
        assertThat(world.home().changesSince(world.atExit)).isEmpty();
        assertThat(world.outside().changesSince(outside)).isEmpty();
        assertThat(world.service.loaded).isEqualTo("old unit");
        assertThat(world.service.armed).isFalse();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.layout().tmp()).doesNotExist();
    }

    @Test
    void update_newAgentReportsSuccess_isInPlaceAndStays() throws Exception {
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
        assertThat(world.home("lib/a.so")).hasContent("new a");
        assertThat(Files.getAttribute(world.home("lib/a.so"), "unix:mode")).isEqualTo(0100644);
        assertThat(world.home("lib/new/b.so")).hasContent("new b");
        assertThat(world.home("config.yaml")).hasContent("the operator's");
        assertThat(world.root().resolve("jmx.jar")).hasContent("new jar");
        assertThat(world.home("jmx.jar")).doesNotExist();
        assertThat(world.service.loaded).isEqualTo("new unit");
        assertThat(world.service.armed).isFalse();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.layout().tmp()).doesNotExist();
    }

    @Test
    void update_rolledBack_readsWhatWasReplacedOnlyOnceTheOldAgentRuns() throws Exception {
        List<String> reads = Collections.synchronizedList(new ArrayList<>());
        List<String> whileDown = new ArrayList<>();
        world.clock.ahead = Duration.ofSeconds(5);
        world.below = disk -> new FaultyDisk(disk).tellingReads(path -> reads.add(path.toString()));
        world.newAgent(3, reads::clear);
        FakeService.Deed starts = world.service.onStart;
        world.service.onStart = () -> {
            starts.run();
            if (world.service.running.equals(World.OLD)) {
                whileDown.addAll(reads);
            }
        };

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        String replaced = world.home("lib/a.so").toString();
        assertThat(whileDown).doesNotContain(replaced);
        assertThat(reads).contains(replaced);
    }

    @Test
    void update_newAgentReportsFailure_isRolledBack() throws Exception {
        world.newAgent(3, () -> world.write("home/lib/empty/y", "left behind", 0644));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertOld();
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.home(World.STATUS)).content().contains("by the agent").contains("\"status\":3");
    }

    @Test
    void update_newAgentSilent_isRolledBackWithStatus() throws Exception {
        world.newAgent(-1, () -> Files.delete(world.home("lib/empty/x")));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertOld();
        assertThat(world.home(World.STATUS))
                .content()
                .contains("\"status\":3")
                .contains("did not report success")
                .contains("\"x\":[1,2]");
    }

    @Test
    void update_newAgentReportsSuccessWhileItIsStopped_statusIsFailure() throws Exception {
        world.newAgent(-1, () -> {});
        world.service.onStop = () -> {
            if (world.service.running.startsWith("new")) {
                world.writeStatus(0);
            }
        };

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home(World.STATUS)).content().contains("\"status\":3").contains("did not report success");
    }

    @Test
    void update_agentInactiveBefore_undoReturnsItToInactive() throws Exception {
        world.service.exit(Activity.INACTIVE);
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertOld();
        assertThat(world.service.activity).isEqualTo(Activity.INACTIVE);
    }
}
