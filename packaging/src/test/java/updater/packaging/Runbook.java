package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sections of {@code docs/runbook.md}. */
final class Runbook {
    private static final Path PAGE = Path.of("..", "docs", "runbook.md");

    private Runbook() {}

    /** Returns the lines of each section, by its heading. */
    static Map<String, List<String>> sections() {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> section = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(PAGE)) {
                if (line.startsWith("### ")) {
                    section = new ArrayList<>();
                    assertThat(sections.put(line.substring(4), section))
                            .as(line)
                            .isNull();
                } else {
                    section.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sections;
    }

    /** Returns what the section of a refusal code, or of an exit code, says. */
    static String of(String heading) {
        assertThat(sections()).containsKey(heading);
        return String.join(" ", sections().get(heading)).replaceAll(" +", " ");
    }
}
