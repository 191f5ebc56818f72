package updater.transaction.rollback;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.HomeLayout;
import updater.api.Product;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.fs.Directory;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** What the new agent wrote is kept for an operator, as far as the product's limit goes. */
final class KeptFilesTests {
    private static final int BLOCK = 4096;

    private World world;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        Path root = Files.createDirectory(directory.toRealPath().resolve("world"));
        world = new World(root, Definition.NONE, KeptFilesTests::limited, context -> context);
        world.write("home/storage/db", "old", 0600);
    }

    private static Product limited(Product product) {
        return ProductEdit.of(product)
                .retention(new Retention(4 * BLOCK, 12, 0, Retention.BYTES))
                .product();
    }

    private UpdateReport report() throws Exception {
        return ReportJson.read(Files.readAllBytes(world.layout().report()));
    }

    private List<String> kept() throws IOException {
        try (Stream<Path> files = Files.walk(world.layout().kept())) {
            return files.filter(Files::isRegularFile)
                    .map(file -> {
                        try {
                            return Files.readString(file);
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .sorted()
                    .toList();
        }
    }

    @Test
    void rollBack_newAgentWroteFiles_theyAreListedAndKept() throws Exception {
        world.newAgent(3, () -> {
            world.write("home/storage/db", "written by the new one", 0600);
            world.write("home/storage/more", "made by the new one", 0600);
        });

        assertThat(world.update()).isEqualTo(1);

        assertThat(report().changes().kept())
                .extracting(UpdateReport.KeptFile::path)
                .contains("storage/db", "storage/more");
        assertThat(kept()).contains("made by the new one", "written by the new one");
        assertThat(Files.readString(world.home("storage/db"))).isEqualTo("old");
    }

    @Test
    void rollBack_moreThanTheLimit_isListedWithoutAPlaceAndStillUndone() throws Exception {
        world.newAgent(3, () -> world.write("home/storage/big", "x".repeat(4 * BLOCK + 1), 0600));

        assertThat(world.update()).isEqualTo(1);

        assertThat(report().changes().kept())
                .filteredOn(file -> file.path().equals("storage/big"))
                .singleElement()
                .extracting(UpdateReport.KeptFile::where)
                .isEqualTo("");
        assertThat(world.home("storage/big")).doesNotExist();
    }

    @Test
    void rollBack_filesOfTheBundle_areNotKept() throws Exception {
        world.write("home/tmp/latest/lib/b.so", "from the bundle", 0644);
        Files.setLastModifiedTime(
                world.staged("lib/b.so"), java.nio.file.attribute.FileTime.fromMillis(1_000_000_000_000L));
        Files.setLastModifiedTime(
                world.staged("agent"), java.nio.file.attribute.FileTime.fromMillis(1_000_000_000_000L));
        world.newAgent(3, () -> {});

        assertThat(world.update()).isEqualTo(1);

        assertThat(report().changes().kept())
                .extracting(UpdateReport.KeptFile::path)
                .doesNotContain("lib/b.so", "agent");
    }

    @Test
    void rollBack_twoUpdatesInARow_bothAreWithinTheLimit() throws Exception {
        world.newAgent(3, () -> world.write("home/storage/more", "a".repeat(4 * BLOCK), 0600));
        assertThat(world.update()).isEqualTo(1);
        world.write("home/tmp/latest/agent", World.NEW, 0755);
        Files.setLastModifiedTime(
                world.staged("agent"), java.nio.file.attribute.FileTime.fromMillis(1_000_000_000_000L));
        world.write("home/" + World.STATUS, World.status(2, "again"), 0600);
        world.newAgent(3, () -> world.write("home/storage/more", "b".repeat(4 * BLOCK), 0600));

        assertThat(world.update()).isEqualTo(1);

        assertThat(kept()).containsExactly("b".repeat(4 * BLOCK));
    }

    private KeptFiles keptFiles() {
        return new KeptFiles(world.context(), "id", Instant.EPOCH, World.log());
    }

    private void displace(KeptFiles files, String name) throws IOException {
        try (Directory home = world.context().disk().open(world.layout().home())) {
            files.beforeReplacing(home, name, name);
        }
    }

    private long inodes() throws IOException {
        try (Stream<Path> files = Files.walk(world.layout().kept().resolve("id"))) {
            return files.count() - 1;
        }
    }

    @Test
    void beforeReplacing_moreFilesThanTheLimit_keepsAsManyAndCountsTheRest() throws Exception {
        for (int i = 0; i < 300; i++) {
            world.write("home/many/file" + i, "", 0600);
            world.write("home/single" + i, "", 0600);
        }
        KeptFiles files = keptFiles();
        displace(files, "many");
        for (int i = 0; i < 300; i++) {
            displace(files, "single" + i);
        }
        assertThat(inodes()).isLessThanOrEqualTo(12);
        assertThat(files.listed()).hasSize(201);
        assertThat(files.listed().getFirst().why()).endsWith("only a part is");
        assertThat(files.listed().getLast().why())
                .isEqualTo("101 more written by the new agent; not kept, or not all of it: 301 of 301");
    }

    @Test
    void beforeReplacing_inAnotherRunOfTheSameRollback_countsWhatIsKeptAlready() throws Exception {
        world.write("home/first", "x".repeat(3 * BLOCK), 0600);
        world.write("home/second", "x".repeat(3 * BLOCK), 0600);
        displace(keptFiles(), "first");
        displace(keptFiles(), "second");
        assertThat(kept()).containsExactly("x".repeat(3 * BLOCK));
    }

    @Test
    void beforeReplacing_aFileThatItsWriterHasOpen_isOutOfItsReach() throws Exception {
        Path file = world.write("home/growing", "x", 0666);
        try (FileChannel writer = FileChannel.open(file, StandardOpenOption.WRITE)) {
            displace(keptFiles(), "growing");
            Files.delete(file);
            writer.write(ByteBuffer.allocate(100 * BLOCK), 0);
        }
        assertThat(kept()).containsExactly("x");
    }

    @Test
    void beforeReplacing_aFileThatIsMostlyAHole_keepsIt() throws Exception {
        Path file = world.write("home/sparse", "", 0600);
        try (FileChannel writer = FileChannel.open(file, StandardOpenOption.WRITE)) {
            writer.write(ByteBuffer.wrap(new byte[] {1}), 1L << 40);
        }
        displace(keptFiles(), "sparse");
        try (Stream<Path> files = Files.walk(world.layout().kept())) {
            assertThat(files.filter(Files::isRegularFile))
                    .singleElement()
                    .satisfies(kept -> assertThat(Files.size(kept)).isEqualTo((1L << 40) + 1));
        }
    }

    @Test
    void beforeReplacing_aFileOfAnotherUser_keepsItForTheUpdaterOnly() throws Exception {
        world.write("home/tool", "x", 04755);
        displace(keptFiles(), "tool");
        Path kept = world.layout().kept().resolve("id").resolve("0-tool");
        assertThat(Files.getAttribute(kept, "unix:mode")).isEqualTo(0100600);
    }

    @Test
    void cleanUp_afterAnUpdate_stagedTreeThenBackupThenJournalThenGuard() throws Exception {
        world.write("home/tmp/latest/updater-runtime/lib/modules", "x", 0644);
        world.write("home/tmp/latest/updater", "planted", 0755);
        world.write("state/runtime-1-1/updater", "#!/bin/sh\n", 0755);
        world.javaHome = world.layout().state().resolve("runtime-1-1");
        world.newAgent(0, () -> {});
        world.points.begin();

        assertThat(world.update()).as(() -> world.failure).isZero();

        List<String> log = world.points.log();
        int backup = last(log, "before deleteDirectory " + world.layout().rollback());
        int journal = last(log, "before delete " + world.layout().journal());
        int guard = last(log, "before disarm");
        int staged = last(log, "before deleteDirectory " + world.layout().work().resolve(HomeLayout.CLAIMED));
        assertThat(List.of(staged, backup, journal, guard)).isSorted().doesNotContain(-1);
    }

    private static int last(List<String> log, String what) {
        return log.lastIndexOf(what);
    }
}
