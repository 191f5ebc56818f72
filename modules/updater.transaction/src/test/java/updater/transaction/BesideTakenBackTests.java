package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.Product;
import updater.api.UpdateTerms.Retention;
import updater.state.document.ReportJson;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.World;

/** Going back over an update that changed no definition but one beside an operator's: where there was none, or the package's. */
final class BesideTakenBackTests extends ShippedVersions {
    private static final String OPERATORS = "the operator's unit";
    private static final String NEWER = "newer unit";
    private static final String STAYS = "the service definition %s, which the last update had put there, stays: ";

    @Override
    World world(UnaryOperator<Product> product) throws IOException {
        return super.world(plain -> GoingBackTests.keeping(product.apply(plain), 7, Retention.BYTES));
    }

    private Path unit() {
        return world.root().resolve("units/agent.unit");
    }

    private Path beside() {
        return unit().resolveSibling("agent.unit.new");
    }

    /** Both have changed it, so that the operator's stays. */
    private TreeSnapshot update() throws Exception {
        Files.writeString(unit(), OPERATORS);
        world.service.newDefinition = NEWER;
        TreeSnapshot before = world.outside();
        update(0);
        return before;
    }

    private Path updateThePackages() throws Exception {
        Path packaged = world.write("packaged/agent.unit", "packaged unit", 0640);
        world.service.packaged = Optional.of(packaged);
        update();
        assertThat(packaged).hasContent(NEWER);
        return packaged;
    }

    /** What was kept has no definition: the one in force was not changed. */
    private List<String> goBack(int exit) throws Exception {
        assertThat(world.layout().state().resolve("previous-definition")).doesNotExist();
        world.service.shipsNone = true;
        assertThat(world.goBack()).as(() -> world.failure).isEqualTo(exit);
        return ReportJson.read(Files.readAllBytes(world.layout().state().resolve("updater-report.json")))
                .warnings();
    }

    @Test
    void goBack_andForthAgain_removesTheNewOneAndPutsItThere() throws Exception {
        TreeSnapshot before = update();
        TreeSnapshot after = world.outside();
        assertThat(beside()).hasContent(NEWER);

        for (int times = 0; times < 2; times++) {
            assertThat(goBack(0)).isEmpty();
            assertThat(beside()).doesNotExist();
            assertThat(world.outside().changesSince(before)).isEmpty();

            assertThat(goBack(0)).isEmpty();
            assertThat(world.outside().changesSince(after))
                    .allMatch(change -> change.startsWith("units/agent.unit.new: mtime"));
        }
        assertThat(unit()).hasContent(OPERATORS);
    }

    @Test
    void goBack_andForthAgain_bringsThePackagesBack() throws Exception {
        Path packaged = updateThePackages();

        for (int times = 0; times < 2; times++) {
            assertThat(goBack(0)).isEmpty();
            assertThat(packaged).hasContent("packaged unit");
            assertThat((int) Files.getAttribute(packaged, "unix:mode") & 07777).isEqualTo(0640);

            assertThat(goBack(0)).isEmpty();
            assertThat(packaged).hasContent(NEWER);
        }
    }

    @Test
    void goBack_changedSince_stays() throws Exception {
        update();
        Files.writeString(beside(), "merged by the operator");

        assertThat(goBack(0)).containsExactly(STAYS.formatted(beside()) + "it was changed since");

        assertThat(beside()).hasContent("merged by the operator");
    }

    @Test
    void goBack_removedSince_isNotMissed() throws Exception {
        update();
        Files.delete(beside());

        assertThat(goBack(0)).isEmpty();
        assertThat(goBack(0)).isEmpty();

        assertThat(beside()).doesNotExist();
    }

    @Test
    void goBack_packagesIsGoneWithItsDirectory_isNotMadeAgain() throws Exception {
        Path packaged = updateThePackages();
        goBack(0);
        Files.delete(packaged);
        Files.delete(packaged.getParent());

        assertThat(goBack(0)).containsExactly(STAYS.formatted(packaged) + "it was changed since");

        assertThat(packaged.getParent()).doesNotExist();
    }

    @Test
    void goBack_directoryInItsPlace_saysThatItStays() throws Exception {
        update();
        goBack(0);
        Files.createDirectory(beside());

        assertThat(goBack(0))
                .containsExactly(
                        STAYS.formatted(beside()) + "the service definition " + beside() + " is not a regular file");
    }

    @Test
    void goBack_operatorHasGivenUpHisOwnSince_stillTakesTheVendorsBack() throws Exception {
        update();
        Files.move(beside(), unit(), StandardCopyOption.REPLACE_EXISTING);

        assertThat(goBack(0)).isEmpty();

        assertThat(unit()).hasContent(NEWER);
        assertThat(beside()).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goBack_fails_allIsAsBefore(boolean packaged) throws Exception {
        if (packaged) {
            updateThePackages();
        } else {
            update();
        }
        TreeSnapshot before = world.outside();
        String failed = World.status(3, "no").replace("\"server_version\":\"2\"", "\"server_version\":\"1\"");
        world.service.onStart = () -> {
            if (world.service.running.equals(World.NEW)) {
                world.clock.after(Duration.ofMillis(700), () -> Files.writeString(world.home(World.STATUS), failed));
            }
        };

        goBack(1);

        assertThat(world.outside().changesSince(before)).isEmpty();
    }

    /** What lies beside is of the version in place, wherever a way back and its recovery are killed. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goBack_killedAnywhere_isOfTheVersionInPlace(boolean packaged) throws Exception {
        Path file = packaged ? updateThePackages() : beside();
        if (!packaged) {
            update();
        }
        Optional<String> old = packaged ? Optional.of("packaged unit") : Optional.empty();
        world.service.shipsNone = true;
        boolean killed = true;
        for (int point = 1; killed; point += 7) {
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), world::goBack);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            boolean isNew = Files.readString(world.home("agent")).equals("new agent 2");
            Optional<String> there = Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
            assertThat(there).as("killed at %d", at).isEqualTo(isNew ? Optional.of(NEWER) : old);
            assertThat(world.layout().state().resolve("beside-pending")).doesNotExist();
        }
    }

    @Test
    void update_againWithoutADefinitionBeside_leavesNothingToTakeBack() throws Exception {
        update();
        assertThat(world.layout().state().resolve("previous-beside")).exists();
        next("new agent 3");
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.layout().state().resolve("previous-beside")).doesNotExist();
        goBack(0);
        assertThat(beside()).hasContent(NEWER);
    }
}
