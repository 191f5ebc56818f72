package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import updater.api.service.ServiceState.Activity;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.Node;
import updater.transaction.world.UndoOrder;
import updater.transaction.world.World;

/** Play what went wrong once, or would go wrong if one line were missing, and what random scenarios seldom meet. */
final class HardCases {
    private HardCases() {}

    /** One host, and one update of it. */
    @FunctionalInterface
    interface Case {
        void play(Path root) throws Exception;
    }

    static Map<String, Case> all() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("new agent writes through a second name", HardCases::newAgentWritesThroughASecondName);
        cases.put(
                "new agent renames a directory that was placed in",
                HardCases::newAgentRenamesADirectoryThatWasPlacedIn);
        cases.put(
                "killed behind the stop of the undo then rebooted",
                HardCases::killedBehindTheStopOfTheUndoThenRebooted);
        cases.put("roll back once more", HardCases::rollBackOnceMore);
        cases.put(
                "old agent changes what is backed up while it exits",
                HardCases::oldAgentChangesWhatIsBackedUpWhileItExits);
        cases.put("new agent leaves a name that is no text", HardCases::newAgentLeavesANameThatIsNoText);
        cases.put("new agent removes a socket", HardCases::newAgentRemovesASocket);
        cases.put("new agent replaces tmp", HardCases::newAgentReplacesTmp);
        cases.put("undo is the exact reverse of the placing", HardCases::undoIsTheExactReverseOfThePlacing);
        cases.putAll(PreparationCases.all());
        return cases;
    }

    private static Judge judge(World world) throws IOException {
        return new Judge(world, GeneratedUpdate.plain(Definition.OUTSIDE, -1));
    }

    static void newAgentWritesThroughASecondName(Path root) throws Exception {
        World world = World.plain(root);
        world.write("home/lib/a.so", "old a", 0644);
        Files.createLink(world.home("lib/also-a.so"), world.home("lib/a.so"));
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        Judge judge = judge(world);
        world.newAgent(3, () -> Files.writeString(world.home("lib/also-a.so"), "through the second name"));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    static void newAgentRenamesADirectoryThatWasPlacedIn(Path root) throws Exception {
        World world = new World(root, Definition.NONE, product -> product, context -> context);
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

    /** The status file may say Installed, and the new agent run, although the undo has begun. */
    static void killedBehindTheStopOfTheUndoThenRebooted(Path root) throws Exception {
        World world = World.plain(root);
        Judge judge = judge(world);
        world.newAgent(-1, () -> {});
        world.service.onStop = () -> {
            if (world.service.running.equals(World.NEW)) {
                world.writeStatus(0);
                world.service.exit(Activity.INACTIVE);
                throw new CrashPoints.Killed("the stop of the undo");
            }
        };
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.service.onStop = () -> {};
        world.reboot();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /** Invariant 8. */
    static void undoIsTheExactReverseOfThePlacing(Path root) throws Exception {
        World world = World.plain(root);
        for (String name : List.of("lib/a.so", "lib/b.so", "lib/sub/c.so")) {
            world.write("home/" + name, "old", 0644);
            world.write("home/tmp/latest/" + name, "new", 0644);
            world.write("home/tmp/latest/" + name + ".new", "created", 0644);
        }
        Judge judge = judge(world);
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        UndoOrder.check(world);
    }

    /** Invariant 8: all steps are undone twice. */
    static void rollBackOnceMore(Path root) throws Exception {
        World world = World.plain(root);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/data/empty/x", "x", 0600);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/b/c.so", "new c", 0644);
        world.write("jmx.jar", "old jar", 0604);
        world.write("home/tmp/latest/jmx.jar", "new jar", 0644);
        Judge judge = judge(world);
        world.newAgent(3, () -> {
            World.remove(world.home("data"));
            world.service.fail("reload");
        });
        assertThat(world.update()).isEqualTo(4);
        assertThat(world.atExit.differencesTo(world.home())).isEmpty();
        assertThat(world.layout().journal()).exists();
        world.service.mend();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    static void oldAgentChangesWhatIsBackedUpWhileItExits(Path root) throws Exception {
        World world = World.plain(root);
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

    static void newAgentLeavesANameThatIsNoText(Path root) throws Exception {
        World world = World.plain(root);
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

    static void newAgentRemovesASocket(Path root) throws Exception {
        World world = World.plain(root);
        Node.plant(world.layout().home(), List.of(new Node(Node.Kind.SOCKET, "agent.sock", 0)));
        world.newAgent(3, () -> Files.delete(world.home("agent.sock")));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.service.running).isEqualTo(World.OLD);
    }

    /** What cannot be got back from there is said, and does not keep later updates from being. */
    static void newAgentReplacesTmp(Path root) throws Exception {
        World world = World.plain(root);
        world.write("home/data", "x", 0644);
        world.newAgent(0, () -> {
            World.remove(world.layout().tmp());
            Files.createSymbolicLink(world.layout().tmp(), Path.of("/etc"));
            Files.setLastModifiedTime(world.home("data"), FileTime.fromMillis(0));
        });

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.layout().journal()).doesNotExist();
        assertThat(Files.isSymbolicLink(world.layout().tmp())).isFalse();
        assertThat(Path.of("/etc/passwd")).exists();
    }
}
