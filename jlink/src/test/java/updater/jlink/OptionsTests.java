package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionsTests {
    private static final Set<String> NAMES = Set.of("--to", "--of");

    @Test
    void parse_optionsAmongOperands_areToldApart() {
        Options options = Options.parse(List.of("a", "--to", "--of", "b", "--of", "1", "--of", "2"), NAMES)
                .orElseThrow();

        assertThat(options.operands()).containsExactly("a", "b");
        assertThat(options.value("--to")).contains("--of");
        assertThat(options.value("--of")).contains("2");
        assertThat(options.value("--from")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--from 1", "a --to", "--"})
    void parse_optionUnknownOrWithoutValue_isNothing(String line) {
        assertThat(Options.parse(List.of(line.split(" ", -1)), NAMES)).isEmpty();
    }

    @Test
    void build_withEverything_isRead() {
        BuildOptions options = BuildOptions.parse(List.of(
                "--module-path",
                "jars",
                "--launcher",
                "l",
                "--output",
                "/o/../p",
                "--modules",
                "a,b",
                "--target-jdk",
                "/jdk",
                "--emulator",
                "run  -L root",
                "--",
                "{bundle}/x",
                "--output"));

        assertThat(options.modulePath()).isEqualTo("jars");
        assertThat(options.output()).isEqualTo(Path.of("/p"));
        assertThat(options.modules()).containsExactly("a", "b");
        assertThat(options.nativeAccess()).isEmpty();
        assertThat(options.training()).containsExactly("/p/x", "--output");
        assertThat(options.target())
                .isEqualTo(new BuildOptions.Target(
                        Optional.of(Path.of("/jdk")), Optional.empty(), List.of("run", "-L", "root")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--module-path jars --launcher l",
                "--module-path jars --launcher l --output",
                "--module-path jars --launcher l --output o operand"
            })
    void build_wrongCommandLine_isAnsweredWithTheUsage(String line) {
        assertThatThrownBy(() -> BuildOptions.parse(List.of(line.split(" ", -1))))
                .isInstanceOf(BuildFailure.class)
                .hasMessage(BuildOptions.USAGE);
    }
}
