package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What all pages have in common: short lines, links that lead somewhere, and tests that exist where they are named. */
final class PagesTests {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path DOCS = ROOT.resolve("docs");
    private static final int MOST_CHARACTERS = 120;
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]*)\\)");
    private static final Pattern CODE = Pattern.compile("`([^`]*)`");
    private static final Pattern TEST = Pattern.compile("(?:([A-Z]\\w+)\\.)?([a-z]\\w+)|([A-Z]\\w+)");
    private static final List<String> OF_A_PLATFORM =
            List.of("Runs here by", "Stop", "Definition", "Guard", "Traps", "Proven");

    static Stream<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        try (Stream<Path> top = Files.list(ROOT)) {
            top.filter(PagesTests::isPage).forEach(pages::add);
        }
        for (String below : List.of("docs", "examples", "tools")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(below))) {
                files.filter(PagesTests::isPage)
                        .filter(file -> !file.toString().contains("/target/"))
                        .forEach(pages::add);
            }
        }
        return pages.stream().map(ROOT::relativize).sorted();
    }

    private static boolean isPage(Path file) {
        return file.toString().endsWith(".md");
    }

    /** Returns the lines that are neither code nor of a table. */
    private static List<String> prose(Path page) throws IOException {
        List<String> prose = new ArrayList<>();
        boolean code = false;
        for (String line : Files.readAllLines(page)) {
            if (line.startsWith("```")) {
                code = !code;
            } else if (!code && !line.startsWith("    ") && !line.startsWith("|")) {
                prose.add(line);
            }
        }
        return prose;
    }

    /** As the web pages of repositories make them. */
    private static Set<String> anchors(Path page) throws IOException {
        return prose(page).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void prose_hasShortLines(Path page) throws IOException {
        assertThat(prose(ROOT.resolve(page))).allMatch(line -> line.length() <= MOST_CHARACTERS);
    }

    /** Those of the vendors' tools lead somewhere in their archive, whose top has docs as this one has. */
    @ParameterizedTest
    @MethodSource("pages")
    void links_leadSomewhere(Path page) throws IOException {
        Path file = page.equals(Path.of("tools/sdk/README.md")) ? ROOT.resolve("SDK.md") : ROOT.resolve(page);
        List<String> broken = new ArrayList<>();
        for (String line : Files.readAllLines(ROOT.resolve(page))) {
            Matcher link = LINK.matcher(line.replaceAll("`[^`]*`", ""));
            while (link.find()) {
                String to = link.group(1);
                if (to.matches("[a-z]+:.*")) {
                    continue;
                }
                String[] parts = to.split("#", 2);
                Path target = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]);
                if (!Files.exists(target)
                        || (parts.length == 2 && !anchors(target).contains(parts[1]))) {
                    broken.add(to);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    /** Each page has a reader, and the README sends him there. */
    @Test
    void readme_namesEveryPage() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        try (Stream<Path> pages = Files.list(DOCS)) {
            assertThat(pages.filter(PagesTests::isPage)
                            .map(page -> "(docs/" + page.getFileName())
                            .toList())
                    .allMatch(readme::contains);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"systemd", "sysv", "openrc", "process", "launchd", "windows"})
    void platforms_haveTheSameHeadings(String name) throws IOException {
        assertThat(prose(DOCS.resolve("platforms/" + name + ".md")).stream()
                        .filter(line -> line.startsWith("## "))
                        .map(line -> line.substring(3)))
                .containsSubsequence(OF_A_PLATFORM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "design.md graph",
                "design.md sequenceDiagram",
                "contract.md sequenceDiagram",
                "transactions.md stateDiagram"
            })
    void diagrams_areThere(String pageAndKind) throws IOException {
        String[] words = pageAndKind.split(" ", 2);
        assertThat(Files.readString(DOCS.resolve(words[0]))).contains("```mermaid\n" + words[1]);
    }

    @Test
    void measurements_sayWhatWroteThem() throws IOException {
        try (Stream<Path> pages = Files.list(DOCS.resolve("measurements"))) {
            assertThat(pages.filter(PagesTests::isPage).filter(page -> !page.endsWith("README.md")))
                    .isNotEmpty()
                    .allSatisfy(page -> assertThat(page).content().contains("Written by `tools/"));
        }
    }

    /** The tests that the tables of these pages name, at the right, are there. */
    @ParameterizedTest
    @ValueSource(strings = {"opamp.md", "agents.md"})
    void testsOfTables_exist(String page) throws IOException {
        String sources = sources();
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (String line : Files.readAllLines(DOCS.resolve(page))) {
            String[] cells = line.split("(?<!\\\\)\\|", -1);
            for (int i = 2; line.startsWith("|") && i < cells.length; i++) {
                Matcher code = CODE.matcher(cells[i]);
                while (code.find()) {
                    Matcher test = TEST.matcher(code.group(1));
                    if (test.matches()
                            && (code.group(1).contains("_") || code.group(1).contains("Tests"))) {
                        named++;
                        boolean found = test.group(3) != null
                                ? sources.contains("class " + test.group(3) + " ")
                                : sources.contains("void " + test.group(2) + "(")
                                        && (test.group(1) == null || sources.contains("class " + test.group(1) + " "));
                        if (!found) {
                            missing.add(code.group(1));
                        }
                    }
                }
            }
        }
        assertThat(named).isGreaterThan(15);
        assertThat(missing).isEmpty();
    }

    private static String sources() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String module : List.of("modules/updater.agent", "modules/updater.opamp", "packaging")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                    sources.append(Files.readString(file));
                }
            }
        }
        return sources.toString();
    }
}
