package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

final class ConsoleTests {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void phaseDone_onATerminal_isOneLine() {
        console(true).phaseDone("prepare", Duration.ofMillis(812));

        assertThat(text(out)).isEqualTo("prepare                    812 ms\n");
        assertThat(text(err)).isEmpty();
    }

    @Test
    void phaseDone_withoutATerminal_isSilent() {
        console(false).phaseDone("prepare", Duration.ofMillis(812));

        assertThat(text(out)).isEmpty();
    }

    @Test
    void failure_goesToStandardErrorWithItsAdvice() {
        console(false)
                .failure(new UpdateFailure.Refused(
                        RefusalCode.HOME_UNUSABLE, "home is gone", "Name it with --home DIR"));

        assertThat(text(err)).isEqualTo("updater: home is gone [home-unusable]\n         Name it with --home DIR\n");
        assertThat(text(out)).isEmpty();
    }

    @Test
    void failure_noAdvice_isOneLine() {
        console(false).failure("home is gone", "");

        assertThat(text(err)).isEqualTo("updater: home is gone\n");
    }

    @Test
    void failure_controlCharacters_arePrintable() {
        console(false).failure("a\u001b[31mb\nc\u202ed\u0007", "x\ry");

        assertThat(text(err)).isEqualTo("updater: a\\u001B[31mb\\u000Ac\\u202Ed\\u0007\n         x\\u000Dy\n");
    }

    @Test
    void print_brokenStreams_isSurvived() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        PrintStream stream = new PrintStream(broken, true, StandardCharsets.UTF_8);
        Console console = new Console(stream, stream, true);

        assertThatCode(() -> {
                    console.phaseDone("prepare", Duration.ZERO);
                    console.print("text");
                    console.printText("text");
                    console.failure("message", "advice");
                    stream.close();
                    console.failure("message", "advice");
                })
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "/dev/pts/3, true",
        "/dev/tty1, true",
        "/dev/ttyS0, true",
        "/dev/console, true",
        "/dev/null, false",
        "pipe:[123], false",
        "socket:[123], false",
        "/var/log/x, false"
    })
    void isTerminal_byWhatTheDescriptorLinksTo(String target, boolean terminal, @TempDir Path directory)
            throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("1"), Path.of(target));

        assertThat(Console.isTerminal(link)).isEqualTo(terminal);
    }

    @Test
    void isTerminal_noSuchLink_isFalse(@TempDir Path directory) throws IOException {
        assertThat(Console.isTerminal(directory.resolve("1"))).isFalse();
        assertThat(Console.isTerminal(Files.createFile(directory.resolve("2")))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.0 ms",
        "450000, 0.5 ms",
        "9940000, 9.9 ms",
        "9960000, 10 ms",
        "999400000, 999 ms",
        "999600000, 1.00 s",
        "59994000000, 59.99 s",
        "59996000000, 1 min 00 s",
        "125000000000, 2 min 05 s"
    })
    void durationText_isReadable(long nanos, String expected) {
        assertThat(DurationText.of(Duration.ofNanos(nanos))).isEqualTo(expected);
    }

    private Console console(boolean terminal) {
        return new Console(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                terminal);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
