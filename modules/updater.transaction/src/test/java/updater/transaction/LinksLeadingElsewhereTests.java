package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** What lies behind a link is not there, is another directory, or is one that another link leads to as well. */
final class LinksLeadingElsewhereTests {
    @TempDir
    private Path directory;

    private World world;
    private Path second;

    @BeforeEach
    void makeWorld() throws IOException {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world")),
                Definition.OUTSIDE,
                product -> GoingBackTests.keeping(product, 7, 1 << 20),
                context -> context);
        second = world.root().resolve("second");
        world.write("second/plugins/a.yaml", "old a", 0640);
        Files.createSymbolicLink(world.home("plugins"), Path.of("../second/plugins"));
    }

    private void stage(String path, String content) throws IOException {
        world.write("home/tmp/latest/" + path, content, 0644);
    }

    /** As when the host went down, and the file system that the link leads to is not mounted yet when it comes up again. */
    @ParameterizedTest
    @ValueSource(strings = {"mount point", "nothing"})
    void rollback_whatTheLinkLeadsToIsNotMounted_isIncompleteUntilItIs(String instead) throws Exception {
        Path mounted = second.resolve("plugins");
        stage("plugins/a.yaml", "new a");
        stage("plugins/sub/new.yaml", "new");
        TreeSnapshot outside = world.outside();
        world.newAgent(3, () -> {
            Files.move(mounted, second.resolve("elsewhere"));
            if (instead.equals("mount point")) {
                Files.createDirectory(mounted);
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);
        Files.deleteIfExists(mounted);
        Files.move(second.resolve("elsewhere"), mounted);
        world.recover();

        assertThat(world.layout().journal()).as(() -> world.failure).doesNotExist();
        assertThat(world.outside().ignoringDirectoryTimes().changesSince(outside.ignoringDirectoryTimes()))
                .isEmpty();
    }

    @Test
    void rollback_onlyNewFilesBehindALinkToNothing_isIncompleteUntilItIsThere() throws Exception {
        stage("plugins/new.yaml", "new");
        world.newAgent(3, () -> Files.move(second, world.root().resolve("elsewhere")));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);
        Files.move(world.root().resolve("elsewhere"), second);
        world.recover();

        assertThat(world.layout().journal()).as(() -> world.failure).doesNotExist();
        assertThat(second.resolve("plugins/new.yaml")).doesNotExist();
    }

    /** Nothing has a backup of it: it must not be replaced, and not be taken for the update's. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_oldAgentMakesAFileOfTheBundleAsItStops_keepsIt(int report) throws Exception {
        stage("plugins/made.yaml", "the bundle's");
        world.service.onFirstStop = () -> world.write("second/plugins/made.yaml", "the agent's", 0644);
        world.newAgent(report, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(second.resolve("plugins/made.yaml")).hasContent("the agent's");
        assertThat(world.failure).contains("was not there when the update was planned");
    }

    @Test
    void nextUpdate_hasADroppedFileBehindAnotherLink_keepsIt() throws Exception {
        Files.createSymbolicLink(world.home("extensions"), Path.of("../second/plugins"));
        stage("plugins/b.yaml", "b");
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        world.writeStatus(2);
        world.write("home/tmp/latest/agent", "new agent 2", 0755);
        stage("extensions/b.yaml", "b");

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(second.resolve("plugins/b.yaml")).hasContent("b");
        assertThat(world.failure).contains("another link leads to where it lies, so it stays: plugins/b.yaml");
    }

    /** Where links are not protected anybody can give a link of root's a second name in a directory like /tmp. */
    @Test
    void update_linkOfRootsMayHaveGotItsNameFromSomebodyElse_isRefused() throws Exception {
        assumeThat(Files.getAttribute(world.root(), "unix:uid"))
                .as("this is root")
                .isEqualTo(0);
        Path open = Files.createDirectory(world.root().resolve("open"));
        Files.setAttribute(open, "unix:mode", 01777);
        Files.createSymbolicLink(world.root().resolve("current"), second.resolve("plugins"));
        Files.createLink(open.resolve("plugins"), world.root().resolve("current"));
        Files.delete(world.home("plugins"));
        Files.createSymbolicLink(world.home("plugins"), Path.of("../open/plugins"));
        stage("plugins/a.yaml", "new a");

        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);

        assertThat(world.failure).contains("open can be written by others (mode 1777)");
        Files.delete(world.root().resolve("current"));
        world.writeStatus(2);
        world.newAgent(0, () -> {});
        assertThat(world.update()).as("with one name: " + world.failure).isZero();
    }
}
