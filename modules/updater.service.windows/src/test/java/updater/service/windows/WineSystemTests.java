package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Wine still answers as was recorded. Needs the packages that {@code src/test/sh/install-wine} installs; with {@code
 * -Dwine.record=DIRECTORY} the answers are written there instead of being compared.
 */
class WineSystemTests {
    private static final Path WINE = Path.of("/usr/lib/wine/wine64");
    private static final Path WINESERVER = Path.of("/usr/lib/wine/wineserver64");
    private static final Path COMPILER = Path.of("/usr/bin/x86_64-w64-mingw32-gcc");
    private static final int WINES_OWN_FAILURE = 1;
    private static final Path SOURCES = Path.of("src/test/c");

    @TempDir
    static Path directory;

    @BeforeAll
    static void bootWine() throws Exception {
        assumeTrue(
                Files.isExecutable(WINE) && Files.isExecutable(COMPILER),
                "neither Wine nor a compiler for it: run src/test/sh/install-wine");
        for (String program : List.of("scenario", "argv", "layout")) {
            run(
                    List.of(
                            COMPILER.toString(),
                            "-O1",
                            "-Wall",
                            "-Werror",
                            "-o",
                            directory.resolve(program + ".exe").toString(),
                            SOURCES.resolve(program + ".c").toString()),
                    "");
        }
        run(List.of(WINE.toString(), "wineboot", "--init"), "");
    }

    @AfterAll
    static void endWine() throws Exception {
        if (Files.isExecutable(WINESERVER) && Files.exists(directory.resolve("prefix"))) {
            run(List.of(WINESERVER.toString(), "--kill"), "");
            run(List.of(WINESERVER.toString(), "--wait"), "");
        }
    }

    private static List<String> run(List<String> command, String input) throws Exception {
        // Wine's own failure, before the program is started: it found the server of the program before it, which was
        // going.
        int attempts = 3;
        Ended ended = start(command, input);
        while (ended.exit() == WINES_OWN_FAILURE && ended.out().isEmpty() && --attempts > 0) {
            ended = start(command, input);
        }
        assertThat(ended.exit())
                .as("exit code of %s: %s", command, Files.readString(said(), StandardCharsets.ISO_8859_1))
                .isIn(0, 2);
        return ended.out().replace("\r", "").lines().toList();
    }

    private record Ended(int exit, String out) {}

    private static Path said() {
        return directory.resolve("said");
    }

    private static Ended start(List<String> command, String input) throws Exception {
        Path in = Files.writeString(directory.resolve("in"), input);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectInput(in.toFile()).redirectError(said().toFile());
        builder.environment()
                .putAll(Map.of(
                        "WINEPREFIX",
                        directory.resolve("prefix").toString(),
                        "HOME",
                        directory.toString(),
                        "WINEDEBUG",
                        "-all"));
        Process process = builder.start();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        process.getInputStream().transferTo(out);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s ended", command).isTrue();
        return new Ended(process.exitValue(), out.toString(StandardCharsets.UTF_8));
    }

    private static List<String> wine(String program, String input) throws Exception {
        return run(List.of(WINE.toString(), directory.resolve(program + ".exe").toString()), input);
    }

    private static void judge(String name, List<String> answer) throws Exception {
        String record = System.getProperty("wine.record", "");
        if (record.isEmpty()) {
            assertThat(answer).isEqualTo(Recorded.lines("wine/" + name + ".txt"));
        } else {
            Files.write(Path.of(record).resolve(name + ".txt"), answer);
        }
    }

    private static String input(String name) {
        return String.join("\n", Recorded.lines(name)) + "\n";
    }

    static List<String> scenarios() {
        return new ArrayList<>(ManagerScript.names());
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void scenario_underWine_goesAsRecorded(String name) throws Exception {
        judge(name, wine("scenario", input("scenarios/" + name + ".txt")));
    }

    @Test
    void commandLines_underWine_areSplitAsRecorded() throws Exception {
        judge("command-lines", wine("argv", input("command-lines.in")));
    }

    @Test
    void layout_ofTheHeaders_isAsRecorded() throws Exception {
        judge("layout", wine("layout", ""));
    }
}
