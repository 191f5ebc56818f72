package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.Judge;
import updater.transaction.world.Node;
import updater.transaction.world.World;

/** Stories of what went wrong once, or would go wrong if one line were missing, and what random worlds seldom meet. */
final class HardCasesTests extends HardCase {
    @Test
    void update_newAgentWroteThroughASecondName_isRolledBack() throws Exception {
        World world = plain();
        world.write("home/lib/a.so", "old a", 0644);
        Files.createLink(world.home("lib/also-a.so"), world.home("lib/a.so"));
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        Judge judge = judge(world);
        world.newAgent(3, () -> Files.writeString(world.home("lib/also-a.so"), "through the second name"));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    @Test
    void update_newAgentRenamedADirectoryThatWasPlacedIn_isRolledBack() throws Exception {
        World world = new World(root(), Definition.NONE, product -> product, context -> context);
        world.write("home/zlib/a.so", "old a", 0644);
        world.write("home/tmp/latest/zlib/a.so", "new a", 0644);
        Judge judge = judge(world);
        world.newAgent(3, () -> {
            Files.move(world.home("zlib"), world.home("zlib.old"));
            world.write("home/zlib/a.so", "another a", 0600);
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /** What replaces a file gets its owner and its attributes, whichever of both it has. */
    @Test
    void update_replacedFileHasAnOwnerAndAttributes_keepsBoth() throws Exception {
        World world = plain();
        Path file = world.write("home/lib/a.so", "old a", 0640);
        world.write("home/tmp/latest/lib/a.so", "new a", 0640);
        Files.setAttribute(file, "user:note", new byte[] {7});
        int group = world.privileged ? 4711 : (int) Files.getAttribute(file, "unix:gid");
        Files.setAttribute(file, "unix:gid", group);
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(file).hasContent("new a");
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(group);
        assertThat((byte[]) Files.getAttribute(file, "user:note")).containsExactly(7);
    }

    @Test
    void update_oldAgentChangedWhatIsBackedUpAsItExited_isRolledBack() throws Exception {
        World world = plain();
        world.write("home/data/file", "a file", 0644);
        world.write("home/data/tree/x", "x", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.service.onStop = () -> {
            if (world.service.running.equals(World.OLD)) {
                Files.delete(world.home("data/file"));
                world.write("home/data/file/y", "now a directory", 0600);
                World.remove(world.home("data/tree"));
                world.write("home/data/tree", "now a file", 0600);
            }
        };
        Judge judge = judge(world);
        world.newAgent(3, () -> World.remove(world.home("data")));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    @Test
    void update_newAgentLeftANameThatIsNoText_isRolledBack() throws Exception {
        World world = plain();
        world.write("home/data/x", "x", 0644);
        Judge judge = judge(world);
        world.newAgent(3, () -> {
            Process process = new ProcessBuilder("sh", "-c", "mkdir \"$(printf 'bad\\377')\" && cd bad* && : >x")
                    .directory(world.home("data").toFile())
                    .start();
            try {
                assertThat(process.waitFor()).isZero();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    private static String shell(World world, String script) {
        try {
            Process process = new ProcessBuilder("sh", "-euc", script)
                    .directory(world.layout().home().toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            return output;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void update_linksThatHoldNoText_areRolledBackByteForByte() throws Exception {
        World world = plain();
        world.write("home/data/x", "x", 0644);
        String links = "cd data; for link in *; do readlink \"$link\" || :; done | od -An -tx1";
        shell(world, "cd data; for name in same changed gone; do ln -s \"$(printf 'old\\377')\" $name; done");
        String before = shell(world, links);
        Judge judge = judge(world);
        world.newAgent(3, () -> shell(world, """
                        cd data; rm gone changed; ln -s "$(printf 'old\\376')" changed
                        mkdir -p deep/er; ln -s "$(printf '\\200')" new; ln -s "$(printf '\\200')" deep/er/new
                        """));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        assertThat(shell(world, links)).isEqualTo(before);
    }

    @Test
    void update_newAgentLeftANameThatIsNoTextInANewDirectory_isRolledBack() throws Exception {
        World world = plain();
        world.write("home/tmp/latest/made/file", "x", 0644);
        Judge judge = judge(world);
        world.newAgent(3, () -> shell(world, "cd made; d=$(printf 'bad\\377'); mkdir \"$d\"; cd \"$d\"; : >\"$d\""));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    @Test
    void update_newAgentRemovedASocket_isRolledBack() throws Exception {
        World world = plain();
        Node.plant(world.layout().home(), List.of(new Node(Node.Kind.SOCKET, "agent.sock", 0)));
        world.newAgent(3, () -> Files.delete(world.home("agent.sock")));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.service.running).isEqualTo(World.OLD);
    }

    /** What cannot be got back from there is said, and does not keep later updates from being. */
    @Test
    void update_newAgentReplacedTmp_itsLinkIsNotFollowed() throws Exception {
        World world = plain();
        world.write("home/data", "x", 0644);
        world.newAgent(0, () -> {
            World.remove(world.layout().tmp());
            Files.createSymbolicLink(world.layout().tmp(), Path.of("/etc"));
            Files.setLastModifiedTime(world.home("data"), FileTime.fromMillis(0));
        });

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.layout().work()).doesNotExist();
        assertThat(Files.isSymbolicLink(world.layout().tmp())).isTrue();
        assertThat(Path.of("/etc/passwd")).exists();
    }

    @Test
    void update_newAgentRestartedAfterItsReport_isRolledBack() throws Exception {
        World world = plain();
        Judge judge = judge(world);
        world.newAgent(0, () -> world.clock.after(Duration.ofMillis(900), () -> world.service.restarts++));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /** Configuration management starts the agent as soon as it finds it stopped; only processes tell, for nobody reports. */
    @Test
    void update_oldAgentStartedBetweenStopAndStart_newOneRunsInTheEnd() throws Exception {
        World world = plain();
        world.writeStatus(0);
        world.newAgent(-1, () -> {});
        world.service.onFirstStop = () -> {
            world.service.boot();
            world.clock.advance(Duration.ofMillis(100));
        };

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
    }

    /** The agent was not told of this update: what its status file says is of an earlier one. */
    @Test
    void update_statusOfAnEarlierFailure_isNotTheNewAgentsReport() throws Exception {
        World world = plain();
        world.writeStatus(3);
        Files.setLastModifiedTime(
                world.home(World.STATUS), FileTime.from(Instant.now().minusSeconds(3600)));
        world.newAgent(-1, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();
    }
}
