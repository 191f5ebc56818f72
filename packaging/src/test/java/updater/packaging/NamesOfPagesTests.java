package updater.packaging;

import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the names of code on the pages to the code: a class that is moved or renamed takes its page along. */
class NamesOfPagesTests {
    private static final Path DOCS = JavaSources.ROOT.resolve("docs");
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z0-9]+[A-Z]\\w*)[^`]*`");
    private static final Pattern TESTS = Pattern.compile("`([A-Z]\\w*Tests)[^`]*`");
    private static final Pattern MODULE = Pattern.compile("(?m)^\\| `(updater\\.[a-z.]+)` \\|.*\\|");

    private static List<String> named(Pattern pattern, Path page) throws IOException {
        return pattern.matcher(Files.readString(page))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"design.md", "transactions.md"})
    void classes_ofThePage_exist(String page) throws IOException {
        assertThat(named(CLASS, DOCS.resolve(page)))
                .isNotEmpty()
                .filteredOn(not(JavaSources.classes()::contains))
                .isEmpty();
    }

    @Test
    void tests_ofAnyPage_exist() throws IOException {
        Set<String> classes = JavaSources.classes();
        try (Stream<Path> pages = Files.walk(DOCS)) {
            for (Path page :
                    pages.filter(file -> file.toString().endsWith(".md")).toList()) {
                assertThat(named(TESTS, page)).as(page.toString()).allMatch(classes::contains);
            }
        }
    }

    /** The guided tour says how many classes a replaced file passes. */
    @Test
    void tour_ofAReplacedFile_isAsLongAsItSays() throws IOException {
        String page = Files.readString(DOCS.resolve("design.md"));
        String tour =
                page.substring(page.indexOf("### A replaced file"), page.indexOf("### The new agent reports failure"));
        MatchResult says = Pattern.compile("That is (\\d+) classes")
                .matcher(tour)
                .results()
                .findFirst()
                .orElseThrow();
        Set<String> classes = JavaSources.classes();
        assertThat(Pattern.compile("`([A-Z]\\w*)[^`]*`")
                        .matcher(tour.substring(0, says.start()))
                        .results()
                        .map(found -> found.group(1))
                        .filter(classes::contains)
                        .distinct())
                .hasSize(Integer.parseInt(says.group(1)));
    }

    @Test
    void modules_ofTheTable_areAllOfThem() throws IOException {
        assertThat(named(MODULE, DOCS.resolve("design.md")))
                .containsAll(ModuleArchitectureTests.NAMES)
                .allMatch(name -> ModuleArchitectureTests.NAMES.contains(name)
                        || name.equals("updater.testkit")
                        || name.startsWith("updater.transaction"));
    }
}
