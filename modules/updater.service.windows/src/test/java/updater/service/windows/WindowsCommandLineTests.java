package updater.service.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WindowsCommandLineTests {
    /** What a line is split into, as one line of text: each argument behind a bar. */
    record Sample(String line, String arguments) {}

    /** The answers of {@code CommandLineToArgvW} to lines made of everything that is special in them. */
    static List<Sample> recorded() {
        List<String> lines = Recorded.lines("wine/command-lines.txt");
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            samples.add(new Sample(lines.get(i), lines.get(i + 1)));
        }
        assertThat(samples).hasSizeGreaterThan(30);
        return samples;
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void split_ofARecordedLine_isWhatWineSays(Sample sample) {
        StringBuilder split = new StringBuilder();
        WindowsCommandLine.split(sample.line())
                .forEach(argument -> split.append('|').append(argument));
        assertThat(split).hasToString(sample.arguments());
    }

    @Test
    void join_ofAnAgentsCommand_quotesWhatNeedsIt() {
        assertThat(WindowsCommandLine.join(
                        List.of("C:\\Program Files\\A\\a.exe", "--config", "C:\\Program Files\\A\\c.yaml")))
                .isEqualTo("\"C:\\Program Files\\A\\a.exe\" --config \"C:\\Program Files\\A\\c.yaml\"");
    }

    @Test
    void join_ofAProgramWithoutSpaces_quotesItAllTheSame() {
        assertThat(WindowsCommandLine.join(List.of("C:\\a.exe", "C:\\b\\"))).isEqualTo("\"C:\\a.exe\" C:\\b\\");
    }

    @Test
    void join_ofATrailingBackslashInQuotes_doublesIt() {
        assertThat(WindowsCommandLine.join(List.of("a", "C:\\b c\\"))).isEqualTo("\"a\" \"C:\\b c\\\\\"");
    }

    @Test
    void join_ofAProgramWithAQuote_isRefused() {
        assertThatThrownBy(() -> WindowsCommandLine.join(List.of("a\"b"))).hasMessageContaining("a\"b");
    }

    @Test
    void join_ofANul_isRefused() {
        assertThatThrownBy(() -> WindowsCommandLine.join(List.of("a", "b\0c"))).hasMessageContaining("NUL");
    }

    @Property(tries = 5000)
    void split_ofAJoinedCommand_givesItBack(@ForAll("commands") List<String> command) {
        assertThat(WindowsCommandLine.split(WindowsCommandLine.join(command))).isEqualTo(command);
    }

    @Property(tries = 5000)
    void joinAndSplit_ofWhatAnyLineIsSplitInto_changeNothing(@ForAll("lines") String line) {
        List<String> command = WindowsCommandLine.split("x " + line);
        assertThat(WindowsCommandLine.split(WindowsCommandLine.join(command))).isEqualTo(command);
        assertThat(command.subList(1, command.size())).isEqualTo(WindowsCommandLine.splitArguments(line));
    }

    @Provide
    Arbitrary<List<String>> commands() {
        Arbitrary<String> program = special().map(text -> text.replace("\"", ""));
        return program.flatMap(first -> special().list().ofMaxSize(5).map(rest -> {
            List<String> command = new ArrayList<>(List.of(first));
            command.addAll(rest);
            return command;
        }));
    }

    @Provide
    Arbitrary<String> lines() {
        return special();
    }

    private static Arbitrary<String> special() {
        return Arbitraries.strings()
                .withChars('"', '\\', ' ', '\t', 'a', 'ä', '\n')
                .ofMaxLength(14);
    }
}
