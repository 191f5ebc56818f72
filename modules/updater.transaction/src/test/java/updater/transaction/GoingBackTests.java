package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.Product;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.testkit.TreeSnapshot;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.HistoryFile;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** An update that an operator takes back, days after it was committed. */
final class GoingBackTests {
    private static final String NEWER = "new agent 2";

    @TempDir
    private Path directory;

    private int worlds;
    private Definition definition = Definition.OUTSIDE;
    private World world;
    private @Nullable Tree before;
    private @Nullable Tree after;

    /** Home and what lies beside it. A file that was being written when its writer was killed is removed by the next one. */
    record Tree(TreeSnapshot home, TreeSnapshot outside) {
        static Tree of(World world) {
            return new Tree(world.home().ignoringDirectoryTimes(), world.outside());
        }

        Tree separately() {
            return new Tree(home.ignoringOtherNames(), outside.ignoringOtherNames());
        }

        List<String> changesSince(@Nullable Tree other) {
            Objects.requireNonNull(other);
            return Stream.concat(home.changesSince(other.home).stream(), outside.changesSince(other.outside).stream())
                    .filter(change -> !change.contains(".updater-new: new file")
                            // The definition is written anew, as always.
                            && !change.startsWith("units/agent.unit: mtime"))
                    .toList();
        }
    }

    static Product keeping(Product plain, int days, long bytes) {
        return ProductEdit.of(plain)
                .preserved(Set.of("config.yaml"))
                .retention(new Retention(1 << 20, 1000, days, bytes))
                .product();
    }

    private void begin(int days, long bytes) throws Exception {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                definition,
                product -> ProductEdit.of(keeping(product, days, bytes))
                        .policy(new Policy(0, true, definition != Definition.NONE))
                        .product(),
                context -> context);
        world.newAgent(0, () -> {});
        world.write("jmx.jar", "old jar", 0640);
        stage("jmx.jar", "first jar", 0644);
        stage("lib/a.so", "a 1", 0644);
        stage("lib/only-1/dropped.so", "dropped", 0640);
        stage("same", "same", 0644);
        stage("agent", "new agent 1", 0755);
        assertThat(world.update()).as(() -> world.failure).isZero();
        Files.setAttribute(world.home("lib/only-1"), "unix:mode", 0750);
    }

    private void stage(String path, String content, int mode) throws IOException {
        world.write("home/tmp/latest/" + path, content, mode);
    }

    private void stageNewer() throws IOException {
        world.writeStatus(2);
        stage("agent", NEWER, 0755);
        stage("jmx.jar", "second jar", 0644);
        stage("lib/a.so", "a 2", 0644);
        stage("lib/only-2/new.so", "new", 0644);
        stage("same", "same", 0644);
        world.service.newDefinition = "unit 2";
    }

    private void update() throws Exception {
        stageNewer();
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        after = tree();
    }

    private Tree tree() {
        return Tree.of(world);
    }

    /** As a service manager does, the fake one takes the definition that is staged. */
    private int goBack() throws Exception {
        stagePreviousDefinition();
        return world.goBack();
    }

    private void stagePreviousDefinition() throws IOException {
        stagePreviousDefinition(world);
    }

    static void stagePreviousDefinition(World world) throws IOException {
        Path kept = world.layout().state().resolve("previous-definition/install/agent.unit");
        if (Files.exists(kept)) {
            world.service.newDefinition = Files.readString(kept);
        }
    }

    private void assertIs(@Nullable Tree expected) {
        assertThat(tree().changesSince(expected)).as(() -> world.failure).isEmpty();
    }

    private PreviousTree previous() {
        return new PreviousTree(world.context());
    }

    @BeforeEach
    void twoUpdates() throws Exception {
        begin(7, Retention.BYTES);
        before = tree();
        update();
    }

    @Test
    void goBack_afterTheSameWasFoundInPlace_isTheVersionBefore() throws Exception {
        world.close();
        // Otherwise the definition would be written anew.
        definition = Definition.NONE;
        begin(7, Retention.BYTES);
        before = tree();
        update();
        stageNewer();
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.failure).contains("\"UNCHANGED\"");

        assertThat(goBack()).as(() -> world.failure).isZero();

        assertIs(before);
    }

    @Test
    void goBack_afterAnUpdate_isTheVersionBefore() throws Exception {
        assertThat(world.home("lib/only-1")).doesNotExist();

        assertThat(goBack()).as(() -> world.failure).isZero();

        assertIs(before);
        assertThat(world.failure).contains("the last update was taken back");
        assertThat(world.service.calls()).contains("reload");
    }

    @Test
    void goBack_twice_isTheVersionThatWasTakenBack() throws Exception {
        assertThat(goBack()).as(() -> world.failure).isZero();

        assertThat(goBack()).as(() -> world.failure).isZero();

        assertIs(after);
    }

    @Test
    void goBack_whatTheNewVersionWroteSince_stays() throws Exception {
        world.write("home/storage/data", "written by version 2", 0600);
        world.write("home/lib/only-2/cache", "as well", 0600);

        assertThat(goBack()).as(() -> world.failure).isZero();

        assertThat(world.home("storage/data")).hasContent("written by version 2");
        assertThat(world.home("lib/only-2/cache")).hasContent("as well");
        assertThat(world.home("lib/only-2/new.so")).doesNotExist();
    }

    @Test
    void goBack_operatorHasChangedAShippedFile_itIsSetAside() throws Exception {
        world.write("home/lib/a.so", "the operator's", 0644);

        assertThat(goBack()).as(() -> world.failure).isZero();

        assertThat(world.home("lib/a.so")).hasContent("a 1");
        assertThat(world.home("lib/a.so.orig")).hasContent("the operator's");
    }

    /** An operator had removed what version 1 shipped, and had a file and a directory of his own where version 2 ships some. */
    @Test
    void goBack_whatWasTheOperatorsBefore_isSoAgain() throws Exception {
        begin(7, Retention.BYTES);
        Files.delete(world.home("same"));
        world.write("home/lib/only-2/new.so", "the operator's", 0600);
        before = tree();
        update();
        assertThat(world.home("same")).hasContent("same");

        assertThat(goBack()).as(() -> world.failure).isZero();

        assertIs(before);
        world.writeStatus(2);
        stage("agent", "new agent 3", 0755);
        stage("jmx.jar", "third jar", 0644);
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.home("lib/only-2/new.so")).hasContent("the operator's");
    }

    @Test
    void goBack_agentFails_isRolledBackAndCanBeTriedAgain() throws Exception {
        String failed = World.status(3, "no").replace("\"server_version\":\"2\"", "\"server_version\":\"1\"");
        world.service.onStart = () -> {
            if (world.service.running.equals("new agent 1")) {
                world.clock.after(Duration.ofMillis(700), () -> Files.writeString(world.home(World.STATUS), failed));
            }
        };
        assertThat(goBack()).as(() -> world.failure).isEqualTo(1);
        assertIs(after);

        world.newAgent(0, () -> {});
        assertThat(goBack()).as(() -> world.failure).isZero();

        assertIs(before);
    }

    @Test
    void goBack_nothingKept_refused() throws Exception {
        previous().discard();

        assertThat(goBack()).isEqualTo(5);

        assertThat(world.failure).contains("no previous version is kept");
        assertIs(after);
        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void goBack_recordIsGone_refusedAndNothingIsRemoved() throws Exception {
        Files.delete(world.layout().state().resolve("previous-shipped"));

        assertThat(goBack()).isEqualTo(5);

        assertThat(world.failure).contains("the record of what the previous version shipped is gone");
        assertIs(after);
        assertThat(previous().read()).isPresent();
    }

    @Test
    void goBack_anotherDirectoryInThePlaceOfWhatWasKept_refused() throws Exception {
        Path kept = world.layout().work().resolve("previous");
        Files.move(kept, kept.resolveSibling("moved"));
        Files.createDirectory(kept);

        assertThat(goBack()).isEqualTo(5);

        assertThat(world.failure).contains("is not the one that the previous version was kept in");
        assertIs(after);
    }

    @Test
    void goBack_firstUpdateOfAHost_isWhatWasThereBefore() throws Exception {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("first")),
                Definition.OUTSIDE,
                product -> keeping(product, 7, Retention.BYTES),
                context -> context);
        world.newAgent(0, () -> {});
        world.write("home/lib/operators", "the operator's", 0600);
        before = tree();
        stageNewer();
        assertThat(world.update()).as(() -> world.failure).isZero();
        world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));

        assertThat(goBack()).as(() -> world.failure).isZero();

        assertIs(before);
    }

    @Test
    void update_timeIsOver_isNotKeptAnyLonger() throws Exception {
        world.clock.ahead = Duration.ofDays(7);

        assertThat(goBack()).isEqualTo(5);

        assertThat(previous().read()).isEmpty();
        assertThat(world.layout().work()).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void update_notToBeKeptOrTooLarge_isNotKept(int days) throws Exception {
        begin(days, days == 0 ? Retention.BYTES : 10);
        update();

        assertThat(previous().read()).isEmpty();
        assertThat(world.layout().work()).doesNotExist();
        assertThat(world.layout().state().resolve("previous-shipped")).doesNotExist();
    }

    @Test
    void update_toWhatWasTakenBack_refusedUntilItIsForgiven() throws Exception {
        assertThat(goBack()).as(() -> world.failure).isZero();
        stageNewer();
        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure).contains("the update to this very bundle was taken back");

        assertThat(new HistoryFile(world.context().disk(), world.layout()).forgive())
                .isEqualTo(new HistoryFile.Forgiven(0, 1));

        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.home("agent")).hasContent(NEWER);
    }

    @Test
    void update_unchanged_keepsWhatWasKept() throws Exception {
        PreviousTree kept = previous();
        String first = kept.read().orElseThrow().update();
        world.newAgent(3, () -> {});
        stage("agent", "new agent 3", 0755);
        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(kept.read().orElseThrow().update()).isEqualTo(first);
        world.newAgent(0, () -> {});
        assertThat(goBack()).as(() -> world.failure).isZero();
        assertIs(before);
    }

    /** Whatever dies, the host is one of both, and what was kept is whole or not there. */
    @Test
    void update_killedBehindTheStart_canBeTakenBack() throws Exception {
        boolean killed = true;
        for (int point = 1; killed; point += 5) {
            begin(7, Retention.BYTES);
            before = tree();
            stageNewer();
            int at = point;
            world.points.begin();
            killed = world.killed(() -> world.points.killAt(at + 250), true);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            if (Files.readString(world.home("agent")).equals(NEWER)) {
                assertThat(goBack())
                        .as(() -> "killed at " + at + ": " + world.failure)
                        .isZero();
            }
            assertThat(tree().changesSince(before)).as("killed at %d", at).isEmpty();
            world.close();
        }
    }

    @Test
    void goBack_killedAnywhere_isOneOfBoth() throws Exception {
        boolean killed = true;
        for (int point = 1; killed; point += 7) {
            if (point > 1) {
                begin(7, Retention.BYTES);
                before = tree();
                update();
            }
            int at = point;
            stagePreviousDefinition();
            killed = world.killed(() -> world.points.killAt(at), world::goBack);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            boolean old = Files.readString(world.home("agent")).equals("new agent 1");
            assertThat(tree().changesSince(old ? before : after))
                    .as("killed at %d", at)
                    .isEmpty();
            assertThat(world.layout().journal()).doesNotExist();
            assertThat(previous().read()).isPresent();
            world.close();
        }
    }
}
