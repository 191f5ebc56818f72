package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.transaction.backup.HomeBackup;
import updater.transaction.world.World;

/** A queue or database that changes until the old agent is gone, so that it is copied while none runs. */
final class LargeFilesTests {
    private static final int LARGE = 17 << 20;

    @TempDir
    private Path directory;

    private final Map<String, Boolean> read = new HashMap<>();
    private int worlds;

    /** Which files of home have a checksum. */
    private static Map<String, Boolean> read(World world) throws IOException {
        Map<String, Boolean> read = new HashMap<>();
        try (ManifestReader manifest = HomeBackup.manifest(world.context())) {
            for (Optional<ManifestEntry> next = manifest.next(); next.isPresent(); next = manifest.next()) {
                read.put(next.get().file().path(), next.get().file().checksum().isPresent());
            }
        }
        return read;
    }

    private static byte[] filled(int size, int with) {
        byte[] content = new byte[size];
        Arrays.fill(content, (byte) with);
        return content;
    }

    private World world() throws IOException {
        World world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)));
        Files.write(world.home("queue.db"), filled(LARGE, 1));
        Files.write(world.home("small.db"), filled(1 << 20, 1));
        world.service.onFirstStop = () -> {
            Files.write(world.home("queue.db"), filled(LARGE + 1, 2));
            Files.write(world.home("small.db"), filled(1 << 20, 2));
        };
        world.newAgent(3, () -> {
            read.putAll(read(world));
            Files.write(world.home("queue.db"), filled(LARGE + 1, 3));
            Files.delete(world.home("small.db"));
        });
        return world;
    }

    private static void assertOld(World world) {
        assertThat(world.home("queue.db")).hasBinaryContent(filled(LARGE + 1, 2));
        assertThat(world.home("small.db")).hasBinaryContent(filled(1 << 20, 2));
        assertThat(world.failure).contains("\"differences\": []");
        assertThat(world.layout().state().resolve("manifest.unread")).doesNotExist();
    }

    @Test
    void update_largeFileChangesUntilTheAgentIsGone_isReadByTheRollbackAlone() throws Exception {
        World world = world();

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(read).containsEntry("queue.db", false).containsEntry("small.db", true);
        assertOld(world);
        assertThat(world.failure)
                .as("both, and the configuration: the agent was linked, and there was no time")
                .containsPattern("\"by_content\": [3-9]");
    }

    @Test
    void recover_killedAnywhereInTheRollback_provesTheContent() throws Exception {
        World whole = world();
        whole.points.begin();
        assertThat(whole.update()).isEqualTo(1);
        List<String> log = whole.points.log();
        int first = log.indexOf(log.stream()
                .filter(point -> point.contains("manifest.unread") && point.contains(".updater-new"))
                .findFirst()
                .orElseThrow());
        for (int point = first; point < log.size(); point += 1 + (log.size() - first) / 12) {
            World world = world();
            int at = point;
            boolean killed = world.killed(() -> world.points.killAt(at), true);
            world.points.begin();
            if (killed) {
                assertThat(world.recover()).as(() -> world.failure).isIn(0, 1);
            }
            assertOld(world);
        }
    }
}
