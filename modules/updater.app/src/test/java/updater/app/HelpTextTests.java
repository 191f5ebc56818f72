package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class HelpTextTests {
    static Stream<Command> commands() {
        return Command.words().stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void of_command_saysHowItIsGivenAndHasItsOptionsAlone(Command command) throws Exception {
        String help = HelpText.of(command);

        assertThat(help)
                .startsWith("usage: updater " + command.word())
                .contains("\nexit codes\n  0   ")
                .doesNotContain("HOME/log");
        for (Option option : Option.forPeople()) {
            String line = "\n  " + option.text() + " ";
            if (HelpText.all().contains(line)) {
                assertThat(help.contains(line)).as(option.text()).isEqualTo(command.goesWith(option));
            }
        }
        assertThat(ArgumentParser.parse(List.of(command.word(), "--help")).about())
                .contains(command);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void of_command_isTheGoldenFile(Command command) {
        assertThat(HelpText.of(command)).isEqualTo(Golden.file("help/" + command.word() + ".txt"));
    }

    /** Asked of a real bash. */
    @ParameterizedTest
    @CsvSource({
        "ro, rollback",
        "rollback --j, --json",
        "hold --, --home --product --service-manager --json --reason --until --help",
        "apply --rel, --release",
        "completion z, zsh",
        "status --give, ''"
    })
    void completion_inBash_offersWhatCanFollow(String typed, String offered, @TempDir Path directory)
            throws IOException, InterruptedException {
        Path script = Files.writeString(directory.resolve("completion"), Completion.of("bash"));
        String ask = "source \"$1\"; COMP_WORDS=(updater $2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _updater;"
                + " echo \"${COMPREPLY[*]}\"";

        Process bash = new ProcessBuilder("bash", "-c", ask, "ask", script.toString(), typed)
                .redirectErrorStream(true)
                .start();
        String answer = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bash.waitFor()).as(answer).isZero();
        assertThat(answer.strip()).isEqualTo(offered);
    }
}
