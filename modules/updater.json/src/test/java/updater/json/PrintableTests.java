package updater.json;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTests {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10 | \\u000A",
                "13 | \\u000D",
                "0 | \\u0000",
                "27 | \\u001B",
                "127 | \\u007F",
                "133 | \\u0085",
                "155 | \\u009B",
                "173 | \\u00AD",
                "8232 | \\u2028",
                "8233 | \\u2029",
                "8238 | \\u202E",
                "8295 | \\u2067",
                "65279 | \\uFEFF",
                "55296 | \\uD800",
                "917505 | \\uDB40\\uDC01",
            })
    void text_characterThatSteersTheTerminal_isEscaped(int codePoint, String escape) {
        assertThat(Printable.text("a" + Character.toString(codePoint) + "b")).isEqualTo("a" + escape + "b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "/opt/ünïcödé/日本語 😀", "C:\\Program Files\\x", "a\u00A0b"})
    void text_harmless_isLeftAlone(String text) {
        assertThat(Printable.text(text)).isEqualTo(text);
    }

    @Property
    void text_any_holdsNoControlCharacterAndIsStable(@ForAll String text) {
        String safe = Printable.text(text);

        assertThat(safe.codePoints().filter(Character::isISOControl)).isEmpty();
        assertThat(Printable.text(safe)).isEqualTo(safe);
    }
}
