package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Ticker;
import updater.testkit.Leases;

/** By a clock that only pauses move. */
@Timeout(20)
final class LeasePatienceTests {
    @TempDir
    Path temp;

    private final List<Path> files = new ArrayList<>();
    private final PausedClock clock = new PausedClock();

    private static final class PausedClock implements Ticker {
        private Duration paused = Duration.ZERO;

        @Override
        public long nanos() {
            return paused.toNanos();
        }

        @Override
        public Instant now() {
            return Instant.EPOCH.plus(paused);
        }

        @Override
        public void pause(Duration duration) {
            paused = paused.plus(duration);
        }
    }

    @BeforeEach
    void write() throws IOException {
        for (int i = 0; i < 5; i++) {
            files.add(Files.writeString(temp.resolve("file" + i), "text"));
        }
    }

    @Test
    void read_ofFilesWithLeases_failsWithinTwoSecondsForAllOfThem() throws Exception {
        try (Leases held = Leases.hold(temp, files);
                Directory directory = LinuxDisk.ofHost(clock).orElseThrow().open(temp)) {
            assertThat(held).isNotNull();
            for (Path file : files) {
                String name = file.getFileName().toString();
                assertThatExceptionOfType(LeasedFileException.class)
                        .isThrownBy(() -> directory.read(name))
                        .withMessageContaining(file.toString())
                        .withMessageContaining("user " + Files.getAttribute(file, "unix:uid"));
                assertThatExceptionOfType(LeasedFileException.class)
                        .isThrownBy(() -> FileCopy.copy(directory, name, directory, "copy"));
                assertThatExceptionOfType(LeasedFileException.class).isThrownBy(() -> directory.forceFile(name));
                assertThatExceptionOfType(LeasedFileException.class).isThrownBy(() -> {
                    try (Pinned pinned = directory.pinFile(name)) {
                        pinned.data(0);
                    }
                });
            }
            // The kernel lets wait for 45 seconds, once a file.
            assertThat(clock.paused).isEqualTo(Duration.ofSeconds(2));
            TreeRemoval.remove(directory, "file0");
            assertThat(files.getFirst()).doesNotExist();
        }
    }

    @Test
    void read_ofAFileWhoseLeaseIsGivenUp_reads() throws Exception {
        try (Directory directory = LinuxDisk.ofHost(clock).orElseThrow().open(temp)) {
            try (Leases held = Leases.hold(temp, files)) {
                assertThat(held).isNotNull();
            }
            assertThat(directory.read("file1").size()).isEqualTo(4);
        }
    }
}
