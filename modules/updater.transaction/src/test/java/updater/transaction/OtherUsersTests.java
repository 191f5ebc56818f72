package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** What other users made, or could have changed, becomes nobody else's. Only root can be tempted, so root runs these. */
@EnabledIf("privileged")
final class OtherUsersTests extends Story {
    private static final int AGENT = 4711;
    private static final int THIRD = 4712;

    private World world;

    static boolean privileged() throws IOException {
        Path any = Files.createTempFile("owner", "");
        try {
            return (int) Files.getAttribute(any, "unix:uid") == 0;
        } finally {
            Files.delete(any);
        }
    }

    @BeforeEach
    void begin() throws IOException {
        world = new World(root(), Definition.NONE, product -> product, context -> context);
        world.newAgent(0, () -> {});
    }

    private Path unit = Path.of("none");

    private void changesItsDefinition() throws IOException {
        world.close();
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("other")));
        world.newAgent(0, () -> {});
        unit = world.root().resolve("units/agent.unit");
    }

    private static void give(Path tree, int uid) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.toList()) {
                Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    private static int owner(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:uid");
    }

    private static Object inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino");
    }

    private void refused(String... words) throws Exception {
        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);
        assertThat(world.failure).contains(words);
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.staged("agent")).hasContent(World.NEW);
        assertThat(world.layout().work()).doesNotExist();
        assertThat(world.layout().journal()).doesNotExist();
    }

    private void updated() throws Exception {
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.home("agent")).hasContent(World.NEW);
    }

    @Test
    void update_agentsFilesInAgentsHome_stayTheAgentsInodes() throws Exception {
        give(world.layout().home(), AGENT);
        Object staged = inode(world.staged("agent"));

        updated();

        assertThat(owner(world.home("agent"))).isEqualTo(AGENT);
        assertThat(inode(world.home("agent"))).isEqualTo(staged);
    }

    @Test
    void update_rootUnpackedIntoAgentsHome_isGivenAway() throws Exception {
        give(world.layout().home(), AGENT);
        give(world.layout().staged(), 0);
        Object staged = inode(world.staged("agent"));

        updated();

        assertThat(owner(world.home("agent"))).isEqualTo(AGENT);
        assertThat(inode(world.home("agent"))).isEqualTo(staged);
    }

    /** The owner of home may have moved one of root's secrets into the tree. */
    @Test
    void update_rootsSecretInAgentsTree_isNotGivenAway() throws Exception {
        give(world.layout().home(), AGENT);
        Path secret = world.write("home/tmp/latest/secret", "root's", 0600);
        give(secret, 0);

        refused("secret would belong to user id " + AGENT, "belongs to user id " + AGENT);

        assertThat(owner(secret)).isZero();
    }

    @Test
    void update_thirdUsersFileInAgentsHome_isCopied() throws Exception {
        give(world.layout().home(), AGENT);
        give(world.staged("agent"), THIRD);
        Object staged = inode(world.staged("agent"));

        updated();

        assertThat(owner(world.home("agent"))).isEqualTo(AGENT);
        assertThat(inode(world.home("agent"))).isNotEqualTo(staged);
    }

    @Test
    void update_agentsFileForRoot_refused() throws Exception {
        give(world.staged("agent"), AGENT);

        refused("agent would belong to root", "tmp/latest/agent", "belongs to user id " + AGENT);

        assertThat(owner(world.staged("agent"))).isEqualTo(AGENT);
    }

    @Test
    void update_fileThatOthersMayWriteForRoot_refused() throws Exception {
        Files.setAttribute(world.staged("agent"), "unix:mode", 0777);

        refused("agent would belong to root", "can be written by others (mode 0777)");
    }

    @Test
    void update_directoryThatOthersMayWrite_refused() throws Exception {
        world.write("home/tmp/latest/lib/x", "x", 0644);
        Files.setAttribute(world.staged("lib"), "unix:mode", 0777);

        refused("lib/x would belong to root", "lib can be written by others (mode 0777)");
    }

    @Test
    void update_rootsFileInAgentsHome_refused() throws Exception {
        Files.setAttribute(world.layout().home(), "unix:uid", AGENT);

        refused("agent would belong to root", "home belongs to user id " + AGENT);
    }

    @Test
    void update_tmpBelongsToTheAgent_refused() throws Exception {
        Files.setAttribute(world.layout().tmp(), "unix:uid", AGENT);

        refused("agent would belong to root", "tmp belongs to user id " + AGENT);
    }

    @Test
    void update_privilegedFileOfTheAgents_refused() throws Exception {
        give(world.layout().home(), AGENT);
        Files.setAttribute(world.home("agent"), "unix:mode", 04755);

        refused("agent would have set-ID bits or capabilities");
    }

    @Test
    void update_definitionInAgentsTree_refused() throws Exception {
        changesItsDefinition();
        give(world.layout().home(), AGENT);

        refused("changes the definition of agent.service", "home belongs to user id " + AGENT);

        assertThat(unit).hasContent("old unit");
    }

    @Test
    void update_definitionOfTheAgentsInRootsTree_refused() throws Exception {
        changesItsDefinition();
        give(world.write("home/tmp/latest/install/agent.unit", "ExecStart=/bin/attack", 0644), AGENT);
        give(Files.createDirectory(world.home("install")), AGENT);

        refused("changes the definition of agent.service", "tmp/latest/install/agent.unit belongs to user id " + AGENT);

        assertThat(unit).hasContent("old unit");
    }

    @Test
    void update_directoryOfTheDefinitionIsTheAgents_refused() throws Exception {
        changesItsDefinition();
        give(
                world.write("home/tmp/latest/install/agent.unit", "ExecStart=/bin/attack", 0644)
                        .getParent(),
                AGENT);
        give(Files.createDirectory(world.home("install")), AGENT);

        refused("changes the definition of agent.service", "tmp/latest/install belongs to user id " + AGENT);
    }

    @Test
    void update_fileOutsideHomeFromAgentsTree_refused() throws Exception {
        world.write("jmx.jar", "old jar", 0644);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        give(world.layout().home(), AGENT);

        refused("jmx.jar would be installed outside home");

        assertThat(world.root().resolve("jmx.jar")).hasContent("old jar");
    }

    /** Whoever opened it before can still change it when it is root's. */
    @Test
    void update_stagedFileIsOpenForWriting_refused() throws Exception {
        world.write("jmx.jar", "old jar", 0644);
        Path staged = world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        try (FileChannel held = FileChannel.open(staged, StandardOpenOption.WRITE)) {
            assertThat(held.isOpen()).isTrue();

            refused("jmx.jar would be installed outside home", "is open for writing");
        }
        updated();
        assertThat(world.root().resolve("jmx.jar")).hasContent("new jar");
    }

    /** What was the agent's is kept as the agent's, who may have it open. */
    @Test
    void goBack_toAFileOfTheAgentsWhereRootsIsNow_refused() throws Exception {
        keepVersions();
        world.write("home/agent", "new agent 0", 0755);
        give(world.layout().home(), AGENT);
        try (FileChannel open = FileChannel.open(world.home("agent"), StandardOpenOption.WRITE)) {
            updated();
            open.write(ByteBuffer.wrap("new planted".getBytes(StandardCharsets.UTF_8)));
        }
        Files.setAttribute(world.home("agent"), "unix:uid", 0);

        assertThat(world.goBack()).isEqualTo(5);

        assertThat(world.failure).contains("agent would belong to root", "belonged to user id " + AGENT);
        assertThat(world.home("agent")).hasContent(World.NEW);
        give(world.home("agent"), AGENT);
        assertThat(world.goBack()).as(() -> world.failure).isZero();
        assertThat(world.home("agent")).hasContent("new planted");
        assertThat(owner(world.home("agent"))).isEqualTo(AGENT);
    }

    private void keepVersions() throws IOException {
        world.close();
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("other")),
                Definition.NONE,
                product -> GoingBackTests.keeping(product, 7, 1 << 20),
                context -> context);
        world.newAgent(0, () -> {});
    }

    /** A package's script gives all of home to the agent, and the version that is kept in it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void update_keptVersionWasGivenAway_isGivenUp(boolean back) throws Exception {
        keepVersions();
        updated();
        Path kept = world.layout().work().resolve("previous/agent");
        assertThat(kept).hasContent(World.OLD);
        give(world.layout().work(), AGENT);
        Files.writeString(kept, "the agent's");
        world.write("home/tmp/latest/agent", "newer", 0755);
        world.writeStatus(2);
        world.newAgent(0, () -> {});

        if (back) {
            assertThat(world.goBack()).isEqualTo(5);
            assertThat(world.failure).contains("Only the last update can be taken back");
            assertThat(world.home("agent")).hasContent(World.NEW);
        }
        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("agent")).hasContent("newer");
        assertThat(kept).hasContent(World.NEW);
        assertThat(owner(world.layout().work())).isZero();
    }

    @Test
    void update_agentPlantedTheUpdatersDirectory_refused() throws Exception {
        give(Files.createDirectory(world.layout().work()), AGENT);

        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure).contains(".updater is not a directory of user id 0");
        assertThat(world.layout().work()).exists();
        assertThat(world.service.calls()).doesNotContain("stop");
    }

    /** What lies in a directory of his is no backup. */
    @Test
    void rollback_agentExchangedTheUpdatersDirectory_isIncompleteAndTakesNothingFromIt() throws Exception {
        give(world.layout().home(), AGENT);
        world.write("home/data", "old", 0644);
        world.newAgent(3, () -> {
            world.write("home/data", "changed", 0644);
            Files.move(world.layout().work(), world.home("tmp/mine"));
            world.write("home/.updater/rollback/home/agent", "planted", 0755);
            world.write("home/.updater/rollback/home/data", "planted", 0644);
            give(world.layout().work(), AGENT);
        });

        assertThat(world.update()).isEqualTo(4);

        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(world.home("data")).hasContent("changed");
        assertThat(world.layout().journal()).exists();
    }
}
