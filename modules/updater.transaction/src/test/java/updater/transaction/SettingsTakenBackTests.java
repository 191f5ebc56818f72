package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateTerms.Retention;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** Going back where the service's definition is no file: its settings are in the manager's own store, as they are on Windows. */
final class SettingsTakenBackTests {
    private static final String OLD = "of version 1";
    private static final String NEW = "new settings";

    @TempDir
    private Path directory;

    private World world;
    private Path kept;

    @BeforeEach
    void update() throws Exception {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world")),
                Definition.OPAQUE,
                product -> GoingBackTests.keeping(product, 7, Retention.BYTES),
                context -> context);
        world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));
        world.service.settings = OLD;
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.service.settings).isEqualTo(NEW);
        kept = world.layout().state().resolve("previous-settings");
    }

    private void goBack() throws Exception {
        assertThat(world.goBack()).as(() -> world.failure).isZero();
    }

    @Test
    void goBack_andForthAgain_takesSettingsBackAndSetsThem() throws Exception {
        goBack();
        assertThat(world.service.settings).isEqualTo(OLD);

        goBack();
        assertThat(world.service.settings).isEqualTo(NEW);
    }

    @Test
    void goBack_operatorHasChangedThemSince_stay() throws Exception {
        world.service.settings = "an operator's";

        goBack();

        assertThat(world.service.settings).isEqualTo("an operator's");
        assertThat(kept).doesNotExist();
    }

    @Test
    void goBack_updateThatIsTakenBackLeftThem_leavesThem() throws Exception {
        world.write("home/tmp/latest/agent", "new agent 2", 0755);
        world.writeStatus(2);
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(kept).doesNotExist();

        goBack();

        assertThat(world.service.settings).isEqualTo(NEW);
    }

    @Test
    void goBack_killedAnywhere_settingsAreThoseOfTheVersionInPlace() throws Exception {
        boolean killed = true;
        for (int point = 1; killed; point += 11) {
            int at = point;
            boolean wasNew = Files.readString(world.home("agent")).equals(World.NEW);
            killed = world.killed(() -> world.points.killAt(at), world::goBack);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            boolean isNew = Files.readString(world.home("agent")).equals(World.NEW);
            assertThat(world.service.settings)
                    .as("killed at %d, from %s", at, wasNew ? NEW : OLD)
                    .isEqualTo(isNew ? NEW : OLD);
            assertThat(kept).exists();
        }
    }
}
