package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** That {@code tools/checksums} tells what Maven downloaded from what it was meant to. */
@EnabledOnOs(OS.LINUX)
final class DependencyChecksumsTests {
    private static final Path TOOL =
            Path.of("../tools/checksums").toAbsolutePath().normalize();
    private static final Path LIST = Path.of("../.mvn/checksums/checksums.sha256");
    private static final String LISTED = "org/apache/commons/commons-compress/";

    @TempDir
    Path repository;

    @Test
    void check_aListedFileWithOtherBytes_namesIt() throws IOException {
        String name = listed();
        Path file = repository.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "other bytes");

        Command.Result result = check();

        assertThat(result.exit()).as(result.out()).isEqualTo(1);
        assertThat(result.out()).contains(name);
    }

    @Test
    void check_nothingListedIsThere_passes() throws IOException {
        Files.writeString(repository.resolve("of-another-project.jar"), "");

        assertThat(check().exit()).isZero();
    }

    private Command.Result check() {
        return Command.run(Duration.ofSeconds(60), List.of("bash", TOOL.toString(), "check", repository.toString()));
    }

    private static String listed() throws IOException {
        return Files.readAllLines(LIST).stream()
                .map(line -> line.split("  ", 2)[1])
                .filter(path -> path.startsWith(LISTED) && path.endsWith(".jar"))
                .findFirst()
                .orElseThrow();
    }
}
