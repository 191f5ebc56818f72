package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EnvironmentFileTextTests {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "V=/opt/x",
                "V=/opt/x\n",
                "V=/opt/x\r\n",
                "  V=/opt/x  \n",
                "V=\"/opt/x\"",
                "V='/opt/x'",
                "V=/opt/'x'",
                "V=\\/opt/x",
                "export V=/opt/x",
                "export\tV=\"/opt/x\" # where it is",
                "V=/opt/x # where it is",
                "# V=/no\nV=/opt/x\n#V=/no\n",
                "V=/old\nV=/opt/x\n",
                "OTHER=/no\nV=/opt/x\nV2=/no\nXV=/no\n",
                "V=/opt/x\0\0\0"
            })
    void lookUp_formsOfOneValue_areTheSame(String text) {
        assertThat(EnvironmentFileText.lookUp(text, "V")).contains("/opt/x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\n", "V=", "V=''", "V=\"\"", "V= # none", "#V=/x", "V =/x", "v=/x", "V=/x\nV=\n", "\0\0"})
    void lookUp_noValue_isEmpty(String text) {
        assertThat(EnvironmentFileText.lookUp(text, "V")).isEmpty();
    }

    @Test
    void lookUp_blanksAndMarksInQuotes_areKept() {
        assertThat(EnvironmentFileText.lookUp("V=\" /opt/a b#c \"", "V")).contains(" /opt/a b#c ");
        assertThat(EnvironmentFileText.lookUp("V=/opt/a b", "V")).contains("/opt/a b");
        assertThat(EnvironmentFileText.lookUp("V=/opt/a#b", "V")).contains("/opt/a#b");
        assertThat(EnvironmentFileText.lookUp("V=\"/opt/\\\"a\\b\"", "V")).contains("/opt/\"a\\b");
        assertThat(EnvironmentFileText.lookUp("V=/opt/it's", "V")).contains("/opt/it's");
    }

    @Test
    void value_fileMissingOrDirectory_isEmpty(@TempDir Path directory) {
        assertThat(EnvironmentFileText.value(directory.resolve("none"), "V")).isEmpty();
        assertThat(EnvironmentFileText.value(directory, "V")).isEmpty();
    }

    @Test
    void value_fileNotUtf8_isReadAllTheSame(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("default");
        Files.write(file, new byte[] {'#', (byte) 0xff, '\n', 'V', '=', '/', 'x'});

        assertThat(EnvironmentFileText.value(file, "V")).contains("/x");
    }
}
