package updater.transaction.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.transaction.world.World;

/** A manifest was written, and the host has booted since. */
final class RemountedDevicesTests {
    private static final long OTHER = 4711;
    private static final long THIRD = 4712;

    @TempDir
    private Path directory;

    private World world;
    private RemountedDevices devices;
    private FileEntry home;
    private FileEntry file;
    private FileEntry log;

    @BeforeEach
    void begin() throws IOException {
        world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world")));
        devices = new RemountedDevices(world.context());
        try (Directory opened = world.context().disk().open(world.layout().home())) {
            home = new FileEntry("", opened.self());
            file = opened.lookup("agent").orElseThrow();
            log = opened.lookup("log").orElseThrow();
        }
    }

    @Test
    void renumbered_sameNumber_isTheSame() throws IOException {
        assertThat(devices.renumbered(home)).isSameAs(home);
        assertThat(devices.renumbered(file)).isSameAs(file);
    }

    @Test
    void renumbered_homesDeviceHasAnotherNumber_isThatForAllOnIt() throws IOException {
        assertThat(devices.renumbered(home.withDevice(OTHER))).isEqualTo(home);
        assertThat(devices.renumbered(file.withDevice(OTHER))).isEqualTo(file);
    }

    @Test
    void renumbered_devicesOfFilesAlone_areFoundByTheirInodes() throws IOException {
        FileEntry another = new FileEntry("config.yaml", file.stat());

        assertThat(devices.renumbered(home.withDevice(OTHER))).isEqualTo(home);
        assertThat(devices.renumbered(file.withDevice(THIRD))).isEqualTo(file);
        assertThat(devices.renumbered(another.withDevice(THIRD)).stat().device())
                .isEqualTo(THIRD);
    }

    @Test
    void renumbered_mountBelowHome_isFoundByItsDirectory() throws IOException {
        FileEntry within = file.withPath("log/agent");

        assertThat(devices.renumbered(home.withDevice(OTHER))).isEqualTo(home);
        assertThat(devices.renumbered(log.withDevice(THIRD))).isEqualTo(log);
        assertThat(devices.renumbered(within.withDevice(THIRD)).sameInode(file)).isTrue();
    }

    @Test
    void renumbered_anotherDirectoryIsThere_nothingPassesForWhatItWas() throws IOException {
        Files.move(world.home("log"), world.home("old-log"));
        Files.createDirectory(world.home("log"));

        assertThat(devices.renumbered(log.withDevice(THIRD)).stat().device()).isEqualTo(THIRD);
        assertThat(devices.renumbered(file.withDevice(THIRD)).sameInode(file)).isFalse();
    }

    @Test
    void renumbered_directoryIsGone_nothingPassesForWhatItWas() throws IOException {
        Files.delete(world.home("log"));

        assertThat(devices.renumbered(log.withDevice(THIRD)).stat().device()).isEqualTo(THIRD);
    }
}
