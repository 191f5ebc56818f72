package updater.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootTests {
    private Path file;
    private Path first;
    private Boot boot;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        file = Files.writeString(directory.resolve("boot_id"), "one\n");
        first = directory.resolve("stat");
        boot = new Boot(file, first, false);
    }

    @Test
    void isAfter_sameBoot_isNot() {
        assertThat(boot.isAfter(boot.id())).isFalse();
    }

    @Test
    void isAfter_hostBooted_is() throws Exception {
        String earlier = boot.id();
        Files.writeString(file, "two\n");

        assertThat(boot.isAfter(earlier)).isTrue();
    }

    @Test
    void isAfter_eitherUnknown_isNot() throws Exception {
        assertThat(boot.isAfter("")).isFalse();
        Files.delete(file);
        assertThat(boot.id()).isEmpty();
        assertThat(boot.isAfter("one")).isFalse();
    }

    private void firstStartedAt(String ticks) throws IOException {
        Files.writeString(first, "1 (in it)) S 0" + " 7".repeat(17) + " " + ticks + " 8 9\n");
    }

    /** A container has the host's identifier, and a first process of its own. */
    @Test
    void isAfter_containerBooted_is() throws Exception {
        firstStartedAt("100");
        String earlier = boot.id();
        assertThat(boot.isAfter(earlier)).isFalse();

        firstStartedAt("2000");

        assertThat(boot.isAfter(earlier)).isTrue();
    }

    /** An older updater did not note it, and another user may not see it. */
    @Test
    void isAfter_firstProcessKnownToOneOnly_isDecidedByTheRest() throws Exception {
        String without = boot.id();
        firstStartedAt("100");
        String with = boot.id();
        assertThat(boot.isAfter(without)).isFalse();
        Files.delete(first);
        assertThat(boot.isAfter(with)).isFalse();
        Files.writeString(file, "two\n");
        assertThat(boot.isAfter(with)).isTrue();
    }

    @Test
    void isAfter_underWay_isWhateverCanBeRead() throws Exception {
        firstStartedAt("100");
        assertThat(boot.asUnderWay().isAfter(boot.id())).isTrue();
        assertThat(boot.asUnderWay().isAfter("")).isTrue();
    }

    @Test
    void ofHost_isTheSameAllTheTime() {
        assertThat(Boot.ofHost().isAfter(Boot.ofHost().id())).isFalse();
    }
}
