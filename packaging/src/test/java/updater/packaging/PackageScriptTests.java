package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The functions of a package's scripts, which root runs in a home that may belong to the agent's user. */
@DisabledOnOs(
        value = {OS.WINDOWS, OS.MAC},
        disabledReason = "packages are Linux's, and so is their cp")
final class PackageScriptTests {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private Path home;
    private Path victim;

    @BeforeEach
    void begin() throws IOException {
        home = Files.createDirectory(directory.toRealPath().resolve("home"));
        victim = Files.createDirectory(directory.toRealPath().resolve("victim"));
        Files.createDirectories(directory.resolve("unpacked/conf/a"));
        for (String file : List.of("top", "conf/b", "conf/a/c")) {
            Files.writeString(directory.resolve("unpacked").resolve(file), "of the package");
        }
    }

    private String place(String file) {
        Path functions = Path.of(System.getProperty("basedir", ""))
                .toAbsolutePath()
                .resolveSibling("tools/package.d/lifecycle.sh");
        return Command.run(
                        LIMIT,
                        "sh",
                        "-c",
                        "set -eu; name=agent state=/nowhere home=$1 unpacked=$2; . \"$3\"; place \"$4\"",
                        "place",
                        home.toString(),
                        directory.resolve("unpacked").toString(),
                        functions.toString(),
                        file)
                .ok();
    }

    @Test
    void place_missing_isCopied() {
        place("top");
        place("conf/a/c");

        assertThat(home.resolve("top")).hasContent("of the package");
        assertThat(home.resolve("conf/a/c")).hasContent("of the package");
    }

    @Test
    void place_there_isLeftAlone() throws IOException {
        Files.writeString(home.resolve("top"), "the operator's");

        place("top");

        assertThat(home.resolve("top")).hasContent("the operator's");
    }

    @Test
    void place_throughLinks_writesNowhereElse() throws IOException {
        Files.createSymbolicLink(home.resolve("conf"), victim);
        Files.createSymbolicLink(home.resolve("top"), victim.resolve("made"));

        place("conf/b");
        place("conf/a/c");
        place("top");

        assertThat(victim).isEmptyDirectory();
        Files.delete(home.resolve("conf"));
        Files.createDirectory(home.resolve("conf"));
        Files.createSymbolicLink(home.resolve("conf/a"), victim);

        place("conf/a/c");

        assertThat(victim).isEmptyDirectory();
        assertThat(home.resolve("top")).isSymbolicLink();
    }
}
