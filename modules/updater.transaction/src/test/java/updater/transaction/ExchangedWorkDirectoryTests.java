package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.Vendor;
import updater.transaction.world.World;

/**
 * The agent's user exchanges the updater's directory for another one of root's that lies in home, and in which he may write, as
 * packages have them for data. Whatever he knows of the names in the updater's, he can make in there.
 */
final class ExchangedWorkDirectoryTests extends Story {
    private static final int AGENT = 4711;

    private final Vendor vendor = new Vendor();
    private World world;
    private Path shared;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(OtherUsersTests.privileged());
        world = new World(root(), Definition.OUTSIDE, product -> vendor.trusting(product, false), context -> context);
        world.newAgent(0, () -> {});
        world.write("jmx.jar", "old jar", 0644);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        world.write("home/roots", "old of root's", 0644);
        world.write("home/tmp/latest/roots", "new of root's", 0644);
        vendor.sign(world, "v2", 20);
        giveToTheAgent(world.layout().home());
        Files.setAttribute(world.home("roots"), "unix:uid", 0);
        shared = Files.createDirectory(world.home("shared"));
        Files.setAttribute(shared, "unix:mode", 0777);
    }

    private static void giveToTheAgent(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.toList()) {
                Files.setAttribute(path, "unix:uid", AGENT, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    /** Makes what is in the updater's directory in the other one, as files of his own, and exchanges the two. */
    private void exchange() throws IOException {
        Path work = world.layout().work();
        List<Path> all;
        try (Stream<Path> found = Files.walk(work)) {
            all = found.skip(1).toList();
        }
        for (Path path : all) {
            Path copy = shared.resolve(work.relativize(path));
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(copy);
            } else {
                Files.writeString(copy, "planted");
            }
            giveToTheAgent(copy);
        }
        Files.move(work, world.home("mine"));
        Files.move(shared, work);
    }

    /** What lies outside has its backup elsewhere. */
    private void assertNothingPlanted(String ofRoots, String ofTheAgents) throws IOException {
        for (Path file : List.of(world.root().resolve("jmx.jar"), world.home("roots"))) {
            assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(0);
        }
        assertThat(world.root().resolve("jmx.jar")).hasContent("old jar");
        assertThat(world.home("roots")).hasContent(ofRoots);
        assertThat(world.home("agent")).hasContent(ofTheAgents);
    }

    @Test
    void update_exchangedWhileTheOldAgentStops_installsNothingOfIt() throws Exception {
        world.service.onStop = () -> {
            if (world.service.running.equals(World.OLD) && Files.exists(shared)) {
                exchange();
            }
        };

        assertThat(world.update()).as(() -> world.failure).isNotZero();

        assertNothingPlanted("old of root's", World.OLD);
    }

    @Test
    void rollback_exchangedWhileTheNewAgentRuns_takesNothingBackFromIt() throws Exception {
        world.newAgent(3, this::exchange);

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);

        assertNothingPlanted("new of root's", World.NEW);
        assertThat(world.layout().journal()).exists();
    }

    /** It was there before: nothing of what lies in it is used, and nobody else gets in any more. */
    @Test
    void update_exchangedBefore_usesNothingOfIt() throws Exception {
        for (String name : List.of("verified", "migrated", "copies", "staged", "rollback", "previous")) {
            giveToTheAgent(Files.createDirectory(shared.resolve(name)));
        }
        Files.writeString(shared.resolve("data"), "somebody's");
        Files.move(shared, world.layout().work());

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(world.layout().work().resolve("data")).hasContent("somebody's");
        assertThat(Files.getAttribute(world.layout().work(), "unix:mode")).isEqualTo(040700);
        assertThat(world.layout().work().resolve("migrated")).doesNotExist();
    }
}
