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
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import updater.release.KeyList.RevokedKey;
import updater.release.KeyList.SigningKey;
import updater.release.ReleaseRefused.Check;

class KeyListTests {
    private static final Instant TIME = Instant.parse("2026-11-30T00:00:00Z");
    private static final KeyList LIST = Vendor.list(
            3,
            Vendor.ROOTS,
            List.of(Vendor.validKey("2026a", Vendor.KEY)),
            List.of(new RevokedKey("2026b", Vendor.KEY_B.key(), TIME)));
    private static final String TEXT = new String(LIST.text(), StandardCharsets.US_ASCII);
    private static final List<String> LINES = List.of(TEXT.split("\n"));
    private static final List<TestKey> POOL =
            IntStream.range(0, 8).mapToObj(i -> TestKey.of("pool " + i)).toList();

    record Signers(String what, List<TestKey> roots, String message) {
        @Override
        public String toString() {
            return what;
        }
    }

    static final List<Signers> TOO_FEW = List.of(
            new Signers("one", List.of(Vendor.ROOT1), "signed by 1 of the roots of this host; expected at least 2 of"),
            new Signers("one twice", List.of(Vendor.ROOT1, Vendor.ROOT1), "has signed twice"),
            new Signers("one and a stranger", List.of(Vendor.ROOT1, Vendor.OTHER), "signed by 1 of the roots"),
            new Signers("a signing key", List.of(Vendor.KEY, Vendor.ROOT2), "signed by 1 of the roots"),
            new Signers("strangers", List.of(Vendor.OTHER, Vendor.KEY), "signed by 0 of the roots"),
            new Signers("two, of whom one twice", List.of(Vendor.ROOT1, Vendor.ROOT2, Vendor.ROOT2), "signed twice"));

    @ParameterizedTest
    @FieldSource("TOO_FEW")
    void list_signedByTooFew_isRefused(Signers signers) {
        assertRefused(Vendor.signed(LIST, signers.roots().toArray(TestKey[]::new)), Check.SIGNATURE, signers.message());
    }

    @Test
    void list_signedByAnyTwoOrMore_isBelieved() throws ReleaseRefused {
        for (TestKey[] roots : new TestKey[][] {
            {Vendor.ROOT1, Vendor.ROOT2},
            {Vendor.ROOT3, Vendor.ROOT1},
            {Vendor.ROOT3, Vendor.ROOT2, Vendor.ROOT1},
            {Vendor.OTHER, Vendor.ROOT3, Vendor.ROOT2}
        }) {
            assertThat(believe(Vendor.signed(LIST, roots), Vendor.ROOTS)).isEqualTo(LIST);
        }
    }

    /** A root's bad signature is no signature missing: somebody tries something. */
    @Test
    void list_withOneBadSignatureOfARootTooMany_isRefused() {
        byte[] good = Vendor.signed(LIST, Vendor.ROOT1, Vendor.ROOT2);
        String bad = TestKey.block(TestKey.base64(Vendor.ROOT3.number(), Vendor.ROOT3.sign(new byte[1])));
        assertRefused(
                TestKey.concat(bad.getBytes(StandardCharsets.US_ASCII), good),
                Check.SIGNATURE,
                "the signature by the root " + Vendor.ROOT3.key().number() + " is not valid: it is not of these bytes");
    }

    @Test
    void list_withoutSignatures_isRefused() {
        assertRefused(LIST.text(), Check.FORMAT, "byte 1: expected 'untrusted comment: '");
    }

    @Test
    void list_withElevenSignatures_isRefused() {
        TestKey[] many = Collections.nCopies(11, Vendor.OTHER).toArray(TestKey[]::new);
        assertRefused(Vendor.signed(LIST, many), Check.FORMAT, "expected at most 10 signatures, found more");
    }

    @Test
    void list_thatIsTooLong_isRefused() {
        byte[] long16 = Arrays.copyOf(Vendor.signed(LIST, Vendor.ROOT1, Vendor.ROOT2), KeyList.MAX_BYTES + 1);
        assertRefused(long16, Check.FORMAT, "expected at most 16384 bytes, found 16385");
    }

    @Test
    void roots_areReplaced_byTheOldOnesOnly() throws ReleaseRefused {
        Roots next = Vendor.roots(2, POOL.get(0), POOL.get(1), Vendor.ROOT3);
        KeyList rotating = Vendor.list(4, next, LIST.keys(), List.of());
        // The new ones alone.
        assertThatThrownBy(() -> believe(Vendor.signed(rotating, POOL.get(0), POOL.get(1)), Vendor.ROOTS))
                .hasMessageContaining("signed by 0 of the roots of this host; expected at least 2");
        // The old ones alone: nobody knows whether there are new ones that can sign.
        assertThatThrownBy(() -> believe(Vendor.signed(rotating, Vendor.ROOT1, Vendor.ROOT2), Vendor.ROOTS))
                .hasMessageContaining("signed by 0 of the roots that it names; expected at least 2");
        assertThatThrownBy(
                        () -> believe(Vendor.signed(rotating, Vendor.ROOT1, POOL.get(0), Vendor.ROOT2), Vendor.ROOTS))
                .hasMessageContaining("signed by 1 of the roots that it names; expected at least 2");
        // One that stays counts on both sides.
        byte[] file = Vendor.signed(rotating, Vendor.ROOT1, Vendor.ROOT3, POOL.get(0));
        assertThat(believe(file, Vendor.ROOTS)).isEqualTo(rotating);
        // From then on the new ones decide, and the same file is still good.
        TrustState after = TrustState.NONE.after(rotating);
        assertThat(after.roots(Vendor.POLICY)).contains(next);
        assertThat(believe(file, next)).isEqualTo(rotating);
        KeyList later = Vendor.list(5, next, LIST.keys(), List.of());
        assertThat(believe(Vendor.signed(later, POOL.get(0), POOL.get(1)), next))
                .isEqualTo(later);
        assertThatThrownBy(() -> believe(Vendor.signed(later, Vendor.ROOT1, Vendor.ROOT2), next))
                .hasMessageContaining("signed by 0 of the roots of this host");
        // A host that missed list 4 takes list 5 as long as the old roots sign too.
        assertThat(believe(Vendor.signed(later, Vendor.ROOT1, Vendor.ROOT2, POOL.get(0), POOL.get(1)), Vendor.ROOTS))
                .isEqualTo(later);
    }

    @Test
    void list_isSigned_beforeItIsRead() {
        byte[] nonsense = "no list\n".getBytes(StandardCharsets.US_ASCII);
        assertRefused(Vendor.signed(nonsense, Vendor.OTHER, Vendor.KEY), Check.SIGNATURE, "signed by 0");
        assertRefused(Vendor.signed(nonsense, Vendor.ROOT1, Vendor.ROOT2), Check.FORMAT, "line 1: expected");
    }

    record Bad(String from, String to, String message) {}

    private static final String ROOT_LINE = "root " + Vendor.ROOT1.key().base64() + "\n";

    static final List<Bad> BAD = List.of(
            new Bad("keys 1", "keys 2", "line 1: expected 'host-updater keys 1', found 'host-updater keys 2'"),
            new Bad("number 3", "number 0", "line 3, number: expected 1 to 999999999999999, found '0'"),
            new Bad("number 3", "number 03", "found '03'"),
            new Bad("product agent", "product a b", "line 2, product: "),
            new Bad("T00:00:00Z\nthreshold", "\nthreshold", "line 4, created: "),
            new Bad("threshold 2", "threshold 0", "line 5, threshold: expected 1 to 5, found '0'"),
            new Bad("threshold 2", "threshold 4", "expected a threshold of 1 to 3, the number of roots, found 4"),
            new Bad("threshold 2", "threshold 6", "line 5, threshold: expected 1 to 5, found '6'"),
            new Bad(ROOT_LINE, ROOT_LINE + ROOT_LINE, "is there twice, by number or by point"),
            new Bad("key 2026a", "key 2026b", "the name '2026b' is there twice"),
            new Bad("key 2026a", "key 2026a ", "expected a name, a key, and two times, one blank between them"),
            new Bad("key 2026a", "key ../a", "line 9, key: expected letters"),
            new Bad("2028-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "is valid until 2026-01-01T00:00:00Z, not after"),
            new Bad("2028-01-01T00:00:00Z", "2028-01-01T00:00:00Z x", "expected a name, a key, and two times"),
            new Bad(" 2028-01-01T00:00:00Z", "", "expected a name, a key, and two times"),
            new Bad("revoked 2026b", "revoked", "expected a name, a key, and a time"),
            new Bad("revoked 2026b", "expired 2026b", "line 10: expected the end, found 'expired 2026b"),
            new Bad(Vendor.KEY_B.key().base64(), Vendor.KEY.key().base64(), "is there twice, by number or by point"),
            new Bad(Vendor.KEY.key().base64(), Vendor.ROOT2.key().base64(), "is there twice, by number or by point"),
            new Bad(Vendor.KEY.key().base64(), renumbered(Vendor.ROOT2, Vendor.KEY), "is there twice"),
            new Bad(Vendor.KEY.key().base64(), renumbered(Vendor.KEY, Vendor.ROOT2), "is there twice"),
            new Bad(Vendor.KEY.key().base64(), "RWQ=", "line 9, key: expected base64 of 'Ed'"));

    private static String renumbered(TestKey number, TestKey point) {
        return TestKey.base64(number.number(), point.point());
    }

    @ParameterizedTest
    @FieldSource("BAD")
    void list_withABadValue_isRefused(Bad bad) {
        String bent = TEXT.replace(bad.from(), bad.to());
        assertThat(bent).isNotEqualTo(TEXT);
        assertThatThrownBy(() -> KeyList.parse(bent.getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessageContaining(bad.message())
                .hasMessageStartingWith("key list: ")
                .hasMessageMatching("[ -~]+");
    }

    @Test
    void lines_inAnotherOrder_areRefused() {
        for (int first = 0; first < LINES.size(); first++) {
            for (int second = first + 1; second < LINES.size(); second++) {
                // The roots among themselves have no order.
                if (!LINES.get(first).startsWith("root ") || !LINES.get(second).startsWith("root ")) {
                    List<String> lines = new ArrayList<>(LINES);
                    Collections.swap(lines, first, second);
                    assertNoList(String.join("\n", lines) + "\n");
                }
            }
        }
    }

    @Test
    void line_droppedOrTwice_isRefused() {
        for (int i = 0; i < LINES.size(); i++) {
            List<String> twice = new ArrayList<>(LINES);
            twice.add(i, LINES.get(i));
            assertNoList(String.join("\n", twice) + "\n");
            if (!LINES.get(i).matches("(root|key|revoked) .*")) {
                List<String> dropped = new ArrayList<>(LINES);
                dropped.remove(i);
                assertNoList(String.join("\n", dropped) + "\n");
            }
        }
        assertNoList(TEXT.replace("\n", "\r\n"));
        assertNoList(TEXT + "\n");
        assertNoList(TEXT.substring(0, TEXT.length() - 1));
        assertNoList(TEXT.replaceAll("(?m)^root .*\n", ""));
    }

    @Property(tries = 60)
    void list_written_isReadAsItWas(@ForAll("lists") KeyList list) throws ReleaseRefused {
        assertThat(KeyList.parse(list.text())).isEqualTo(list);
        byte[] signed = Vendor.signed(list, POOL.get(0), POOL.get(1));
        assertThat(believe(signed, list.roots())).isEqualTo(list);
        assertThat(list.sha256()).isEqualTo(KeyList.parse(list.text()).sha256());
    }

    @Provide
    Arbitrary<KeyList> lists() {
        Arbitrary<Integer> counts = Arbitraries.integers().between(0, 3);
        Arbitrary<Long> numbers = Arbitraries.longs().between(1, 999_999_999_999_999L);
        Arbitrary<Long> seconds = Arbitraries.longs().between(0, 253_402_300_798L);
        return Combinators.combine(numbers, counts, counts, seconds)
                .as((number, keys, revoked, second) -> new KeyList(
                        "agent",
                        number,
                        Instant.ofEpochSecond(second),
                        Vendor.roots(1 + keys % 2, POOL.get(0), POOL.get(1)),
                        POOL.subList(2, 2 + keys).stream()
                                .map(key -> new SigningKey(
                                        "k" + key.key().number(),
                                        key.key(),
                                        Instant.ofEpochSecond(second),
                                        Instant.ofEpochSecond(second + 1)))
                                .toList(),
                        POOL.subList(5, 5 + revoked).stream()
                                .map(key -> new RevokedKey(
                                        "r" + key.key().number(), key.key(), Instant.ofEpochSecond(second)))
                                .toList()));
    }

    @Property(tries = 150)
    void list_withAnyBitOfItsTextChanged_isRefused(@ForAll @IntRange(max = 1 << 14) int drawn) {
        byte[] file = Vendor.signed(LIST, Vendor.ROOT1, Vendor.ROOT2);
        int length = LIST.text().length;
        int bit = 8 * (file.length - length) + drawn % (8 * length);
        file[bit / 8] ^= (byte) (1 << (bit % 8));
        assertRefused(file, Check.SIGNATURE, "is not valid: it is not of these bytes");
    }

    private static KeyList believe(byte[] file, Roots roots) throws ReleaseRefused {
        try {
            KeyList list = KeyList.believe(file, roots);
            SignatureCases.valid();
            return list;
        } catch (ReleaseRefused e) {
            SignatureCases.refused();
            throw e;
        }
    }

    private static void assertRefused(byte[] file, Check check, String message) {
        assertThatThrownBy(() -> believe(file, Vendor.ROOTS))
                .isInstanceOfSatisfying(
                        ReleaseRefused.class, e -> assertThat(e.check()).isEqualTo(check))
                .hasMessageContaining(message)
                .hasMessageMatching("[ -~]+");
    }

    private static void assertNoList(String text) {
        assertThatThrownBy(() -> KeyList.parse(text.getBytes(StandardCharsets.US_ASCII)))
                .as(text)
                .isInstanceOf(ReleaseRefused.class);
    }
}
