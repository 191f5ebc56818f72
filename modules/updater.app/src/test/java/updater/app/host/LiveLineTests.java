package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.json.Printable;
import updater.transaction.context.Progress;

/** Progress on a terminal is one line, which leaves nothing behind; elsewhere there is none. */
final class LiveLineTests {
    private static final String ERASE = "\r\u001b[K";
    private static final Path SCRIPT = Path.of("/usr/bin/script");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final AtomicLong nanos = new AtomicLong();

    private Console console(boolean terminal) {
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new Console(
                stream,
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                terminal,
                terminal ? Optional.of(new LiveLine(stream, nanos::get)) : Optional.empty());
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void filesDone_often_isShownNowAndThen() {
        Console console = console(true);
        console.phaseBegins("install");
        for (int i = 1; i <= 1000; i++) {
            nanos.addAndGet(1_000_000);
            console.filesDone(i, 1000);
        }

        assertThat(printed())
                .isEqualTo(Stream.of(
                                "install",
                                "install: 200 of 1000 files",
                                "install: 400 of 1000 files",
                                "install: 600 of 1000 files",
                                "install: 800 of 1000 files",
                                "install: 1000 of 1000 files")
                        .map(ERASE::concat)
                        .collect(Collectors.joining()));
    }

    @Test
    void bytesDone_ofSoManyOrOfAnUnknownNumber_isInMegabytes() {
        Console console = console(true);
        console.phaseBegins("copy the bundle");
        nanos.addAndGet(1_000_000_000);
        console.bytesDone(12_340_000, 250_000_000);
        console.phaseBegins("unpack");
        nanos.addAndGet(1_000_000_000);
        console.bytesDone(50_000, 0);

        assertThat(printed())
                .isEqualTo(Stream.of("copy the bundle", "copy the bundle: 12.3 of 250.0 MB", "unpack", "unpack: 0.1 MB")
                        .map(ERASE::concat)
                        .collect(Collectors.joining()));
    }

    @Test
    void waits_saysForWhatAndHowLong() {
        Console console = console(true);
        console.phaseBegins("health check");
        nanos.addAndGet(1_000_000_000);
        console.waits("the new agent's report", Duration.ofMillis(12_300), Duration.ofSeconds(30));

        assertThat(printed()).endsWith(ERASE + "health check: waiting for the new agent's report, 12 s of 30 s");
    }

    @Test
    void phaseDone_erasesTheLine_soThatTheOutputIsAsWithout() {
        Console console = console(true);
        console.phaseBegins("prepare");
        console.phaseDone("prepare", Duration.ofMillis(812));
        console.print("done");

        assertThat(printed()).isEqualTo(ERASE + "prepare" + ERASE + "prepare                    812 ms\ndone\n");
    }

    @Test
    void line_longNamesAndControlCharacters_stayOneLine() {
        console(true).phaseBegins("a\u001b[2J" + "b".repeat(200));

        assertThat(printed().substring(ERASE.length())).hasSize(79).doesNotContain("\u001b");
    }

    @Test
    void withoutATerminal_nothingIsPrinted() {
        Console console = console(false);
        console.phaseBegins("prepare");
        console.filesDone(1, 2);
        console.waits("it", Duration.ZERO, Duration.ofSeconds(1));
        console.phaseDone("prepare", Duration.ofMillis(812));

        assertThat(printed()).isEmpty();
    }

    private static Path place(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** A process of its own, as a shell starts it. */
    private static List<String> probe() throws URISyntaxException, IOException {
        Path tests =
                Path.of(LiveLineTests.class.getResource("LiveLineTests.class").toURI());
        String path = Stream.of(
                        tests.getParent().getParent().getParent().getParent(),
                        place(Console.class),
                        place(Printable.class),
                        place(Progress.class),
                        place(UpdateFailure.class))
                .map(Path::toString)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-cp",
                path,
                ConsoleProbe.class.getName()));
    }

    private static String output(String term, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("TERM", term);
        Process process = builder.start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    private static String onATerminal(String term, Path directory) throws Exception {
        assumeTrue(Files.isExecutable(SCRIPT), "util-linux's script makes the terminal");
        Path typescript = directory.resolve("typescript");
        output(term, List.of(SCRIPT.toString(), "-qec", String.join(" ", probe()), typescript.toString()));
        // A carriage return ends no line here.
        return Stream.of(Files.readString(typescript).replace("\r\n", "\n").split("\n"))
                .filter(line -> !line.startsWith("Script "))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void ofThisProcess_onATerminal_hasTheLineAndErasesIt(@TempDir Path directory) throws Exception {
        String seen = onATerminal("xterm", directory);

        assertThat(seen)
                .contains(ERASE + "install")
                .contains(ERASE + "install                     12 ms")
                .contains(ERASE + "12.3 of 250.0 MB" + ERASE);
        // There are no colours that NO_COLOR could ask to leave out.
        assertThat(seen.replace(ERASE, "")).doesNotContain("\u001b");
    }

    @Test
    void ofThisProcess_onADumbTerminal_hasNoLine(@TempDir Path directory) throws Exception {
        assertThat(onATerminal("dumb", directory))
                .contains("install                     12 ms")
                .doesNotContain("\u001b");
    }

    @Test
    void ofThisProcess_inAPipe_printsNothingOfIt() throws Exception {
        assertThat(output("xterm", probe())).isEqualTo("done\n");
    }
}
