package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.agent.schedule.Ticker;

final class InstanceUidTests {
    @TempDir
    Path directory;

    @Test
    void version7_beginsWithTheTime_andHasVersionAndVariant() {
        Random random = new Random(9);
        Set<UUID> made = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            UUID uid = InstanceUid.version7(Instant.ofEpochMilli(0x017F22E279B0L), random);
            assertThat(uid.toString()).startsWith("017f22e2-79b0-7");
            assertThat(uid.variant()).isEqualTo(2);
            made.add(uid);
        }
        assertThat(made).hasSize(1000);
    }

    @Test
    void load_keepsTheName_andReplacesNonsense() throws Exception {
        Path file = directory.resolve("uid");
        String first = InstanceUid.load(file, Instant.now(), new Random(1)).toString();
        assertThat(InstanceUid.load(file, Instant.now(), new Random(2))).hasToString(first);

        Files.writeString(file, "torn");
        String second = InstanceUid.load(file, Instant.now(), new Random(3)).toString();
        assertThat(second).isNotEqualTo(first);
        assertThat(file).content().isEqualTo(second + "\n");
    }

    @Test
    void adopt_takesSixteenBytesOnly() throws Exception {
        InstanceUid uid = InstanceUid.load(directory.resolve("uid"), Instant.now(), new Random(1));
        String before = uid.toString();

        assertThat(uid.adopt(new byte[15])).isFalse();
        assertThat(uid).hasToString(before);
        assertThat(uid.adopt(new byte[16])).isTrue();
        assertThat(uid.bytes()).isEqualTo(new byte[16]);
    }

    @Test
    void nextPoll_isAroundTheInterval() {
        ClientSettings.Timing timing =
                new ClientSettings.Timing(ClientSettings.POLL, ClientSettings.BACKOFF, Ticker.system(), new Random(4));
        for (int i = 0; i < 1000; i++) {
            assertThat(timing.nextPoll()).isBetween(Duration.ofSeconds(27), Duration.ofSeconds(33));
        }
    }
}
