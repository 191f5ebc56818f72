package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import updater.api.RefusalCode;

/** The runbook has a section for every exit code and every refusal code, and each says the three things. */
final class RunbookTests {
    @Test
    void refusalCodes_allHaveASection() {
        assertThat(Runbook.sections().keySet())
                .filteredOn(heading -> !heading.startsWith("Exit code"))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(RefusalCode.values())
                        .map(RefusalCode::text)
                        .toList());
    }

    @Test
    void exitCodes_allHaveASection() {
        assertThat(Runbook.sections().keySet())
                .filteredOn(heading -> heading.startsWith("Exit code"))
                .containsExactly(
                        "Exit code 0", "Exit code 1", "Exit code 2", "Exit code 3", "Exit code 4", "Exit code 5");
    }

    @Test
    void sections_eachSayWhatHappenedWhatIsTrueAndWhatToType() {
        assertThat(Runbook.sections())
                .allSatisfy((heading, lines) -> assertThat(lines.stream()
                                .filter(line -> line.startsWith("- **"))
                                .map(line -> line.substring(4, line.indexOf("**:"))))
                        .as(heading)
                        .containsExactly("Happened", "True now", "Type"));
    }
}
