package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Space;
import updater.transaction.world.FakeService;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** What an update must have made ready before it stops the old agent. */
final class PreparationCasesTests extends Story {
    private static final int BLOCK = 4096;
    private static final int PATHS = 1000;

    private static World withRuntime(Path root) throws IOException {
        World world = World.plain(root);
        world.write("home/data/x", "x", 0644);
        world.write("state/runtime-1-1/bin/java", "java", 0755);
        world.write("state/runtime-1-1/updater", "launcher", 0755);
        world.javaHome = root.resolve("state/runtime-1-1");
        return world;
    }

    @Test
    void prepare_guardAndRuntime_areThereBeforeTheStop() throws Exception {
        Path root = root();
        World world = withRuntime(root);
        FakeService.Deed first = world.service.onFirstStop;
        world.service.onFirstStop = () -> {
            first.run();
            assertThat(world.service.armed).as("armed").isTrue();
        };
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        List<String> log = world.points.log();
        int flipped = first(log, did -> did.startsWith("after rename ") && did.endsWith("/state/.runtime.updater-new"));
        assertThat(flipped).as("the link to the runtime").isNotNegative();
        assertThat(flipped)
                .as("the runtime precedes the record of the preparation")
                .isLessThan(prepared(log));
        assertThat(world.ran).containsExactly(world.layout().stateLauncher() + " --version");
    }

    @Test
    void prepare_backup_isForcedBeforeItsRecord() throws Exception {
        Path root = root();
        World world = withRuntime(root);
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        List<String> log = world.points.log();
        int copied = first(log, did -> did.startsWith("after ") && did.endsWith("/.updater/rollback/home/data/x"));
        int synced = copied
                + first(
                        log.subList(copied, log.size()),
                        ("after syncFileSystem " + world.layout().home())::equals);
        assertThat(copied).as("the copy").isNotNegative();
        assertThat(synced).as("home is forced behind the copy").isBetween(copied + 1, prepared(log));
    }

    /** The last force of the journal before the guard is armed. */
    private static int prepared(List<String> log) {
        int armed = log.indexOf("before arm");
        assertThat(armed).as("arming").isNotNegative();
        return IntStream.range(0, armed)
                .filter(i ->
                        log.get(i).startsWith("before force ") && log.get(i).endsWith("/state/journal"))
                .max()
                .orElse(-1);
    }

    private static int first(List<String> log, Predicate<String> what) {
        return IntStream.range(0, log.size())
                .filter(i -> what.test(log.get(i)))
                .findFirst()
                .orElse(-1);
    }

    /** There is room for each copy and its name, but only for half of each path's records. */
    @Test
    void prepare_stateDirectory_needsSpaceForEachPath() throws Exception {
        Path root = root();
        Space tooLittle = new Space(PATHS * (BLOCK + 264 + 512L) + (1 << 20), OptionalLong.empty(), "fake", BLOCK);
        World world = new World(root, Definition.NONE, product -> product, context -> context);
        world.above = disk -> new Disk() {
            @Override
            public Directory open(Path absoluteDirectory) throws IOException {
                return disk.open(absoluteDirectory);
            }

            @Override
            public Space space(Path path) {
                return tooLittle;
            }
        };
        for (int i = 0; i < PATHS; i++) {
            world.write("home/data/" + i, "x", 0644);
        }
        world.newAgent(0, () -> {});

        assertThat(world.update()).isEqualTo(5);

        assertThat(world.failure).contains("not enough disk space");
        assertThat(Files.exists(world.layout().rollback())).isFalse();
    }

    /** Cannot fail unless root runs it, for only root can give a directory away. */
    @Test
    void prepare_newFile_belongsToItsDirectorysOwner() throws Exception {
        Path root = root();
        World world = World.plain(root);
        Path library = Files.createDirectories(world.home("lib"));
        if (Files.getAttribute(root, "unix:uid").equals(0)) {
            Files.setAttribute(library, "unix:uid", 4711);
        }
        world.write("home/tmp/latest/lib/a.so", "new", 0644);
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(Files.getAttribute(world.home("lib/a.so"), "unix:uid"))
                .isEqualTo(Files.getAttribute(library, "unix:uid"));
    }
}
