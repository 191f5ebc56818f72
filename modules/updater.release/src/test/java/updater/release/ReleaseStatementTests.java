package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReleaseStatementTests {
    private static final List<String> LINES =
            List.of(new String(Vendor.RELEASE.text(), StandardCharsets.US_ASCII).split("\n"));

    static final List<Integer> INDEXES =
            IntStream.range(0, LINES.size()).boxed().toList();

    record Bad(String key, String value, String message) {}

    private static final String SIXTY_FIVE = "a".repeat(65);
    private static final String NUMBERS = "expected 1 to 999999999999999, found";
    private static final String TIMES = "expected a time such as 2026-11-28T00:00:00Z, found";

    static final List<Bad> BAD = List.of(
            new Bad("product", "", "line 2, product: expected letters, digits, '.', '_' and '-', 64 at most, found ''"),
            new Bad("product", "a b", "found 'a b'"),
            new Bad("product", "../x", "found '../x'"),
            new Bad("product", "a/b", "found 'a/b'"),
            new Bad("product", " agent", "found ' agent'"),
            new Bad("product", "agent ", "found 'agent '"),
            new Bad("product", SIXTY_FIVE, "64 at most"),
            new Bad("version", "-v1", "line 3, version: expected letters"),
            new Bad("version", "v1;rm", "found 'v1;rm'"),
            new Bad("version", SIXTY_FIVE, "64 at most"),
            new Bad("counter", "0", "line 4, counter: " + NUMBERS + " '0'"),
            new Bad("counter", "01040", NUMBERS + " '01040'"),
            new Bad("counter", "+1040", NUMBERS + " '+1040'"),
            new Bad("counter", "-1", NUMBERS + " '-1'"),
            new Bad("counter", "1e3", NUMBERS + " '1e3'"),
            new Bad("counter", "0x10", NUMBERS + " '0x10'"),
            new Bad("counter", "1000000000000000", NUMBERS + " '1000000000000000'"),
            new Bad("counter", "99999999999999999999999", NUMBERS),
            new Bad("counter", "1019", "the floor 1020 is above the counter 1019"),
            new Bad("floor", "", "line 5, floor: expected 0 to 999999999999999, found ''"),
            new Bad("floor", "1041", "the floor 1041 is above the counter 1040"),
            new Bad("platform", "Linux-amd64", "line 6, platform: expected words"),
            new Bad("platform", "linux--amd64", "found 'linux--amd64'"),
            new Bad("platform", "linux-", "found 'linux-'"),
            new Bad("platform", SIXTY_FIVE, "64 characters at most"),
            new Bad("size", "0", "line 7, size: " + NUMBERS + " '0'"),
            new Bad("sha256", "ab", "line 8, sha256: expected 64 digits 0-9 a-f, found 'ab'"),
            new Bad("sha256", "0123456789ABCDEF".repeat(4), "found '0123456789ABCDEF"),
            new Bad("manifest", "0".repeat(63), "line 9, manifest: expected 64 digits"),
            new Bad("manifest", "0".repeat(65), "line 9, manifest: expected 64 digits"),
            new Bad("created", "2026-11-28", "line 10, created: " + TIMES + " '2026-11-28'"),
            new Bad("created", "2026-11-28T00:00:00+00:00", TIMES),
            new Bad("created", "2026-11-28T00:00:00.5Z", TIMES),
            new Bad("created", "2026-11-28t00:00:00z", TIMES),
            new Bad("created", "2026-02-30T00:00:00Z", TIMES),
            new Bad("created", "2026-11-28T24:00:00Z", TIMES),
            new Bad("created", "2016-12-31T23:59:60Z", TIMES),
            new Bad("created", "2026-11-28T25:00:00Z", TIMES),
            new Bad("created", "+12026-11-28T00:00:00Z", TIMES),
            new Bad("created", "2028-11-28T00:00:00Z", "it expires at 2027-05-28T00:00:00Z, not after it was created"),
            new Bad("expires", "2026-11-28T00:00:00Z", "it expires at 2026-11-28T00:00:00Z, not after"),
            new Bad("keys", "0", "line 12, keys: " + NUMBERS + " '0'"),
            new Bad("keys", "3 4", NUMBERS + " '3 4'"));

    @ParameterizedTest
    @FieldSource("BAD")
    void statement_withABadValue_isRefusedNamingLineKeyAndValue(Bad bad) {
        assertRefused(Vendor.with(bad.key(), bad.value()), bad.message());
    }

    @Test
    void statement_ofTheDocumentation_isReadAndWritten() throws ReleaseRefused {
        String text = """
                host-updater release 1
                product observiq-otel-collector
                version v1.104.0
                counter 1040
                floor 1020
                platform linux-amd64-glibc
                size 187654321
                sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
                manifest fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210
                created 2026-11-28T00:00:00Z
                expires 2027-05-28T00:00:00Z
                keys 3
                """;
        ReleaseStatement statement = ReleaseStatement.parse(text.getBytes(StandardCharsets.US_ASCII));
        assertThat(statement.counter()).isEqualTo(1040);
        assertThat(statement.validity().expires()).isEqualTo(Instant.parse("2027-05-28T00:00:00Z"));
        assertThat(new String(statement.text(), StandardCharsets.US_ASCII)).isEqualTo(text);
    }

    @ParameterizedTest
    @FieldSource("INDEXES")
    void line_thatIsDropped_isMissed(int index) {
        List<String> lines = new ArrayList<>(LINES);
        lines.remove(index);
        assertRefused(lines, "line " + (index + 1) + ": expected '");
    }

    @ParameterizedTest
    @FieldSource("INDEXES")
    void line_thatIsThereTwice_isRefused(int index) {
        List<String> lines = new ArrayList<>(LINES);
        lines.add(index, lines.get(index));
        assertRefused(lines, "line " + (index + 2) + ": expected ");
    }

    @ParameterizedTest
    @FieldSource("INDEXES")
    void line_thatIsSwappedWithAnyOther_isRefused(int index) {
        for (int other = 0; other < LINES.size(); other++) {
            if (other != index) {
                List<String> lines = new ArrayList<>(LINES);
                Collections.swap(lines, index, other);
                assertRefused(lines, "line " + (Math.min(index, other) + 1) + ": expected '");
            }
        }
    }

    @ParameterizedTest
    @FieldSource("INDEXES")
    void key_thatIsUnknown_isRefused(int index) {
        List<String> lines = new ArrayList<>(LINES);
        lines.add(index, "colour blue");
        assertRefused(lines, "found 'colour blue'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\n\n", " \n", "\t\n", "\0\n", "\u0085\n", "\u2028", "\r"})
    void lineEnd_thatIsAnother_isRefused(String end) {
        byte[] text = (String.join(end, LINES) + end).getBytes(StandardCharsets.UTF_8);
        assertRefused(text, "release statement: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", " ", "x", "\0", "extra line\n", "keys 3\n", "\ufeff", "untrusted comment: x\n"})
    void bytes_atTheEnd_areRefused(String trailing) {
        assertRefused(
                TestKey.concat(Vendor.RELEASE.text(), trailing.getBytes(StandardCharsets.UTF_8)),
                "release statement: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ufeff", "\n", " ", "# comment\n"})
    void bytes_atTheBeginning_areRefused(String leading) {
        assertRefused(
                TestKey.concat(leading.getBytes(StandardCharsets.UTF_8), Vendor.RELEASE.text()), "release statement: ");
    }

    @Test
    void text_thatIsCutAnywhere_isRefused() {
        byte[] text = Vendor.RELEASE.text();
        for (int length = 0; length < text.length; length++) {
            assertRefused(Arrays.copyOf(text, length), "release statement: ");
        }
    }

    @Test
    void version_thatIsAnother_isRefusedWithTheVersion() {
        assertRefused(
                new String(Vendor.RELEASE.text(), StandardCharsets.US_ASCII)
                        .replace("release 1", "release 2")
                        .getBytes(StandardCharsets.US_ASCII),
                "line 1: expected 'host-updater release 1', found 'host-updater release 2'");
    }

    @Test
    void message_aboutHostileBytes_isPrintable() {
        byte[] text = Vendor.with("version", "\u001b[31m" + "x".repeat(3000));
        assertThatThrownBy(() -> ReleaseStatement.parse(text))
                .isInstanceOf(ReleaseRefused.class)
                .message()
                .matches("[ -~]{1,400}");
    }

    @Property(tries = 200)
    void statement_written_isReadAsItWas(@ForAll("statements") ReleaseStatement statement) throws ReleaseRefused {
        assertThat(statement.text()).hasSizeLessThan(ReleaseStatement.MAX_BYTES / 2);
        assertThat(ReleaseStatement.parse(statement.text())).isEqualTo(statement);
    }

    @Provide
    Arbitrary<ReleaseStatement> statements() {
        Arbitrary<String> words =
                Arbitraries.strings().withChars("abz019").ofMinLength(1).ofMaxLength(64);
        Arbitrary<Long> numbers = Arbitraries.longs().between(1, 999_999_999_999_999L);
        Arbitrary<String> hashes =
                Arbitraries.strings().withChars("0123456789abcdef").ofLength(64);
        Arbitrary<Long> seconds = Arbitraries.longs().between(0, 253_402_300_798L);
        return Combinators.combine(words, words, numbers, numbers, hashes, hashes, seconds, seconds)
                .as((name, version, one, two, sha256, manifest, a, b) -> new ReleaseStatement(
                        name,
                        version,
                        Math.max(one, two),
                        Math.min(one, two),
                        new ReleaseStatement.Bundle(name, one, sha256, manifest),
                        new ReleaseStatement.Validity(
                                Instant.ofEpochSecond(Math.min(a, b)), Instant.ofEpochSecond(Math.max(a, b) + 1)),
                        two));
    }

    private static void assertRefused(List<String> lines, String message) {
        assertRefused((String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII), message);
    }

    private static void assertRefused(byte[] text, String message) {
        assertThatThrownBy(() -> ReleaseStatement.parse(text))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessageContaining(message)
                .hasMessageMatching("[ -~]+");
    }
}
