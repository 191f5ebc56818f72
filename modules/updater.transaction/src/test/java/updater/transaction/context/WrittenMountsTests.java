package updater.transaction.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.faulty.FaultyDisk;

/** What is mounted within home is forced once each, and home's own file system is left to others. */
final class WrittenMountsTests {
    private final FaultyDisk disk = new FaultyDisk(Disk.ofHost());
    private Path home;
    private long own;

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        home = directory.toRealPath();
        Files.createDirectories(home.resolve("data/deep"));
        Files.createDirectory(home.resolve("plugins"));
        try (Directory itself = disk.open(home)) {
            own = itself.self().device();
        }
    }

    private List<String> forced() {
        return disk.log().stream()
                .filter(operation -> operation.name().equals("syncFileSystem"))
                .map(operation -> home.relativize(Path.of(operation.path())).toString())
                .toList();
    }

    @Test
    void force_twoFileSystems_eachOnce() throws IOException {
        WrittenMounts mounts = new WrittenMounts(disk, home);
        mounts.add("data", own + 1);
        mounts.add("data/deep", own + 1);
        mounts.add("plugins", own + 2);
        mounts.add("", own);

        mounts.force();

        assertThat(forced()).containsExactlyInAnyOrder("data", "plugins");
    }

    @Test
    void addParentOf_homesOwn_isNotForced() throws Exception {
        WrittenMounts mounts = new WrittenMounts(disk, home);
        mounts.addParentOf(new Place(home, "data/deep/file"));
        mounts.addParentOf(new Place(home, "file"));

        mounts.force();

        assertThat(forced()).isEmpty();
    }
}
