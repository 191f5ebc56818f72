package updater.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.json.Json.Bool;
import updater.json.Json.Elements;
import updater.json.Json.Members;
import updater.json.Json.Null;
import updater.json.Json.Text;
import updater.json.JsonText.Strictness;

class JsonTests {
    private static Json read(String text) throws JsonShapeException {
        return JsonText.parse(text, Strictness.NARROW);
    }

    @Test
    void read_everyKindOfValue() throws Exception {
        assertThat(read(" { \"a\" : [ 1 , -20, true, false, null ] , \"b\\u0041\\n\\/\" : \"\\\"\\\\\" }\r\n"))
                .isEqualTo(new Members(Map.of(
                        "a",
                        new Elements(
                                List.of(Json.number(1), Json.number(-20), new Bool(true), new Bool(false), new Null())),
                        "bA\n/",
                        new Text("\"\\"))));
        assertThat(read("[]")).isEqualTo(new Elements(List.of()));
        assertThat(read("{}")).isEqualTo(new Members(Map.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[",
                "[1",
                "[1,",
                "[1,]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{\"a\":1,\"a\":2}",
                "\"",
                "\"\\",
                "\"\\x\"",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\u+123\"",
                "\"\n\"",
                "01",
                "1.5",
                "1e3",
                "-",
                "+1",
                "--1",
                "1234567890123456789",
                "tru",
                "nul",
                "[] []",
                "// x\n1",
                "'a'",
                "[[[[[[[[[[[1]]]]]]]]]]]",
                "\uFEFF1"
            })
    void read_whatIsNotSuchJson_isJsonShapeException(String text) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(JsonShapeException.class)
                .hasMessageStartingWith("line ");
    }

    @Test
    void read_wider_takesWhatIsNotNarrow() throws Exception {
        for (String text : List.of("1.5", "1e3", "1234567890123456789", "[[[[[[[[[[[1]]]]]]]]]]]")) {
            assertThat(JsonText.parse(text, Strictness.STRICT)).isNotNull();
        }
        assertThatThrownBy(() -> JsonText.parse("[".repeat(65) + "]".repeat(65), Strictness.LENIENT))
                .isInstanceOf(JsonShapeException.class);
        assertThatThrownBy(() -> JsonText.parse("{\"a\":1,\"a\":2}", Strictness.STRICT))
                .isInstanceOf(JsonShapeException.class);
        assertThat(JsonText.parse("{\"a\":1,\"a\":2}", Strictness.LENIENT))
                .isEqualTo(new Members(Map.of("a", Json.number(2))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            {"a": {"b": [1, {"c": 1,}]}}      @ line 1, column 25: in or behind a.b[1].c: Unexpected character ('}'
            {"home": {"linux": "/opt"         @ line 1, column 26: in or behind home.linux: Unexpected end-of-input: expected close marker for Object (start marker at line 1, column 10)
            {                                 @ line 1, column 2: Unexpected end-of-input
            {"a": [1, 2, x]}                  @ line 1, column 14: in or behind a[2]: Unrecognized token 'x'
            [[[[[[[[[[[1]]]]]]]]]]]           @ line 1, column 11: in or behind [0][0][0][0][0][0][0][0][0][0]: Document nesting depth (10) exceeds the maximum allowed (9)
            """)
    void read_whatIsNotJson_saysWhereItIsAndNothingOfTheParser(String text, String message) {
        assertThatThrownBy(() -> read(text))
                .hasMessageStartingWith(message)
                .message()
                .doesNotContain("Source:", "REDACTED", "StreamRead", "`");
    }

    @Test
    void read_bytesThatAreNotUtf8_isJsonShapeException() {
        assertThatThrownBy(() -> JsonText.parse("\"ä\"".getBytes(StandardCharsets.ISO_8859_1), Strictness.NARROW))
                .isInstanceOf(JsonShapeException.class);
    }

    @Property
    void read_anything_endsWithAValueOrJsonShapeException(@ForAll("nearJson") String text) {
        try {
            assertThat(read(text)).isNotNull();
        } catch (JsonShapeException e) {
            assertThat(e).hasMessageStartingWith("line ");
        }
    }

    @Property
    void read_ofWhatWasWritten_isTheSame(@ForAll("values") Json value) throws Exception {
        assertThat(JsonText.ascii(value)).matches("[ -~]*");
        assertThat(read(JsonText.ascii(value))).isEqualTo(value);
        assertThat(JsonText.parse(JsonText.compact(value), Strictness.STRICT)).isEqualTo(value);
        assertThat(JsonText.parse(JsonText.pretty(value), Strictness.STRICT)).isEqualTo(value);
    }

    @Provide
    Arbitrary<String> nearJson() {
        return Arbitraries.strings().withChars("{}[],:\"\\u0a1-.etrufalsn \n").ofMaxLength(30);
    }

    @Provide
    Arbitrary<Json> values() {
        Arbitrary<String> text = Arbitraries.strings().ofMaxLength(8);
        Arbitrary<Json> simple = Arbitraries.oneOf(
                text.map(Text::new),
                Arbitraries.longs().between(-99_999_999_999L, 99_999_999_999L).map(Json::number),
                Arbitraries.of(new Bool(true), new Bool(false), new Null()));
        Arbitrary<Json> items = simple.list().ofMaxSize(3).map(Elements::new);
        return Arbitraries.oneOf(
                simple,
                items,
                Arbitraries.maps(text, Arbitraries.oneOf(simple, items))
                        .ofMaxSize(3)
                        .map(Members::new));
    }
}
