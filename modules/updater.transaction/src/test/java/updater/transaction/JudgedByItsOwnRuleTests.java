package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.transaction.context.DamagedRecords;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** Going back between versions whose descriptors differ: the old one only has to run, the new one has to report. */
final class JudgedByItsOwnRuleTests {
    private static final String NEWER = "new agent 2";
    private static final int NEVER = -1;

    @TempDir
    private Path directory;

    private World world;

    private static Product runs(Product product) {
        return ProductEdit.of(product)
                .probes(new Probe.Running(Duration.ofMillis(10)))
                .product();
    }

    private static Product reports(Product product) {
        return ProductEdit.of(product).probes(new Probe.Report()).product();
    }

    @BeforeEach
    void twoUpdates() throws Exception {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world")),
                Definition.OUTSIDE,
                product -> runs(GoingBackTests.keeping(product, 7, Retention.BYTES)),
                context -> context);
        Files.delete(world.home(World.STATUS));
        assertThat(world.update()).as(() -> world.failure).isZero();
        world.describedBy(JudgedByItsOwnRuleTests::reports);
        update(NEWER);
    }

    private void update(String agent) throws Exception {
        world.write("home/tmp/latest/agent", agent, 0755);
        world.writeStatus(2);
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        world.newAgent(NEVER, () -> {});
    }

    private String agent() throws Exception {
        return Files.readString(world.home("agent"));
    }

    @Test
    void goBack_oldVersionNeverReports_itNeedNot() throws Exception {
        assertThat(world.goBack()).as(() -> world.failure).isZero();

        assertThat(agent()).isEqualTo(World.NEW);
    }

    @Test
    void goBack_andForthAgain_theNewVersionHasToReport() throws Exception {
        assertThat(world.goBack()).as(() -> world.failure).isZero();

        assertThat(world.goBack()).as(() -> world.failure).isEqualTo(1);
        assertThat(agent()).isEqualTo(World.NEW);

        world.newAgent(0, () -> {});
        assertThat(world.goBack()).as(() -> world.failure).isZero();
        assertThat(agent()).isEqualTo(NEWER);
    }

    @Test
    void goBack_overAnUpdateThatFailed_isStillJudgedByTheOldRule() throws Exception {
        world.write("home/tmp/latest/agent", "new agent 3", 0755);
        world.newAgent(3, () -> {});
        world.writeStatus(2);
        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
        world.newAgent(NEVER, () -> {});

        assertThat(world.goBack()).as(() -> world.failure).isZero();
    }

    @Test
    void goBack_betweenTwoThatReport_hasToReport() throws Exception {
        update("new agent 3");

        assertThat(world.goBack()).as(() -> world.failure).isEqualTo(1);
        assertThat(agent()).isEqualTo("new agent 3");
    }

    /** What cannot be read tells nothing: then the descriptor that is there is asked. */
    @Test
    void goBack_oldDescriptorIsDamaged_isJudgedByTheNewOne() throws Exception {
        Files.writeString(world.layout().state().resolve("previous-product"), "{\"name\":");
        assertThat(new DamagedRecords(world.context().disk(), world.layout()).find())
                .singleElement()
                .asString()
                .contains("previous-product is damaged", "judged by the rule of the one that is installed");

        assertThat(world.goBack()).as(() -> world.failure).isEqualTo(1);
        world.newAgent(0, () -> {});
        assertThat(world.goBack()).as(() -> world.failure).isZero();
    }

    /** Wherever it is killed: the descriptor that is noted is that of the version in place. */
    @Test
    void goBack_killedAnywhere_itIsKnownWhichRuleIsWhose() throws Exception {
        Path installed = world.layout().state().resolve("installed-product");
        world.newAgent(0, () -> {});
        boolean killed = true;
        for (int point = 1; killed; point += 11) {
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), world::goBack);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            boolean isNewer = agent().equals(NEWER);
            assertThat(Files.readString(installed).contains("\"running\""))
                    .as("killed at %d", at)
                    .isNotEqualTo(isNewer);
            assertThat(Files.readString(world.layout().state().resolve("previous-product"))
                            .contains("\"running\""))
                    .as("killed at %d", at)
                    .isEqualTo(isNewer);
            assertThat(world.layout().state().resolve("product-pending")).doesNotExist();
        }
    }
}
