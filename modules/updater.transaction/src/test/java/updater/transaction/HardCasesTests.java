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
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import updater.api.Bytes;
import updater.api.service.ServiceState.Activity;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Space;
import updater.fs.faulty.ForwardingDirectory;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.FakeService;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.Node;
import updater.transaction.world.UndoOrder;
import updater.transaction.world.World;

/** Stories of what went wrong once, or would go wrong if one line were missing, and what random worlds seldom meet. */
final class HardCasesTests extends Story {
    private World plain() throws IOException {
        return World.plain(root());
    }

    private static Judge judge(World world) throws IOException {
        return new Judge(world, GeneratedUpdate.plain(Definition.OUTSIDE, -1));
    }

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

    /** The status file may say Installed, and the new agent run, although the undo has begun. */
    @Test
    void recover_killedBehindTheStopOfTheRollbackThenRebooted_isRolledBack() throws Exception {
        World world = plain();
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

    /**
     * Where there was no time to read linked files, their inodes alone prove what is in them; a boot gives the device of them
     * another number.
     */
    @Test
    void recover_noChecksumsThenRebooted_isRolledBack() throws Exception {
        World world = plain();
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        Judge judge = judge(world);
        world.above = disk -> new SlowDisk(disk, world);
        assertThat(world.killed(
                        () -> world.points.killAtFirst(
                                "before syncFileSystem " + world.layout().home(), "after relabel"),
                        true))
                .isTrue();
        world.reboot();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /** Each look at attributes takes a second. */
    private record SlowDisk(Disk disk, World world) implements Disk {
        @Override
        public Directory open(Path absolute) throws IOException {
            return new Slow(disk.open(absolute), world);
        }

        @Override
        public Space space(Path path) throws IOException {
            return disk.space(path);
        }
    }

    private static final class Slow extends ForwardingDirectory {
        private final World world;

        Slow(Directory directory, World world) {
            super(directory);
            this.world = world;
        }

        @Override
        public Directory child(String name) throws IOException {
            return new Slow(directory.child(name), world);
        }

        @Override
        public Map<String, Bytes> attributes(String name) throws IOException {
            world.clock.advance(Duration.ofSeconds(1));
            return directory.attributes(name);
        }
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

    /** Invariant 8. */
    @Test
    void rollback_ofAQuietHost_isTheExactReverseOfThePlacing() throws Exception {
        World world = plain();
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
    @Test
    void recover_afterAnIncompleteRollback_undoesAllStepsOnceMore() throws Exception {
        World world = plain();
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
        assertThat(world.home().changesSince(world.atExit)).isEmpty();
        assertThat(world.layout().journal()).exists();
        world.service.mend();

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
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
    void update_serviceNoLongerEnabled_rollbackIsIncomplete() throws Exception {
        World world = plain();
        world.newAgent(3, () -> world.service.enablement = "disabled");

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);

        assertThat(world.failure).contains("enablement expected enabled, found disabled");
    }

    /** The backup is a copy, whose content is known by its checksum alone: size and time are as they were. */
    @Test
    void update_backupHasAnotherContent_rollbackIsIncomplete() throws Exception {
        World world = plain();
        Path file = world.write("home/lib/a.so", "old a", 0644);
        Files.createLink(world.home("lib/also-a.so"), file);
        // Long before the new agent starts: else what has that time may be taken for what it wrote.
        FileTime modified = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(file, modified);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.newAgent(3, () -> {
            try (Stream<Path> backups = Files.walk(world.layout().rollback())) {
                for (Path backup :
                        backups.filter(path -> path.endsWith("lib/a.so")).toList()) {
                    Files.writeString(backup, "odd a");
                    Files.setLastModifiedTime(backup, modified);
                }
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);

        assertThat(world.failure).contains("lib/a.so: content (CRC32C expected ");
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

    /** It runs whenever one looks, and crashes a while after each start: the restarts tell, if one looks for long enough. */
    @Test
    void rollback_oldAgentCrashesOverAndOver_isIncomplete() throws Exception {
        World world = plain();
        world.newAgent(3, () -> {});
        FakeService.Deed starts = world.service.onStart;
        world.service.restartDelay = Duration.ofMillis(200);
        world.service.onStart = () -> {
            starts.run();
            if (world.service.running.equals(World.OLD)) {
                world.clock.after(Duration.ofMillis(900), () -> world.service.restarts++);
            }
        };

        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);

        assertThat(world.failure).contains("the old agent's service");
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

    @Test
    void rollback_ofTheDefinition_relabelsIt() throws Exception {
        World world = plain();
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        List<String> calls = world.service.calls();
        assertThat(calls.subList(calls.lastIndexOf("stop"), calls.lastIndexOf("start")))
                .contains("relabel");
    }

    /** A journal without a guard is a host that nobody comes back for. */
    @Test
    void update_killedBeforeTheGuardIsDisarmed_hasNoJournalAnyMore() throws Exception {
        World world = plain();
        world.newAgent(0, () -> {});

        assertThat(world.killed(() -> world.points.killAtFirst("before disarm", "after start"), true))
                .isTrue();

        assertThat(world.layout().journal()).doesNotExist();
    }

    @Test
    void recover_newAgentReportedSuccessAndEnded_isRolledBack() throws Exception {
        World world = plain();
        Judge judge = judge(world);
        world.newAgent(-1, () -> {
            world.writeStatus(0);
            world.service.exit(Activity.INACTIVE);
            throw new CrashPoints.Killed("the start of the new agent");
        });
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.newAgent(-1, () -> {});

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    /** Whoever finds no journal cleans nothing up. */
    @Test
    void cleanUp_killedBeforeTheBackupIsRemoved_isRepeated() throws Exception {
        World world = plain();
        world.newAgent(0, () -> {});
        String removal = "before deleteDirectory " + world.layout().rollback();

        assertThat(world.killed(() -> world.points.killAtFirst(removal, "after start"), true))
                .isTrue();
        assertThat(world.recover()).as(() -> world.failure).isZero();

        assertThat(world.layout().rollback()).doesNotExist();
    }
}
