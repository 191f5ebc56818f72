package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import updater.release.ReleaseRefused.Check;

/** The form of signify's files, and that it is taken in one spelling only. */
class SignifyTests {
    private static final byte[] TEXT = Vendor.RELEASE.text();
    private static final byte[] LIST = Vendor.signed(Vendor.LIST, Vendor.ROOT1, Vendor.ROOT2);
    private static final String BASE64 = TestKey.base64(Vendor.KEY.number(), Vendor.KEY.sign(TEXT));
    private static final String FILE = TestKey.block(BASE64) + new String(TEXT, StandardCharsets.US_ASCII);

    record Bent(String what, String file, String message) {
        @Override
        public String toString() {
            return what;
        }
    }

    static final List<Bent> BENT = List.of(
            new Bent("no comment", BASE64 + "\n" + text(), "byte 1: expected 'untrusted comment: ', found '"),
            new Bent("nothing", "", "byte 1: expected 'untrusted comment: ', found ''"),
            new Bent("text alone", text(), "byte 1: expected 'untrusted comment: ', found 'host-updater releas'"),
            new Bent("other comment", FILE.replace("untrusted", "trusted"), "expected 'untrusted comment: '"),
            new Bent("upper case", FILE.replace("untrusted", "Untrusted"), "expected 'untrusted comment: '"),
            new Bent("no blank", FILE.replace("comment: ", "comment:"), "expected 'untrusted comment: '"),
            new Bent("comment too long", FILE.replace("verify", "x".repeat(1024)), "a line of at most 1043 characters"),
            new Bent("comment with tab", FILE.replace("verify", "\t"), "is 0x09; expected printable ASCII"),
            new Bent("comment with escape", FILE.replace("verify", "\u001b[2J"), "is 0x1b; expected printable ASCII"),
            new Bent("CRLF everywhere", FILE.replace("\n", "\r\n"), "is 0x0d; expected printable ASCII"),
            new Bent("CRLF behind the comment", FILE.replaceFirst("\n", "\r\n"), "is 0x0d"),
            new Bent("CRLF behind base64", FILE.replace(BASE64 + "\n", BASE64 + "\r\n"), "is 0x0d"),
            new Bent("CRLF in the text", FILE.replace("keys 3\n", "keys 3\r\n"), "it is not of these bytes"),
            new Bent("empty line", FILE.replace(BASE64, "\n" + BASE64), "expected base64 of 'Ed'"),
            new Bent("blank behind", FILE.replace(BASE64, BASE64 + " "), "expected base64 of 'Ed'"),
            new Bent("blank before", FILE.replace(BASE64, " " + BASE64), "expected base64 of 'Ed'"),
            new Bent("truncated", FILE.replace(BASE64, BASE64.substring(0, 99)), "expected base64 of 'Ed'"),
            new Bent("truncated by 4", FILE.replace(BASE64, BASE64.substring(0, 96)), "expected base64 of 'Ed'"),
            new Bent("no padding", FILE.replace(BASE64, BASE64.replace("=", "")), "expected base64 of 'Ed'"),
            new Bent("more padding", FILE.replace(BASE64, BASE64 + "="), "expected base64 of 'Ed'"),
            new Bent("twice", FILE.replace(BASE64, BASE64 + BASE64), "expected base64 of 'Ed'"),
            new Bent(
                    "url alphabet",
                    FILE.replace(BASE64, BASE64.replace('/', '_').replace('+', '-') + "-"),
                    "base64"),
            new Bent("wrapped", FILE.replace(BASE64, BASE64.substring(0, 76) + "\n" + BASE64.substring(76)), "base64"),
            new Bent("prehashed, as minisign writes by default", block('E', 'D', 64), "expected base64 of 'Ed'"),
            new Bent("63 bytes", block('E', 'd', 63), "expected base64 of 'Ed'"),
            new Bent("65 bytes", block('E', 'd', 65), "expected base64 of 'Ed'"),
            new Bent(
                    "a key for a signature",
                    FILE.replace(BASE64, Vendor.KEY.key().base64()),
                    "expected base64 of 'Ed'"),
            new Bent("two signatures", TestKey.block(BASE64) + FILE, "expected at most one signature, found more"),
            new Bent("two signers", Vendor.KEY_B.block(TEXT) + FILE, "expected at most one signature, found more"),
            new Bent("too long", FILE + "x".repeat(4096), "expected at most 4096 bytes, found "),
            new Bent("a line more", FILE + "\n", "it is not of these bytes"),
            new Bent("a zero more", FILE + "\0", "it is not of these bytes"),
            new Bent("no text", TestKey.block(BASE64), "it is not of these bytes"),
            new Bent("no LF behind base64", FILE.substring(0, FILE.indexOf(BASE64) + 100), "and LF"));

    @ParameterizedTest
    @FieldSource("BENT")
    void file_thatIsBent_isRefusedSayingWhere(Bent bent) {
        assertThatThrownBy(() -> verify(bent.file().getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessageContaining(bent.message())
                .hasMessageMatching("[ -~]+");
    }

    @Test
    void file_asSignifyWritesIt_isBelieved() throws ReleaseRefused {
        assertThat(verify(FILE.getBytes(StandardCharsets.US_ASCII))).isEqualTo(Vendor.RELEASE);
    }

    /** Of 100 characters the last but one holds two bits that decode to nothing. */
    @Test
    void base64_withBitsThatCountForNothing_isRefused() {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        int last = alphabet.indexOf(BASE64.charAt(98));
        int taken = 0;
        for (int value = 0; value < 64; value++) {
            String other = BASE64.substring(0, 98) + alphabet.charAt(value) + "=";
            byte[] file = FILE.replace(BASE64, other).getBytes(StandardCharsets.US_ASCII);
            try {
                verify(file);
                taken++;
                assertThat(value).isEqualTo(last);
            } catch (ReleaseRefused e) {
                assertThat(value).isNotEqualTo(last);
            }
        }
        assertThat(taken).isEqualTo(1);
    }

    @Test
    void number_ofNoKeyOfTheList_isRefusedWithBoth() {
        String other = TestKey.base64(Vendor.OTHER.number(), Vendor.KEY.sign(TEXT));
        assertThatThrownBy(() -> verifyByList(FILE.replace(BASE64, other)))
                .isInstanceOfSatisfying(
                        ReleaseRefused.class, e -> assertThat(e.check()).isEqualTo(Check.SIGNATURE))
                .hasMessageContaining(
                        "of key list 3, found one by " + Vendor.OTHER.key().number())
                .hasMessageContaining(Vendor.KEY.key().number());
    }

    @Test
    void signature_underTheNumberOfAnotherKey_isRefused() {
        String other = TestKey.base64(Vendor.KEY.number(), Vendor.KEY_B.sign(TEXT));
        assertThatThrownBy(() -> verifyByList(FILE.replace(BASE64, other)))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessage("release statement: the signature by the key 2026a ("
                        + Vendor.KEY.key().number() + ") is not valid: it is not of these bytes");
    }

    /** The comment is nobody's word, so it may say anything. */
    @Test
    void comment_isFree() throws ReleaseRefused {
        for (String comment : List.of("", " ", "x".repeat(1024), "untrusted comment: again")) {
            byte[] file = FILE.replace("verify with test.pub", comment).getBytes(StandardCharsets.US_ASCII);
            assertThat(verify(file)).isEqualTo(Vendor.RELEASE);
        }
    }

    @Property(tries = 400)
    void file_withAnyBitChanged_isRefusedOrTheSameButForTheComment(@ForAll @IntRange(min = 0, max = 1 << 14) int drawn)
            throws ReleaseRefused {
        byte[] file = FILE.getBytes(StandardCharsets.US_ASCII);
        int bit = drawn % (8 * file.length);
        file[bit / 8] ^= (byte) (1 << (bit % 8));
        int comment = FILE.indexOf('\n');
        if (bit / 8 >= "untrusted comment: ".length()
                && bit / 8 < comment
                && file[bit / 8] >= ' '
                && file[bit / 8] <= '~') {
            assertThat(verify(file)).isEqualTo(Vendor.RELEASE);
        } else {
            assertThatThrownBy(() -> verify(file)).isInstanceOf(ReleaseRefused.class);
        }
    }

    @Test
    void everyByte_ofTheSignedText_counts() {
        byte[] file = FILE.getBytes(StandardCharsets.US_ASCII);
        int text = file.length - TEXT.length;
        for (int bit = 8 * text; bit < 8 * file.length; bit += 7) {
            byte[] bent = file.clone();
            bent[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> verify(bent))
                    .isInstanceOfSatisfying(
                            ReleaseRefused.class, e -> assertThat(e.check()).isEqualTo(Check.SIGNATURE));
        }
    }

    @Test
    void file_cutAnywhere_isRefused() {
        byte[] file = FILE.getBytes(StandardCharsets.US_ASCII);
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> verify(cut)).isInstanceOf(ReleaseRefused.class);
        }
    }

    @Test
    void publicKey_ofAFile_isReadAndWritten() throws ReleaseRefused {
        SignifyKey key = Vendor.KEY.key();
        byte[] file = key.file("signify public key");
        assertThat(new String(file, StandardCharsets.US_ASCII))
                .isEqualTo("untrusted comment: signify public key\n" + key.base64() + "\n");
        assertThat(SignifyKey.parse(file)).isEqualTo(key);
        assertThat(key.number()).hasSize(16);
    }

    static final List<Bent> BENT_KEYS = List.of(
            new Bent("trailing", key("x") + "\n", "expected 78 bytes, found 79"),
            new Bent("two", key("x") + key("y"), "expected 78 bytes, found 156"),
            new Bent("CRLF", key("x").replace("\n", "\r\n"), "is 0x0d"),
            new Bent("no LF", key("x").stripTrailing(), "and LF"),
            new Bent("no comment", Vendor.KEY.key().base64() + "\n", "expected 'untrusted comment: '"),
            new Bent("signature", TestKey.block(BASE64), "expected base64 of 'Ed', 8 bytes key number and 32 bytes"),
            new Bent(
                    "truncated",
                    key("x").replace(
                                    Vendor.KEY.key().base64(),
                                    Vendor.KEY.key().base64().substring(4)),
                    "base64"),
            new Bent("small order", smallOrder(1), "the public key is a point of small order"),
            new Bent("zero", smallOrder(0), "the public key is a point of small order"),
            new Bent("not canonical", smallOrder(-1), "the public key is not encoded canonically"));

    @ParameterizedTest
    @FieldSource("BENT_KEYS")
    void publicKey_thatIsBent_isRefused(Bent bent) {
        assertThatThrownBy(() -> SignifyKey.parse(bent.file().getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessageContaining(bent.message());
    }

    /** Judges by the key alone: the list of keys would cost two signatures more each time. */
    private static ReleaseStatement verify(byte[] file) throws ReleaseRefused {
        try {
            SignedText signed = SignedText.parse("release statement", file, ReleaseStatement.MAX_BYTES, 1);
            signed.verify(0, Vendor.KEY.key(), "the key");
            ReleaseStatement statement = ReleaseStatement.parse(signed.text());
            SignatureCases.valid();
            return statement;
        } catch (ReleaseRefused e) {
            SignatureCases.refused();
            throw e;
        }
    }

    private static BelievedRelease verifyByList(String file) throws ReleaseRefused {
        return Vendor.verify(Vendor.offer(file.getBytes(StandardCharsets.US_ASCII), LIST), TrustState.NONE);
    }

    private static String text() {
        return new String(TEXT, StandardCharsets.US_ASCII);
    }

    private static String key(String comment) {
        return new String(Vendor.KEY.key().file(comment), StandardCharsets.US_ASCII);
    }

    private static String smallOrder(int y) {
        byte[] point = new byte[32];
        if (y < 0) {
            Arrays.fill(point, (byte) 0xff);
        } else {
            point[0] = (byte) y;
        }
        return TestKey.block(TestKey.base64(Vendor.KEY.number(), point));
    }

    private static String block(char first, char second, int bytes) {
        byte[] all = new byte[10 + bytes];
        byte[] real = Base64.getDecoder().decode(BASE64);
        System.arraycopy(real, 0, all, 0, Math.min(all.length, real.length));
        all[0] = (byte) first;
        all[1] = (byte) second;
        return FILE.replace(BASE64, Base64.getEncoder().encodeToString(all));
    }
}
