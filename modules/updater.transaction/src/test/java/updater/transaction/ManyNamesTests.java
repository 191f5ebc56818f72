package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names fill no memory. Takes seconds, for the files: {@link ManyNamesMain} was run with a million by hand. */
final class ManyNamesTests {
    @Test
    void update_newAgentMovedMoreNamesIntoHomeThanMemoryHolds_isRolledBack(@TempDir Path directory) throws Exception {
        Path root = Files.createDirectory(directory.toRealPath().resolve("world"));
        Path many = Files.createDirectory(directory.toRealPath().resolve("many"));
        for (int i = 0; i < 40_000; i++) {
            Files.createFile(many.resolve(i + "n".repeat(240)));
        }
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx16m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ManyNamesMain.class.getName(),
                        root.toString(),
                        many.toString(),
                        "new"))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        assertThat(output).startsWith("ROLLED_BACK false");
    }
}
