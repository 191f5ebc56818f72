package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.World;

/** A definition that is loaded while the old agent runs, and what becomes of it when the update goes no further. */
final class DefinitionBeforeStopTests {
    @TempDir
    private Path directory;

    private World world;
    private Judge judge;
    private long found;

    @BeforeEach
    void install() throws IOException {
        world = new World(directory.toRealPath(), Definition.OUTSIDE_FIRST, product -> product, context -> context);
        judge = new Judge(world, GeneratedUpdate.plain(Definition.OUTSIDE_FIRST, 0));
        found = world.service.pid;
    }

    private List<String> changes() {
        return world.service.calls().stream()
                .filter(call -> List.of("reload", "stop", "start").contains(call))
                .toList();
    }

    @Test
    void update_healthy_reloadsBeforeTheStopAndNotBehindIt() throws Exception {
        assertThat(world.update()).as(() -> world.failure).isZero();

        judge.updated();
        assertThat(changes()).containsExactly("reload", "stop", "start");
    }

    @Test
    void update_newAgentFails_oldDefinitionIsBackBeforeTheOldAgentStarts() throws Exception {
        world.newAgent(3, () -> {});

        assertThat(world.update()).isEqualTo(1);

        judge.old();
        assertThat(changes()).containsExactly("reload", "stop", "start", "stop", "reload", "start");
    }

    @Test
    void update_reloadFails_rolledBackAndTheOldAgentRunsOn() throws Exception {
        AtomicBoolean failed = new AtomicBoolean();
        world.points.failWhere(what -> what.equals("reload") && failed.compareAndSet(false, true));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
        judge.old();
        assertThat(world.service.pid).isEqualTo(found);
        assertThat(world.service.calls()).doesNotContain("stop", "start");
    }

    @Test
    void recover_diedBetweenReloadAndStop_oldDefinitionIsBackAndTheOldAgentRunsOn() throws Exception {
        assertThat(world.killed(() -> world.points.killAtFirst("after reload", "before reload"), true))
                .isTrue();
        assertThat(world.service.loaded).isEqualTo("new unit");

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        assertThat(world.service.pid).isEqualTo(found);
        assertThat(changes()).containsExactly("reload", "reload");
    }

    /** The manager may have been asked to stop it, and may be at it. */
    @Test
    void recover_diedAsTheStopWasAskedFor_stopsAndStarts() throws Exception {
        assertThat(world.killed(() -> world.points.killAtFirst("after stop", "before stop"), true))
                .isTrue();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        assertThat(changes()).containsExactly("reload", "stop", "stop", "reload", "start");
    }

    /** It crashed meanwhile, and the manager started it again by the new definition. */
    @Test
    void recover_anotherRunOfTheOldAgent_isStartedAgainByTheOldDefinition() throws Exception {
        world.killed(() -> world.points.killAtFirst("after reload", "before reload"), true);
        world.service.boot();
        assertThat(world.service.pid).isNotEqualTo(found);

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        assertThat(changes()).containsExactly("reload", "stop", "reload", "start");
    }

    @Test
    void recover_hostHasBootedSince_isStartedByTheOldDefinition() throws Exception {
        world.killed(() -> world.points.killAtFirst("after reload", "before reload"), true);
        world.reboot();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        assertThat(changes()).containsExactly("reload", "stop", "reload", "start");
    }

    /** Whatever the operator wrote since the plan was made is what comes back. */
    @Test
    void update_definitionEditedMeanwhile_theEditedOneComesBack() throws Exception {
        world.newAgent(3, () -> {});
        world.points.failWhere(what -> {
            if (what.equals("arm")) {
                edit();
            }
            return false;
        });

        assertThat(world.update()).isEqualTo(1);

        assertThat(world.root().resolve("units/agent.unit")).hasContent("edited");
        assertThat(world.service.loaded).isEqualTo("edited");
    }

    private void edit() {
        try {
            world.write("units/agent.unit", "edited", 0600);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
