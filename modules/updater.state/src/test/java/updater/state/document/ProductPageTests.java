package updater.state.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.json.Json;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/** The page about the product descriptor names the members that are read, with their defaults, and nothing else. */
final class ProductPageTests {
    private static final Path PAGE = Path.of("..", "..", "docs", "product.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\| (\\w+) \\|([^|]*)\\|");
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```json\n(.*?)```");

    private static String page() throws IOException {
        return Files.readString(PAGE);
    }

    /** Returns the default of each member of the page, as it is printed. */
    private static Map<String, String> rows() throws IOException {
        Map<String, String> rows = new TreeMap<>();
        Matcher row = ROW.matcher(page());
        while (row.find()) {
            assertThat(rows.put(row.group(1), row.group(3).strip()))
                    .as(row.group(1))
                    .isNull();
        }
        return rows;
    }

    /** Adds the path of every member, with its value. */
    private static void collect(String path, Json value, Map<String, Json> found) {
        if (!path.isEmpty()) {
            found.put(path, value);
        }
        if (value instanceof Json.Members(Map<String, Json> members)) {
            members.forEach((name, member) -> collect(below(path, name), member, found));
        } else if (value instanceof Json.Elements(List<Json> elements)) {
            elements.stream()
                    .filter(Json.Members.class::isInstance)
                    .forEach(element -> collect(path + "[]", element, found));
        }
    }

    private static String below(String path, String name) {
        return switch (path) {
            case "" -> name;
            case "services" -> path + ".MANAGER";
            case "home", "state-directory" -> path + ".OS";
            default -> path + "." + name;
        };
    }

    static Map<String, Json> members(Product product) throws JsonShapeException {
        Map<String, Json> found = new TreeMap<>();
        collect("", JsonText.parse(ProductJson.write(product), JsonText.Strictness.STRICT), found);
        found.keySet()
                .removeIf(path -> path.endsWith("[]") || path.equals("services.MANAGER") || path.equals("home.OS"));
        return found;
    }

    static Product everything() {
        Product product = ProductJsonTests.everything();
        return ProductEdit.of(product)
                .probes(
                        new Probe.Report(),
                        new Probe.Http(URI.create("http://localhost/"), 200, Optional.of("up")),
                        new Probe.Command(List.of("/bin/true"), Duration.ofSeconds(1)),
                        new Probe.Ready(),
                        new Probe.Running(Duration.ofSeconds(1)))
                .product();
    }

    @Test
    void page_hasARowForEveryMemberAndNoOther() throws Exception {
        assertThat(rows().keySet()).isEqualTo(members(everything()).keySet());
    }

    @Test
    void page_defaults_areThoseOfAMissingMember() throws Exception {
        Map<String, Json> defaults = members(ProductJsonTests.least());

        assertThat(rows()).allSatisfy((path, shown) -> {
            Json value = defaults.get(path);
            if (value == null || shown.equals("required") || value instanceof Json.Members) {
                return;
            }
            String json = new String(JsonText.compact(value), StandardCharsets.UTF_8);
            String text = value instanceof Json.Text(String plain) ? plain : json;
            assertThat(shown).as(path).isEqualTo("`" + text + "`");
        });
    }

    @Test
    void page_membersThatAreRequired_areRefusedWhenTheyAreMissing() throws Exception {
        for (String member : List.of("name", "package", "home", "services")) {
            assertThat(rows()).containsEntry(member, "required");
        }
    }

    @Test
    void page_examples_areRead() throws Exception {
        Matcher example = EXAMPLE.matcher(page());
        int read = 0;
        while (example.find()) {
            readable(example.group(1));
            read++;
        }
        assertThat(read).isEqualTo(2);
    }

    private static void readable(String json) throws UpdateFailure.Usage {
        assertThat(ProductJson.read(json.getBytes(StandardCharsets.UTF_8), "example")
                        .name())
                .isEqualTo("acme-agent");
    }
}
