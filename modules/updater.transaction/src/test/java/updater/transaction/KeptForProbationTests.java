package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState.Activity;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.ProbationFile;
import updater.transaction.world.World;

/** What an update replaced is larger than what is kept of it, and its version is on probation: it may have to go back. */
final class KeptForProbationTests {
    private static final Retention LITTLE = new Retention(1 << 20, 1000, 7, 3);

    @TempDir
    private Path directory;

    private World world;

    @BeforeEach
    void update() throws Exception {
        world = World.plain(directory.toRealPath());
        world.describedBy(product -> ProductEdit.of(product)
                .probation(Duration.ofSeconds(60))
                .retention(LITTLE)
                .product());
        world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(isKept()).isTrue();
    }

    private boolean isKept() throws Exception {
        return new PreviousTree(world.context()).read().isPresent();
    }

    private boolean onProbation() throws Exception {
        return new ProbationFile(world.context().disk(), world.layout()).read().isPresent();
    }

    private void look() throws Exception {
        world.clock.ahead = world.clock.ahead.plusSeconds(15);
        GoingBackTests.stagePreviousDefinition(world);
        assertThat(world.recover()).as(() -> world.failure).isZero();
    }

    @Test
    void previousVersion_isKeptUntilTheProbationIsOver() throws Exception {
        for (int i = 0; i < 4; i++) {
            look();
            assertThat(isKept()).isTrue();
        }

        look();

        assertThat(onProbation()).isFalse();
        assertThat(isKept()).isFalse();
        assertThat(world.layout().work()).doesNotExist();
    }

    @Test
    void previousVersion_isGoneBackToWhenTheProbationHasFailed() throws Exception {
        for (int i = 0; i < 3; i++) {
            world.service.exit(Activity.FAILED);
            look();
        }

        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(onProbation()).isFalse();
    }
}
