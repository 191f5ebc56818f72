package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
import updater.fs.TreeRemoval;
import updater.transaction.world.World;

/** Directories so deep in each other that no path reaches them. {@link ManyNamesMain} is for ten thousand of them. */
@EnabledOnOs(OS.LINUX)
final class DeepTreesTests {
    private static final int LEVELS = 700;
    private static final String PATH = "d/".repeat(LEVELS - 1) + "d";

    @TempDir
    Path temp;

    private World world;

    @BeforeEach
    void open() throws IOException {
        world = World.plain(Files.createDirectory(temp.toRealPath().resolve("world")));
        world.service.onFirstStop = () -> {};
    }

    /** Before JUnit does, which takes minutes for it. */
    @AfterEach
    void remove() throws IOException {
        try (Directory parent = Disk.ofHost().open(temp.toRealPath())) {
            TreeRemoval.remove(parent, "world");
        }
        world.close();
    }

    private static void makeDeep(Path in, String content) throws IOException {
        try (DirectoryChain chain = new DirectoryChain(Disk.ofHost())) {
            Directory end = chain.directory(in, PATH, (above, name) -> {
                if (above.lookup(name).isEmpty()) {
                    above.createDirectory(name, 0750);
                }
                return above.child(name);
            });
            if (end.lookup("file").isPresent()) {
                end.delete("file");
            }
            try (FileChannel file = end.create("file", 0640)) {
                file.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private static String contentIn(Path in) throws IOException {
        try (DirectoryChain chain = new DirectoryChain(Disk.ofHost());
                FileChannel file = chain.directory(in, PATH).read("file")) {
            ByteBuffer content = ByteBuffer.allocate(100);
            file.read(content);
            return new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
        }
    }

    private static Optional<FileEntry> middle(Path in) throws IOException {
        try (DirectoryChain chain = new DirectoryChain(Disk.ofHost())) {
            return chain.directory(in, PATH.substring(0, LEVELS - 1)).lookup("d");
        }
    }

    @Test
    void update_deepTreeInHome_isBackedUpAndStays() throws Exception {
        makeDeep(world.layout().home(), "old");
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(world.failure).isZero();
        assertThat(contentIn(world.layout().home())).isEqualTo("old");
        assertNothingLeft();
    }

    @Test
    void update_newAgentWroteInADeepTree_isRolledBack() throws Exception {
        makeDeep(world.layout().home(), "old");
        Optional<FileEntry> middle = middle(world.layout().home());
        world.newAgent(3, () -> makeDeep(world.layout().home(), "new"));

        assertThat(world.update()).as(world.failure).isEqualTo(1);
        assertThat(contentIn(world.layout().home())).isEqualTo("old");
        assertThat(middle(world.layout().home()).orElseThrow().sameInode(middle.orElseThrow()))
                .isTrue();
        assertNothingLeft();
    }

    @Test
    void update_newAgentRemovedADeepTree_isRolledBack() throws Exception {
        makeDeep(world.layout().home(), "old");
        Optional<FileEntry> middle = middle(world.layout().home());
        world.newAgent(3, () -> {
            try (Directory home = Disk.ofHost().open(world.layout().home())) {
                TreeRemoval.remove(home, "d");
            }
        });

        assertThat(world.update()).as(world.failure).isEqualTo(1);
        assertThat(contentIn(world.layout().home())).isEqualTo("old");
        FileEntry now = middle(world.layout().home()).orElseThrow();
        assertThat(now.stat().modified()).isEqualTo(middle.orElseThrow().stat().modified());
        assertThat(now.mode()).isEqualTo(0750);
        assertNothingLeft();
    }

    @Test
    void update_newAgentMadeADeepTree_isRolledBack() throws Exception {
        world.newAgent(3, () -> makeDeep(world.layout().home(), "new"));

        assertThat(world.update()).as(world.failure).isEqualTo(1);
        assertThat(world.home("d")).doesNotExist();
        assertNothingLeft();
    }

    @Test
    void update_newAgentMovedADeepTreeOfTmpIntoHome_isRolledBack() throws Exception {
        makeDeep(world.home("tmp"), "new");
        world.newAgent(3, () -> Files.move(world.home("tmp/d"), world.home("d"), StandardCopyOption.ATOMIC_MOVE));

        assertThat(world.update()).as(world.failure).isEqualTo(1);
        assertThat(world.home("d")).doesNotExist();
        assertNothingLeft();
    }

    @Test
    void update_deepStagedTree_isRefused() throws Exception {
        makeDeep(world.layout().staged(), "new");

        assertThat(world.update()).isEqualTo(5);
        assertThat(world.failure).contains("the staged tree is more than 256 directories deep, in d.");
        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.layout().work()).doesNotExist();
        assertThat(world.layout().journal()).doesNotExist();
    }

    private void assertNothingLeft() {
        assertThat(world.layout().work()).doesNotExist();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.layout().manifest()).doesNotExist();
    }
}
