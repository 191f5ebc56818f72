package updater.service.windows;

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
import org.junit.jupiter.params.provider.ValueSource;
import updater.service.windows.Json.Flag;
import updater.service.windows.Json.Items;
import updater.service.windows.Json.Malformed;
import updater.service.windows.Json.Members;
import updater.service.windows.Json.Null;
import updater.service.windows.Json.Text;
import updater.service.windows.Json.Value;
import updater.service.windows.Json.Whole;

class JsonTests {
    @Test
    void read_everyKindOfValue() throws Exception {
        assertThat(Json.read(" { \"a\" : [ 1 , -20, true, false, null ] , \"b\\u0041\\n\\/\" : \"\\\"\\\\\" }\r\n"))
                .isEqualTo(new Members(Map.of(
                        "a",
                        new Items(List.of(new Whole(1), new Whole(-20), new Flag(true), new Flag(false), new Null())),
                        "bA\n/",
                        new Text("\"\\"))));
        assertThat(Json.read("[]")).isEqualTo(new Items(List.of()));
        assertThat(Json.read("{}")).isEqualTo(new Members(Map.of()));
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
    void read_whatIsNotSuchJson_isMalformed(String text) {
        assertThatThrownBy(() -> Json.read(text)).isInstanceOf(Malformed.class).hasMessageStartingWith("line ");
    }

    @Test
    void read_bytesThatAreNotUtf8_isMalformed() {
        assertThatThrownBy(() -> Json.read("\"ä\"".getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(Malformed.class);
    }

    @Property
    void read_anything_endsWithAValueOrMalformed(@ForAll("nearJson") String text) {
        try {
            assertThat(Json.read(text)).isNotNull();
        } catch (Malformed e) {
            assertThat(e).hasMessageStartingWith("line ");
        }
    }

    @Property
    void read_ofWhatWasWritten_isTheSame(@ForAll("values") Value value) throws Exception {
        assertThat(Json.read(Json.write(value))).isEqualTo(value);
    }

    @Provide
    Arbitrary<String> nearJson() {
        return Arbitraries.strings().withChars("{}[],:\"\\u0a1-.etrufalsn \n").ofMaxLength(30);
    }

    @Provide
    Arbitrary<Value> values() {
        Arbitrary<String> text = Arbitraries.strings().ofMaxLength(8);
        Arbitrary<Value> simple = Arbitraries.oneOf(
                text.map(Text::new),
                Arbitraries.longs().between(-99_999_999_999L, 99_999_999_999L).map(Whole::new),
                Arbitraries.of(new Flag(true), new Flag(false), new Null()));
        Arbitrary<Value> items = simple.list().ofMaxSize(3).map(Items::new);
        return Arbitraries.oneOf(
                simple,
                items,
                Arbitraries.maps(text, Arbitraries.oneOf(simple, items))
                        .ofMaxSize(3)
                        .map(Members::new));
    }
}
