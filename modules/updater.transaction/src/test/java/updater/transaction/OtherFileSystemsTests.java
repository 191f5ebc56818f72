package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.Bytes;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.FileCopy;
import updater.fs.Pinned;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.World;

/** File systems that refuse what their mounts allow, have large holes, or attributes that belong to bytes. */
final class OtherFileSystemsTests {
    @TempDir
    private Path directory;

    private int worlds;

    private World world() throws IOException {
        return world(Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)));
    }

    private static World world(Path root) throws IOException {
        World world = new World(root, Definition.OUTSIDE, product -> product, context -> context);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/data", "the agent's", 0600);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/b.so", "new b", 0644);
        return world;
    }

    private static Judge judge(World world, int report) throws IOException {
        return new Judge(world, GeneratedUpdate.plain(Definition.OUTSIDE, report));
    }

    @ParameterizedTest
    @EnumSource(DividedDisk.Refused.class)
    void update_renamesAreRefusedWithinAMount_filesAreCopied(DividedDisk.Refused refused) throws Exception {
        World world = world();
        world.above = disk -> new DividedDisk(disk, refused);
        Judge judge = judge(world, 0);

        assertThat(world.update()).as(() -> world.failure).isZero();

        judge.updated();
    }

    @ParameterizedTest
    @EnumSource(DividedDisk.Refused.class)
    void update_renamesAreRefusedAndTheNewAgentFails_everythingIsAsItWas(DividedDisk.Refused refused) throws Exception {
        World world = world();
        world.above = disk -> new DividedDisk(disk, refused);
        Judge judge = judge(world, 3);
        world.newAgent(3, () -> {
            Files.delete(world.home("data"));
            Files.writeString(world.home("lib/a.so"), "by the new agent");
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_killedAnywhereWhereRenamesAreRefused_exactlyOldOrNew(int report) throws Exception {
        for (int point = 5; ; point += 9) {
            try (World world = world()) {
                world.above = disk -> new DividedDisk(disk, DividedDisk.Refused.BETWEEN_DIRECTORIES);
                Judge judge = judge(world, report);
                int at = point;
                boolean killed = world.killed(() -> world.points.killAt(at), true);
                world.killed(() -> {}, false);
                assertThat(world.exit).as(() -> at + ": " + world.failure).isNotEqualTo(4);
                judge.oneOfThem();
                if (!killed) {
                    return;
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_nestedSubvolumeOfBtrfs_filesAreCopied(int report) throws Exception {
        Path mount = mount("btrfs");
        try {
            Path root = Files.createDirectory(mount.resolve("host"));
            Files.createDirectory(root.resolve("home"));
            assertThat(run(
                            "btrfs",
                            "subvolume",
                            "create",
                            root.resolve("home/lib").toString()))
                    .isTrue();
            World world = world(root);
            Judge judge = judge(world, report);
            Files.write(world.home("lib/large"), new byte[30 << 20]);
            world.newAgent(report, () -> {
                if (report == 3) {
                    Files.writeString(world.home("lib/a.so"), "by the new agent");
                }
            });

            assertThat(world.update()).as(() -> world.failure).isEqualTo(report == 0 ? 0 : 1);

            assertThat(world.home("agent")).hasContent(report == 0 ? World.NEW : World.OLD);
            assertThat(world.home("lib/a.so")).hasContent(report == 0 ? "new a" : "old a");
            assertThat(judge).isNotNull();
        } finally {
            run("umount", mount.toString());
        }
    }

    /** Whatever is large is copied at once, and takes no room: its blocks belong to both. */
    @ParameterizedTest
    @ValueSource(strings = {"xfs", "btrfs"})
    void copy_whereBlocksCanBeShared_takesNoRoom(String type) throws Exception {
        Path mount = mount(type);
        try (Directory root = Disk.ofHost().open(mount)) {
            byte[] some = new byte[1 << 20];
            new Random(1).nextBytes(some);
            try (RandomAccessFile file =
                    new RandomAccessFile(mount.resolve("large").toFile(), "rw")) {
                for (int i = 0; i < 48; i++) {
                    file.write(some);
                }
                file.getFD().sync();
            }
            long before = Disk.ofHost().space(mount).usableBytes();

            FileCopy.copy(root, "large", root, "copy");
            run("sync", "-f", mount.toString());

            assertThat(before - Disk.ofHost().space(mount).usableBytes()).isLessThan(2 << 20);
            assertThat(Files.mismatch(mount.resolve("large"), mount.resolve("copy")))
                    .isEqualTo(-1);
        } finally {
            run("umount", mount.toString());
        }
    }

    /** Returns where a new file system of that type is mounted, which has to be unmounted. */
    private Path mount(String type) throws Exception {
        Path image = directory.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(320 << 20);
        }
        Path mount = Files.createDirectory(directory.toRealPath().resolve("mount"));
        assumeThat(run("mkfs." + type, "-q", image.toString())
                        && run("mount", "-o", "loop", image.toString(), mount.toString()))
                .as(type + " can be mounted here")
                .isTrue();
        return mount;
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void sparse(Path file, String content) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(500L << 30);
            out.seek(250L << 30);
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** More than any disk here has room for, and more than anybody reads. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(120)
    void update_hugeFileOfHoles_isBackedUpAndRestoredAsHoles(boolean truncated) throws Exception {
        World world = world();
        Path queue = world.home("queue.db");
        sparse(queue, "the old agent's");
        Judge judge = judge(world, 3);
        world.newAgent(3, () -> {
            if (truncated) {
                Files.write(queue, new byte[0]);
            } else {
                sparse(queue, "the new agent's");
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        judge.old();
        try (Directory home = Disk.ofHost().open(world.layout().home());
                Pinned file = home.pin("queue.db")) {
            assertThat(home.traits("queue.db").allocated()).isLessThan(1 << 20);
            assertThat(file.data(0).start()).isGreaterThan(200L << 30);
            ByteBuffer found = ByteBuffer.allocate(15);
            file.read().read(found, 250L << 30);
            assertThat(new String(found.array(), StandardCharsets.UTF_8)).isEqualTo("the old agent's");
        }
    }

    @Test
    void update_largeFileChangedAsTheAgentStops_warnsAndNamesIt() throws Exception {
        World world = world();
        Path queue = world.home("queue.db");
        Files.write(queue, new byte[70 << 20]);
        world.service.onFirstStop = () -> Files.write(queue, new byte[71 << 20]);
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.failure)
                .contains("queue.db (" + (71 << 20) + " bytes)")
                .contains("mutable");
    }

    private static final String HASH = "security.ima";

    private static void annotate(Path file, Map<String, String> values) throws IOException {
        try (Directory parent = Disk.ofHost().open(file.getParent());
                Pinned pinned = parent.pin(file.getFileName().toString())) {
            Map<String, Bytes> all = new HashMap<>();
            values.forEach((name, value) -> all.put(name, Bytes.of(value.getBytes(StandardCharsets.UTF_8))));
            pinned.setAttributes(all);
        } catch (IOException e) {
            assumeThat(e).as("this user and file system know the attribute").isNull();
        }
    }

    private static Map<String, Bytes> attributes(Path file) throws IOException {
        try (Directory parent = Disk.ofHost().open(file.getParent())) {
            return parent.attributes(file.getFileName().toString());
        }
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** To the hash of the old bytes belong the old bytes; what an operator added belongs to the place. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_installedFilesHaveHashes_newOnesGetNoneButTheirOwn(int report) throws Exception {
        World world = world();
        annotate(world.home("agent"), Map.of(HASH, "\1old hash", "user.note", "keep"));
        annotate(world.home("lib/a.so"), Map.of(HASH, "\1old hash of a"));
        annotate(world.root().resolve("units/agent.unit"), Map.of(HASH, "\1old hash of the unit"));
        annotate(world.staged("lib/a.so"), Map.of(HASH, "\1new hash of a"));
        TreeSnapshot before = world.home();
        world.newAgent(report, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(report == 0 ? 0 : 1);

        if (report == 3) {
            assertThat(world.home().changesSince(before)).isEmpty();
            assertThat(attributes(world.root().resolve("units/agent.unit"))).containsKey(HASH);
            return;
        }
        assertThat(attributes(world.home("agent"))).doesNotContainKey(HASH).containsEntry("user.note", bytes("keep"));
        assertThat(attributes(world.home("lib/a.so"))).containsEntry(HASH, bytes("\1new hash of a"));
        assertThat(attributes(world.root().resolve("units/agent.unit"))).doesNotContainKey(HASH);
    }
}
