package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class NamesTests {
    @Test
    void display_escapesWhatWouldForgeALogLine() {
        assertThat(Names.display(Path.of("/home"), "plain ä")).isEqualTo(Path.of("/home/plain ä"));
        assertThat(Names.display(Path.of("/home"), "a\nb\u001b[2J").toString()).isEqualTo("/home/a\\u000ab\\u001b[2J");
    }
}
