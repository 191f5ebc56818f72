package updater.state.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import updater.api.UpdateFailure;
import updater.json.Json;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/** The schema of product descriptors, and the code that reads them, take the same ones. */
final class ProductSchemaTests {
    private static final Path SCHEMA = Path.of("..", "..", "docs", "product.schema.json");
    private static final Path PRODUCTS = Path.of("..", "..", "packaging", "products");
    private static final Path EXAMPLES = Path.of("..", "..", "examples");
    private static final URI NAME = URI.create("urn:product");

    /** What no schema can say: the reader refuses more, by messages that begin so. {@code docs/product.md} lists it. */
    private static final Pattern BEYOND_SCHEMAS = Pattern.compile(
            "mutable: expected log/, tmp/, .*|trust: expected different roots, .*|trust.roots\\[.*: expected a public key.*"
                    + "|health.probes: expected different probes.*"
                    + "|migrations\\[[0-9]+\\].file: expected a file that is preserved .*");

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "7",
            "0",
            "-1",
            "1",
            "5",
            "6",
            "199",
            "600",
            "1000",
            "1001",
            "86400000",
            "86400001",
            "3651",
            "9223372036854775807",
            "9223372036854775808",
            "1.5",
            "[]",
            "{}",
            "[\"a\"]",
            "[7]",
            "[{}]",
            "{\"a\":7}",
            "\"\"",
            "\" \"",
            "\"a\"",
            "\"a b\"",
            "\"/\"",
            "\"/a\"",
            "\"/a/\"",
            "\"//a\"",
            "\"/a//b\"",
            "\"/a/../b\"",
            "\"/..\"",
            "\"/.\"",
            "\"/.a\"",
            "\"/a..\"",
            "\"/a:b\"",
            "\"/a\\\\b\"",
            "\"a/\"",
            "\"a//\"",
            "\"a//b\"",
            "\"./a\"",
            "\"a/./b\"",
            "\"a/..\"",
            "\"..\"",
            "\"../\"",
            "\"../a\"",
            "\"../../a\"",
            "\"../a/\"",
            "\"...\"",
            "\".a\"",
            "\"a:b\"",
            "\"a\\\\b\"",
            "\"a\\u0000b\"",
            "\"a\\u0007\"",
            "\"\\u202ea\"",
            "\"\\u2028\"",
            "\"\\ud800\"",
            "\"\\ue000\"",
            "\"ü\"",
            "\"*\"",
            "\"a*?\"",
            "\"C:\\\\a\"",
            "\"C:/a\"",
            "\"C:\\\\\"",
            "\"C:\\\\a\\\\..\"",
            "\"C:\\\\a\\\\\"",
            "\"C:a\"",
            "\"C:\\\\a?\"",
            "\"[INSTALLDIR]\"",
            "\"[INSTALLDIR]a\"",
            "\"[INSTALLDIR]a\\\\b\"",
            "\"[INSTALLDIR]../a\"",
            "\"[INSTALLDIR]/a\"",
            "\"-a\"",
            "\"_a\"",
            "\"1a\"",
            "\"a@b.service\"",
            "\"keep\"",
            "\"remove\"",
            "\"end\"",
            "\"leave\"",
            "\"http://localhost\"",
            "\"HTTPS://LOCALHOST:8443/a?b=c\"",
            "\"http://127.1.2.3:/a%20b\"",
            "\"http://[::1]:9/x\"",
            "\"http://127.0.0.1/a b\"",
            "\"http://127.0.0.1/%zz\"",
            "\"http://127.0.0.1/#a\"",
            "\"http://a@127.0.0.1/\"",
            "\"http://10.0.0.1/\"",
            "\"ftp://127.0.0.1/\"",
            "\"http://localhost.example/\"",
            "\"http://localhost:x/\"",
            "\"" + "a".repeat(64) + "\"",
            "\"" + "a".repeat(65) + "\"",
            "\"" + "a".repeat(255) + "\"",
            "\"" + "a".repeat(256) + "\"",
            "\"" + "a".repeat(1025) + "\"",
            "\"/" + "a".repeat(4096) + "\"",
            "[" + "\"/a\",".repeat(16) + "\"/a\"]",
            "[" + "\"/a\",".repeat(256) + "\"/a\"]",
            "[\"/a\",\"\"]",
            "[\"[X]\"]",
            "[{\"ready\":{}},{\"ready\":{}}]",
            "[{\"ready\":{}},{\"running\":{\"for-ms\":1}}]",
            "[\"log/\",\"tmp/\",\"s.json\",\"package_statuses.json\"]",
            "[\"log/\",\"tmp/\"]",
            "[\"log/\"]");

    private Validator validator;
    private Json schema;

    @BeforeEach
    void readSchema() throws Exception {
        String text = Files.readString(SCHEMA);
        schema = parsed(text);
        validator =
                new ValidatorFactory().withJsonNodeFactory(SchemaNode.FACTORY).createValidator();
        validator.registerSchema(NAME, text);
    }

    private static Json parsed(String text) throws JsonShapeException {
        return JsonText.parse(text.getBytes(StandardCharsets.UTF_8), JsonText.Strictness.STRICT);
    }

    /** Returns why the reader refuses; empty when it does not. */
    private static Optional<String> refusal(Json descriptor) {
        try {
            ProductJson.read(JsonText.compact(descriptor), "product.json");
            return Optional.empty();
        } catch (UpdateFailure.Usage e) {
            return Optional.of(e.getMessage().substring("product descriptor product.json: ".length()));
        }
    }

    private void assertJudgedAlike(Json descriptor) {
        assertThat(difference(descriptor)).isEmpty();
    }

    /** Returns who of the two takes a descriptor, and why the other one does not; empty when they agree. */
    private Optional<String> difference(Json descriptor) {
        Optional<String> refusal = refusal(descriptor);
        Validator.Result result = validator.validate(NAME, new SchemaNode(descriptor, ""));
        if (result.isValid() == refusal.isEmpty()
                || (refusal.isPresent() && BEYOND_SCHEMAS.matcher(refusal.get()).matches())) {
            return Optional.empty();
        }
        return Optional.of("reader: " + refusal.orElse("takes it") + "; schema: "
                + result.getErrors().stream()
                        .map(error -> error.getInstanceLocation() + " " + error.getError())
                        .toList()
                + "; " + shown(descriptor));
    }

    private static String shown(Json json) {
        return new String(JsonText.compact(json), StandardCharsets.UTF_8);
    }

    /** All that can be in a descriptor, at once. */
    private static Json everything() throws JsonShapeException {
        return JsonText.parse(ProductJson.write(ProductPageTests.everything()), JsonText.Strictness.STRICT);
    }

    @Test
    void descriptors_ofThisProject_areTakenByBoth() throws Exception {
        assertThat(refusal(everything())).isEmpty();
        assertJudgedAlike(everything());
        assertJudgedAlike(JsonText.parse(ProductJson.write(ProductJsonTests.least()), JsonText.Strictness.STRICT));
        List<Path> files = new ArrayList<>();
        try (Stream<Path> products = Files.list(PRODUCTS);
                Stream<Path> examples = Files.list(EXAMPLES)) {
            products.forEach(files::add);
            examples.map(example -> example.resolve("product.json"))
                    .filter(Files::exists)
                    .forEach(files::add);
        }
        assertThat(files).hasSizeGreaterThan(3);
        for (Path file : files) {
            Json product = parsed(Files.readString(file));
            assertThat(refusal(product)).as(file.toString()).isEmpty();
            assertJudgedAlike(product);
        }
    }

    @ParameterizedTest
    @MethodSource("updater.state.document.ProductJsonTests#bad")
    void badDescriptors_areRefusedByBoth(ProductJsonTests.Bad bad) {
        Json descriptor;
        try {
            descriptor = parsed(bad.json());
        } catch (JsonShapeException e) {
            // No JSON at all.
            return;
        }
        if (bad.json().length() < ProductJson.MAX_BYTES) {
            assertThat(refusal(descriptor)).isPresent();
            assertJudgedAlike(descriptor);
        }
    }

    /** Every place of a descriptor gets every value of the list, one at a time, and is left out, and gets a member more. */
    @Test
    void everyPlace_withAnyValue_isJudgedAlike() throws Exception {
        List<Json> values = new ArrayList<>();
        for (String value : VALUES) {
            values.add(parsed(value));
        }
        Map<String, Json> least =
                members(JsonText.parse(ProductJson.write(ProductJsonTests.least()), JsonText.Strictness.STRICT));
        List.of("trust", "mutable", "status-file").forEach(least::remove);
        List<Json> variants = new ArrayList<>(values);
        variants.add(with(least, "nmae", Optional.of(new Json.Bool(true))));
        members(everything()).forEach((name, member) -> {
            List<Json> varied = new ArrayList<>();
            vary(member, values, varied);
            varied.forEach(one -> variants.add(with(least, name, Optional.of(one))));
            variants.add(with(least, name, Optional.empty()));
        });

        assertThat(variants).hasSizeGreaterThan(5000);
        assertThat(variants.stream().flatMap(variant -> difference(variant).stream()))
                .isEmpty();
        assertThat(variants.stream()
                        .filter(variant -> refusal(variant).isEmpty())
                        .count())
                .as("variants that are taken")
                .isGreaterThan(500);
    }

    private static Map<String, Json> members(Json object) {
        return new LinkedHashMap<>(((Json.Members) object).values());
    }

    private static void vary(Json value, List<Json> values, List<Json> variants) {
        variants.addAll(values);
        switch (value) {
            case Json.Members(Map<String, Json> members) -> {
                members.forEach((name, member) -> {
                    List<Json> varied = new ArrayList<>();
                    vary(member, values, varied);
                    varied.forEach(one -> variants.add(with(members, name, Optional.of(one))));
                    variants.add(with(members, name, Optional.empty()));
                });
                variants.add(with(members, "nmae", Optional.of(new Json.Bool(true))));
            }
            case Json.Elements(List<Json> elements) -> {
                for (int i = 0; i < elements.size(); i++) {
                    List<Json> varied = new ArrayList<>();
                    vary(elements.get(i), values, varied);
                    for (Json one : varied) {
                        List<Json> changed = new ArrayList<>(elements);
                        changed.set(i, one);
                        variants.add(new Json.Elements(changed));
                    }
                }
            }
            case Json.Text _, Json.Num _, Json.Bool _, Json.Null _ -> {
                // Nothing is in it.
            }
        }
    }

    private static Json with(Map<String, Json> members, String name, Optional<Json> value) {
        Map<String, Json> changed = new LinkedHashMap<>(members);
        changed.remove(name);
        value.ifPresent(one -> changed.put(name, one));
        return new Json.Members(changed);
    }

    @Test
    void schemaMember_ofADescriptor_isTakenAndSaysNothing() throws Exception {
        Map<String, Json> members = members(everything());
        Json named = with(members, "$schema", Optional.of(new Json.Text("product.schema.json")));
        Json wrong = with(members, "$schema", Optional.of(new Json.Bool(true)));

        assertThat(ProductJson.read(JsonText.compact(named), "product.json")).isEqualTo(ProductPageTests.everything());
        assertJudgedAlike(named);
        assertThat(refusal(wrong))
                .hasValueSatisfying(refusal -> assertThat(refusal).startsWith("$schema: expected a text"));
        assertJudgedAlike(wrong);
    }

    /** Editors show these. */
    @Test
    void defaults_ofTheSchema_areThoseOfAMissingMember() throws Exception {
        Map<String, Json> defaults = new TreeMap<>();
        collectDefaults("", schema, defaults);
        Map<String, Json> missing = ProductPageTests.members(ProductJsonTests.least());

        assertThat(defaults).hasSizeGreaterThan(20);
        assertThat(missing).allSatisfy((path, value) -> {
            if (!path.contains("OS") && !path.contains("MANAGER") && defaults.containsKey(path)) {
                Json shown = value instanceof Json.Members ? new Json.Members(Map.of()) : value;
                assertThat(defaults.get(path)).as(path).isEqualTo(shown);
            }
        });
    }

    private static void collectDefaults(String path, Json schema, Map<String, Json> defaults) {
        if (!(schema instanceof Json.Members(Map<String, Json> members))) {
            return;
        }
        if (members.get("default") instanceof Json value) {
            defaults.put(path, value);
        }
        if (members.get("properties") instanceof Json.Members(Map<String, Json> properties)) {
            properties.forEach(
                    (name, property) -> collectDefaults(path.isEmpty() ? name : path + "." + name, property, defaults));
        }
    }
}
