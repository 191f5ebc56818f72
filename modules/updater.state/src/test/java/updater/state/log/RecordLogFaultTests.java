package updater.state.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordLogFaultTests {
    @TempDir
    Path directory;

    private final CrampedDisk disk = new CrampedDisk();

    private Path file() {
        return directory.resolve("log");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void force_diskFullAtEveryByte_leavesWholeRecordsAndLogUsable() throws IOException {
        String second = "second, which does not fit";
        int frame = LogFormat.OVERHEAD + second.length();
        for (int room = 0; room < frame; room++) {
            Files.deleteIfExists(file());
            disk.room = Long.MAX_VALUE;
            try (RecordLog log = RecordLog.create(file(), disk.channels())) {
                Logs.append(log, List.of("first!"));
                disk.room = room;
                log.append(bytes(second));
                assertThatThrownBy(log::force).hasMessageContainingAll(file().toString(), "No space left");
                disk.room = Long.MAX_VALUE;
                Logs.append(log, List.of("third!"));
            }

            assertThat(Logs.forward(file()).records()).containsExactly("first!", "third!");
        }
    }

    @Test
    void force_diskFullAndTruncateFails_nothingIsAddedBehindHalfARecord() throws IOException {
        try (RecordLog log = RecordLog.create(file(), disk.channels())) {
            Logs.append(log, List.of("first!"));
            disk.room = 9;
            disk.truncateFails = true;
            log.append(bytes("second"));
            assertThatThrownBy(log::force).hasMessageContaining("No space left");
            disk.room = Long.MAX_VALUE;
            assertThatThrownBy(() -> log.append(bytes("third"))).hasMessageContaining("earlier failure");
        }

        Logs.Pass pass = Logs.forward(file());
        assertThat(pass.records()).containsExactly("first!");
        assertThat(pass.torn()).isTrue();
    }

    @Test
    void force_diskFullForTheHeader_nothingIsAddedWithoutIt() throws IOException {
        disk.room = 3;
        try (RecordLog log = RecordLog.create(file(), disk.channels())) {
            log.append(bytes("first"));
            assertThatThrownBy(log::force).hasMessageContaining("No space left");
            disk.room = Long.MAX_VALUE;
            assertThatThrownBy(() -> log.append(bytes("second"))).hasMessageContaining("earlier failure");
        }

        assertThat(Logs.forward(file()).records()).isEmpty();
    }

    @Test
    void force_failedOnce_neverReportsSuccessAgain() throws IOException {
        try (RecordLog log = RecordLog.create(file(), disk.channels())) {
            Logs.append(log, List.of("first!"));
            log.append(bytes("second"));
            disk.forceFails = true;
            assertThatThrownBy(log::force).hasMessageContaining("Input/output error");
            disk.forceFails = false;

            assertThatThrownBy(log::force).hasMessageContaining("earlier failure");
            assertThatThrownBy(() -> log.append(bytes("third"))).hasMessageContaining("earlier failure");
        }
    }

    @Test
    void force_nothingNew_doesNotTroubleTheDisk() throws IOException {
        try (RecordLog log = RecordLog.create(file(), disk.channels())) {
            Logs.append(log, List.of("first!"));
            log.force();
            log.force();
        }

        assertThat(disk.forces).isEqualTo(1);
    }

    @Test
    void openForAppend_truncateFails_reportsIt() throws IOException {
        byte[] whole = Logs.written(file(), List.of("first"));
        Files.write(file(), Arrays.copyOf(whole, whole.length + 3));
        disk.truncateFails = true;

        assertThatThrownBy(() -> RecordLog.openForAppend(file(), disk.channels()))
                .hasMessageContaining("Input/output error");
    }
}
