package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** A host whose operator keeps a file of the last version elsewhere, with a link in its place, as the next one is staged. */
abstract class LinkInPlaceOfAFile {
    @TempDir
    private Path directory;

    private int worlds;
    Definition definition = Definition.OUTSIDE;
    World world;
    TreeSnapshot home;
    TreeSnapshot outside;

    @BeforeEach
    void makeWorld() throws Exception {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                definition,
                product -> ProductEdit.of(product)
                        .preserved(Set.of("config.yaml"))
                        .configuration(List.of("*.conf"))
                        .retention(new Retention(1 << 20, 1000, 7, 1 << 20))
                        .product(),
                context -> context);
        stage("lib/agent.jar", "jar 1");
        stage("etc/agent.conf", "conf 1");
        update();
        world.write("releases/agent-1.jar", "jar 1", 0640);
        lead("lib/agent.jar", "../../releases/agent-1.jar");
        next();
    }

    /** The second version. */
    void next() throws IOException {
        world.writeStatus(2);
        world.write("home/tmp/latest/agent", "new agent 2", 0755);
        stage("lib/agent.jar", "jar 2");
        stage("etc/agent.conf", "conf 1");
    }

    void stage(String path, String content) throws IOException {
        world.write("home/tmp/latest/" + path, content, 0644);
    }

    void lead(String path, String target) throws IOException {
        Files.deleteIfExists(world.home(path));
        Files.createSymbolicLink(world.home(path), Path.of(target));
        look();
    }

    void look() throws IOException {
        home = world.home();
        outside = world.outside();
    }

    /** Updates to a version that runs. */
    void update() throws Exception {
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    /** Updates to a version that reports a failure, and is rolled back. */
    void assertRollsBack() throws Exception {
        world.newAgent(3, () -> {});
        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
        assertOld();
    }

    void assertOld() {
        assertThat(world.home().changesSince(home)).as(() -> world.failure).isEmpty();
        assertThat(world.outside().changesSince(outside))
                .as(() -> world.failure)
                .isEmpty();
    }

    void assertNew() throws IOException {
        assertThat(world.home("lib/agent.jar")).isRegularFile().hasContent("jar 2");
        assertThat(world.home("lib/agent.jar"))
                .satisfies(file -> assertThat(Files.isSymbolicLink(file)).isFalse());
        assertThat(Files.getAttribute(world.home("lib/agent.jar"), "unix:mode")).isEqualTo(0100644);
        assertThat(world.outside().changesSince(outside)).allMatch(change -> change.startsWith("units/"));
    }

    void assertBack() {
        assertThat(world.home().ignoringDirectoryTimes().changesSince(home.ignoringDirectoryTimes()))
                .as(() -> world.failure)
                .isEmpty();
    }

    void give(String path) throws IOException {
        assumeThat(Files.getAttribute(world.root(), "unix:uid"))
                .as("this is root")
                .isEqualTo(0);
        for (String attribute : List.of("unix:uid", "unix:gid")) {
            Files.setAttribute(world.home(path), attribute, 65534, LinkOption.NOFOLLOW_LINKS);
        }
        look();
    }
}
