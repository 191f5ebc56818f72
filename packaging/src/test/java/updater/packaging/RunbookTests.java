package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import updater.api.RefusalCode;

/** The runbook has a section for every exit code and every refusal code, and each says the three things. */
final class RunbookTests {
    private static final Path RUNBOOK = Path.of("..", "docs", "runbook.md");

    private static Map<String, List<String>> sections() throws IOException {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> section = new ArrayList<>();
        for (String line : Files.readAllLines(RUNBOOK)) {
            if (line.startsWith("### ")) {
                section = new ArrayList<>();
                assertThat(sections.put(line.substring(4), section)).as(line).isNull();
            } else if (line.startsWith("- **")) {
                section.add(line.substring(4, line.indexOf("**:")));
            }
        }
        return sections;
    }

    @Test
    void refusalCodes_allHaveASection() throws IOException {
        assertThat(sections().keySet())
                .filteredOn(heading -> !heading.startsWith("Exit code"))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(RefusalCode.values())
                        .map(RefusalCode::text)
                        .toList());
    }

    @Test
    void exitCodes_allHaveASection() throws IOException {
        assertThat(sections().keySet())
                .filteredOn(heading -> heading.startsWith("Exit code"))
                .containsExactly(
                        "Exit code 0", "Exit code 1", "Exit code 2", "Exit code 3", "Exit code 4", "Exit code 5");
    }

    @Test
    void sections_eachSayWhatHappenedWhatIsTrueAndWhatToType() throws IOException {
        assertThat(sections())
                .allSatisfy((heading, said) ->
                        assertThat(said).as(heading).containsExactly("Happened", "True now", "Type"));
    }
}
