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
    private Boot boot;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        file = Files.writeString(directory.resolve("boot_id"), "one\n");
        boot = new Boot(file);
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
}
