package updater.app.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.json.JsonShapeException;

final class OfferedRequestTests {
    private static OfferedRequest parse(String text) throws JsonShapeException {
        return OfferedRequest.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void parse_bundleAlone_findsItsStatementBesideIt() throws Exception {
        assertThat(parse("{'bundle': 'a.tar.gz'}"))
                .isEqualTo(new OfferedRequest("a.tar.gz", "a.tar.gz.release", Optional.empty()));
    }

    @Test
    void parse_allMembers_areTaken() throws Exception {
        assertThat(parse("{'bundle': 'a', 'release': 'r', 'version': 'v1.0'}"))
                .isEqualTo(new OfferedRequest("a", "r", Optional.of("v1.0")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{'bundle': 1}",
                "{'bundle': ''}",
                "{'bundle': '.'}",
                "{'bundle': '..'}",
                "{'bundle': 'a/b'}",
                "{'bundle': '../a'}",
                "{'bundle': '/etc/shadow'}",
                "{'bundle': '-a'}",
                "{'bundle': 'a\\u0000'}",
                "{'bundle': 'a\\n'}",
                "{'bundle': 'a', 'release': '../r'}",
                "{'bundle': 'a', 'release': null}",
                "{'bundle': 'a', 'version': 'v 1'}",
                "{'bundle': 'a', 'bundle': 'b'}",
                "{'bundle': 'a', 'home': '/'}",
                "{'bundle': 'a'} x"
            })
    void parse_anythingElse_isRefused(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(JsonShapeException.class);
    }
}
