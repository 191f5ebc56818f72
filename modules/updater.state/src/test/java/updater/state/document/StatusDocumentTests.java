package updater.state.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import updater.api.Bytes;
import updater.state.document.StatusDocument.PackageStatus;

class StatusDocumentTests {
    private static final String AGENT = "observiq-otel-collector";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static StatusDocument parse(String text) throws StatusFormatException {
        return StatusDocument.parse(bytes(text));
    }

    private static String failed(String document, String message) throws StatusFormatException {
        return new String(parse(document).withFailure(AGENT, message), StandardCharsets.UTF_8);
    }

    @Test
    void status_asAgentWritesIt_isRead() throws StatusFormatException {
        StatusDocument document = parse("{\"all_packages_hash\":\"aGFzaA==\",\"all_error_message\":\"\","
                + "\"package_states\":{\"observiq-otel-collector\":{\"name\":\"observiq-otel-collector\","
                + "\"agent_version\":\"1.2.3\",\"agent_hash\":null,\"server_version\":\"1.3.0\","
                + "\"server_hash\":[1,2,255],\"status\":2,\"error_message\":\"why\"}}}");

        assertThat(document.status(AGENT)).contains(new PackageStatus(OptionalInt.of(2), "why", "1.2.3", "1.3.0"));
        assertThat(document.status("another")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("withoutPackage")
    void status_ofMissingPackage_isEmptyAndItIsAddedOnFailure(String text) throws StatusFormatException {
        assertThat(parse(text).status(AGENT)).isEmpty();

        StatusDocument failed = StatusDocument.parse(parse(text).withFailure(AGENT, "no"));

        assertThat(failed.status(AGENT))
                .contains(new PackageStatus(OptionalInt.of(StatusDocument.INSTALL_FAILED), "no", "", ""));
    }

    static Stream<String> withoutPackage() {
        return Stream.of(
                "{}",
                "{\"package_states\":null}",
                "{\"package_states\":{}}",
                "{\"package_states\":[]}",
                "{\"package_states\":\"observiq-otel-collector\"}",
                "{\"package_states\":{\"other\":{\"status\":0}}}",
                "{\"package_states\":{\"observiq-otel-collector\":null}}",
                "{\"package_states\":{\"observiq-otel-collector\":0}}");
    }

    @ParameterizedTest
    @MethodSource("withoutStatus")
    void status_thatIsNoWholeNumber_isEmpty(String value) throws StatusFormatException {
        StatusDocument document =
                parse("{\"package_states\":{\"observiq-otel-collector\":{\"status\":" + value + "}}}");

        assertThat(document.status(AGENT))
                .get()
                .extracting(PackageStatus::status)
                .isEqualTo(OptionalInt.empty());
    }

    static Stream<String> withoutStatus() {
        return Stream.of("null", "\"0\"", "0.0", "0e0", "false", "[0]", "{}", "4294967296", "9".repeat(900));
    }

    @Test
    void withFailure_everythingElse_survivesAsItIs() throws StatusFormatException {
        String before = "{\"future\":{\"z\":1,\"a\":[1.0E+2,-0,0.10,123456789012345678901234567890,true,null]},"
                + "\"package_states\":{\"b\":{\"status\":0},"
                + "\"observiq-otel-collector\":{\"new\":\"\\u003c\",\"status\":2,\"agent_hash\":[0,255],"
                + "\"server_hash\":\"YQ==\",\"last\":\"ü€😀\"}},\"all_packages_hash\":\"YQ==\"}";

        assertThat(failed(before, "broken"))
                .isEqualTo("{\"future\":{\"z\":1,\"a\":[1.0E+2,-0,0.10,123456789012345678901234567890,true,null]},"
                        + "\"package_states\":{\"b\":{\"status\":0},"
                        + "\"observiq-otel-collector\":{\"new\":\"<\",\"status\":3,\"agent_hash\":[0,255],"
                        + "\"server_hash\":\"YQ==\",\"last\":\"ü€😀\",\"error_message\":\"broken\"}},"
                        + "\"all_packages_hash\":\"YQ==\"}");
    }

    @Test
    void withFailure_loneSurrogate_survives() throws StatusFormatException {
        assertThat(failed("{\"x\":\"a\\ud800b\",\"package_states\":{}}", "also \udfff"))
                .startsWith("{\"x\":\"a\\ud800b\",")
                .contains("\"also \\udfff\"");
    }

    @Test
    void withFailure_textThatInjectsLogLines_staysOneJsonString() throws StatusFormatException {
        String message = "disk full\n{\"level\":\"info\",\"msg\":\"all is well\"}\u001b[2J\u0000\"}";

        String failed = failed("{}", message);

        assertThat(failed.chars().filter(c -> c < ' ')).isEmpty();
        assertThat(parse(failed).status(AGENT))
                .get()
                .extracting(PackageStatus::errorMessage)
                .isEqualTo(message);
    }

    @Test
    void withFailure_duplicateMembers_lastWinsForEveryReader() throws StatusFormatException {
        String twice = "{\"package_states\":{\"observiq-otel-collector\":{\"status\":0,\"status\":2}},"
                + "\"package_states\":{\"observiq-otel-collector\":{\"status\":3,\"status\":1,\"agent_version\":\"a\"}}}";

        assertThat(parse(twice).status(AGENT)).contains(new PackageStatus(OptionalInt.of(1), "", "a", ""));
        assertThat(failed(twice, "no"))
                .isEqualTo("{\"package_states\":{\"observiq-otel-collector\":"
                        + "{\"status\":3,\"agent_version\":\"a\",\"error_message\":\"no\"}}}");
    }

    @Test
    void newWithFailure_hasEveryMemberAgentsWrite() {
        assertThat(new String(StatusDocument.newWithFailure(AGENT, "no"), StandardCharsets.UTF_8))
                .isEqualTo("{\"all_packages_hash\":null,\"all_error_message\":\"\",\"package_states\":{"
                        + "\"observiq-otel-collector\":{\"name\":\"observiq-otel-collector\",\"agent_version\":\"\","
                        + "\"agent_hash\":null,\"server_version\":\"\",\"server_hash\":null,\"status\":3,"
                        + "\"error_message\":\"no\"}}}");
    }

    @Test
    void parse_byteOrderMark_isSkipped() throws StatusFormatException {
        assertThat(parse("\uFEFF{\"package_states\":{\"observiq-otel-collector\":{\"status\":0}}}")
                        .status(AGENT))
                .isPresent();
    }

    record Attack(String name, Bytes content) {
        Attack(String name, byte[] content) {
            this(name, Bytes.of(content));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Attack> attacks() {
        String whole = "{\"package_states\":{\"observiq-otel-collector\":{\"status\":0}}}";
        return Stream.of(
                new Attack("empty", bytes("")),
                new Attack("blank", bytes(" \n")),
                new Attack("zeros", new byte[4096]),
                new Attack("byte order mark only", bytes("\uFEFF")),
                new Attack("two byte order marks", bytes("\uFEFF\uFEFF{}")),
                new Attack("UTF-16 with mark", whole.getBytes(StandardCharsets.UTF_16)),
                new Attack("UTF-16LE", whole.getBytes(StandardCharsets.UTF_16LE)),
                new Attack("UTF-16BE", whole.getBytes(StandardCharsets.UTF_16BE)),
                new Attack("Latin-1", "{\"ü\":1}".getBytes(StandardCharsets.ISO_8859_1)),
                new Attack("overlong UTF-8", new byte[] {'{', '"', (byte) 0xC0, (byte) 0xAE, '"', ':', '1', '}'}),
                new Attack("surrogate in UTF-8", new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}),
                new Attack("array", bytes("[]")),
                new Attack("text", bytes("\"0\"")),
                new Attack("null", bytes("null")),
                new Attack("number", bytes("0")),
                new Attack("two documents", bytes("{}{}")),
                new Attack("trailing text", bytes("{} x")),
                new Attack("comment", bytes("{/**/}")),
                new Attack("trailing comma", bytes("{\"a\":1,}")),
                new Attack("unquoted name", bytes("{a:1}")),
                new Attack("NaN", bytes("{\"a\":NaN}")),
                new Attack("leading zeros", bytes("{\"a\":007}")),
                new Attack("line break in a text", bytes("{\"a\":\"\n\"}")),
                new Attack("ESC in a text", bytes("{\"a\":\"\u001b[2J\"}")),
                new Attack("200,000 arrays deep", bytes("{\"a\":" + "[".repeat(200_000))),
                new Attack(
                        "200,000 arrays deep, closed",
                        bytes("{\"a\":" + "[".repeat(200_000) + "]".repeat(200_000) + "}")),
                new Attack("200,000 objects deep", bytes("{\"a\":".repeat(200_000))),
                new Attack("number of 1,001 digits", bytes("{\"a\":" + "1".repeat(1001) + "}")),
                new Attack("number of 1,001 digits, negative", bytes("{\"a\":-" + "1".repeat(1001) + "}")),
                new Attack("1 MB number", bytes("{\"a\":" + "1".repeat(1 << 20) + "}")),
                new Attack(
                        "1 MB status",
                        bytes("{\"package_states\":{\"observiq-otel-collector\":{\"status\":" + "1".repeat(1 << 20)
                                + "}}}")),
                new Attack("1 MB fraction", bytes("{\"a\":0." + "1".repeat(1 << 20) + "}")),
                new Attack("1 MB exponent", bytes("{\"a\":1e" + "1".repeat(1 << 20) + "}")),
                new Attack("1 MB member name", bytes("{\"" + "n".repeat(1 << 20) + "\":1}")));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void parse_whatIsNoDocument_isRefusedInOneLine(Attack attack) {
        assertThatThrownBy(() -> StatusDocument.parse(attack.content().toArray()))
                .isInstanceOf(StatusFormatException.class)
                .message()
                .isNotBlank()
                .hasSizeLessThan(500)
                .satisfies(message ->
                        assertThat(message.chars().filter(c -> c < ' ')).isEmpty());
    }

    @Test
    void parse_cutAtEveryByte_isRefused() {
        byte[] whole = StatusDocument.newWithFailure(AGENT, "ü");
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);

            assertThatThrownBy(() -> StatusDocument.parse(cut)).isInstanceOf(StatusFormatException.class);
        }
    }

    @Property(tries = 2000)
    void parse_anyBytes_endsInADocumentOrARefusal(@ForAll("almostDocuments") byte[] content) {
        try {
            StatusDocument document = StatusDocument.parse(content);
            assertThat(StatusDocument.parse(document.withFailure(AGENT, "no")).status(AGENT))
                    .get()
                    .extracting(PackageStatus::errorMessage)
                    .isEqualTo("no");
        } catch (StatusFormatException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }

    @Provide
    Arbitrary<byte[]> almostDocuments() {
        return Arbitraries.of(
                        "{",
                        "}",
                        "[",
                        "]",
                        ",",
                        ":",
                        "\"",
                        "\"package_states\"",
                        "\"observiq-otel-collector\"",
                        "\"status\"",
                        "0",
                        "3",
                        "-",
                        "1e9",
                        "null",
                        "tru",
                        " ",
                        "\\u",
                        "d8",
                        "\u0000",
                        "ü",
                        "\uFEFF")
                .list()
                .ofMaxSize(30)
                .map(parts -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    parts.forEach(part -> out.writeBytes(bytes(part)));
                    return out.toByteArray();
                });
    }

    @Property(tries = 500)
    void withFailure_anyMessage_isReadBack(@ForAll String message) throws StatusFormatException {
        assertThat(StatusDocument.parse(StatusDocument.newWithFailure(AGENT, message))
                        .status(AGENT))
                .contains(new PackageStatus(OptionalInt.of(3), message, "", ""));
    }
}
