package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NamesAndPathsTests {
    @Test
    void skipPaths_matchWholeNames() {
        SkipPaths skip = new SkipPaths(List.of("tmp/", "log/", "status.json"));
        assertThat(List.of("tmp/", "tmp/a", "tmp/a/b/", "log/x", "status.json")).allMatch(skip);
        assertThat(List.of("tmp", "tmpdata/", "tmpdata/x", "a/tmp/", "status.json/", "status.json.bak", "l"))
                .noneMatch(skip);
    }

    @Test
    void display_escapesWhatWouldForgeALogLine() {
        assertThat(Names.display(Path.of("/home"), "plain ä")).isEqualTo(Path.of("/home/plain ä"));
        assertThat(Names.display(Path.of("/home"), "a\nb\u001b[2J").toString()).isEqualTo("/home/a\\u000ab\\u001b[2J");
    }
}
