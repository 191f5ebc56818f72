package updater.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signatures that no honest signer makes: what is lax elsewhere is refused here, by a check of its own. */
class Ed25519Tests {
    private static final byte[] MESSAGE = "a message".getBytes(StandardCharsets.US_ASCII);
    private static final TestKey KEY = TestKey.of("edge cases");

    private static final List<Curve> TORSION = torsion();

    private static List<Curve> torsion() {
        for (int y = 2; ; y++) {
            Curve point = Curve.decode(Curve.encodeScalar(BigInteger.valueOf(y)))
                    .map(found -> found.times(Curve.L))
                    .orElse(Curve.IDENTITY);
            if (point.smallOrder() == 8) {
                List<Curve> all = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    all.add(point.times(BigInteger.valueOf(i)));
                }
                return all;
            }
        }
    }

    /** Returns all encodings of a point that a generous decoder takes. */
    private static List<byte[]> encodings(Curve point) {
        List<byte[]> all = new ArrayList<>();
        for (BigInteger y = point.y(); y.bitLength() <= 255; y = y.add(Curve.P)) {
            all.add(Curve.encodeY(y, point.x().testBit(0)));
            if (point.x().signum() == 0) {
                all.add(Curve.encodeY(y, true));
            }
        }
        return all;
    }

    @Test
    void smallOrder_ofTheTable_isThatOfTheCurve() {
        assertThat(TORSION.stream().map(Curve::y).collect(Collectors.toSet())).isEqualTo(Ed25519.SMALL_ORDER);
        assertThat(TORSION).hasSize(8).doesNotHaveDuplicates();
        // With the other encodings these are all that RFC and literature know of: 8, and 6 that are not canonical.
        assertThat(TORSION.stream().flatMap(point -> encodings(point).stream())).hasSize(14);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 15})
    void s_plusAMultipleOfTheOrder_isRefused(int times) {
        byte[] signature = KEY.sign(MESSAGE);
        BigInteger s = Ed25519.littleEndian(Arrays.copyOfRange(signature, 32, 64))
                .add(Curve.L.multiply(BigInteger.valueOf(times)));
        assertThat(s.bitLength()).isLessThanOrEqualTo(256);
        byte[] other = TestKey.concat(Arrays.copyOf(signature, 32), Curve.encodeScalar(s));
        assertThat(SignatureCases.problem(KEY.point(), MESSAGE, signature)).isEmpty();
        assertThat(SignatureCases.problem(KEY.point(), MESSAGE, other))
                .contains("its S is not less than the order of the group");
    }

    @Test
    void s_atItsEdges_isTakenBelowTheOrderOnly() {
        byte[] r = Arrays.copyOf(KEY.sign(MESSAGE), 32);
        for (BigInteger s : List.of(
                Curve.L, Curve.L.add(BigInteger.ONE), BigInteger.TWO.pow(256).subtract(BigInteger.ONE))) {
            assertThat(SignatureCases.problem(KEY.point(), MESSAGE, TestKey.concat(r, Curve.encodeScalar(s))))
                    .contains("its S is not less than the order of the group");
        }
        for (BigInteger s : List.of(BigInteger.ZERO, BigInteger.ONE, Curve.L.subtract(BigInteger.ONE))) {
            assertThat(SignatureCases.problem(KEY.point(), MESSAGE, TestKey.concat(r, Curve.encodeScalar(s))))
                    .contains("it is not of these bytes");
        }
    }

    /** A key of small order: S = 0, and R what the equation asks for. Tried until the challenge fits. */
    @Test
    void key_ofSmallOrderInAnyEncoding_isRefused() {
        int laxly = 0;
        for (Curve point : TORSION) {
            for (byte[] a : encodings(point)) {
                for (Curve nonce : TORSION) {
                    for (byte[] r : encodings(nonce)) {
                        byte[] message = fitting(point, a, nonce, r);
                        byte[] signature = TestKey.concat(r, new byte[32]);
                        assertThat(SignatureCases.problem(a, message, signature))
                                .hasValueSatisfying(problem -> assertThat(problem)
                                        .matches("the public key is (not encoded canonically|a point of small order)"));
                        laxly += platformTakes(a, message, signature) ? 1 : 0;
                    }
                }
            }
        }
        // Else this test shows nothing: the platform alone would let keys through that sign everything.
        assertThat(laxly).isPositive();
        System.out.println("keys of small order that the platform alone takes: " + laxly + " of " + 14 * 14);
    }

    private static byte[] fitting(Curve point, byte[] a, Curve nonce, byte[] r) {
        byte[] message = MESSAGE;
        for (int i = 0; i < 64; i++) {
            message = ("message " + i).getBytes(StandardCharsets.US_ASCII);
            BigInteger k = TestKey.challenge(r, a, message);
            if (nonce.plus(point.times(k.mod(BigInteger.valueOf(8)))).equals(Curve.IDENTITY)) {
                return message;
            }
        }
        return message;
    }

    /** The owner of a key can do this: R of small order, S = k a. */
    @Test
    void nonce_ofSmallOrderInAnyEncoding_isRefused() {
        int laxly = 0;
        for (Curve nonce : TORSION) {
            for (byte[] r : encodings(nonce)) {
                BigInteger s = TestKey.challenge(r, KEY.point(), MESSAGE)
                        .multiply(KEY.scalar())
                        .mod(Curve.L);
                byte[] signature = TestKey.concat(r, Curve.encodeScalar(s));
                assertThat(SignatureCases.problem(KEY.point(), MESSAGE, signature))
                        .hasValueSatisfying(problem -> assertThat(problem)
                                .matches("its R is (not encoded canonically|a point of small order)"));
                laxly += platformTakes(KEY.point(), MESSAGE, signature) ? 1 : 0;
            }
        }
        assertThat(laxly).isPositive();
        System.out.println("nonces of small order that the platform alone takes: " + laxly + " of 14");
    }

    /** With the cofactor these would be valid: R, or A, is an honest point plus one of small order. */
    @Test
    void equation_isTakenWithoutTheCofactor() {
        BigInteger r = BigInteger.valueOf(4711);
        for (Curve small : TORSION.subList(1, 8)) {
            byte[] mixedR = Curve.BASE.times(r).plus(small).encode();
            BigInteger k = TestKey.challenge(mixedR, KEY.point(), MESSAGE);
            byte[] s = Curve.encodeScalar(r.add(k.multiply(KEY.scalar())).mod(Curve.L));
            assertThat(SignatureCases.problem(KEY.point(), MESSAGE, TestKey.concat(mixedR, s)))
                    .contains("it is not of these bytes");

            byte[] mixedA = Curve.BASE.times(KEY.scalar()).plus(small).encode();
            byte[] plainR = Curve.BASE.times(r).encode();
            byte[] message = MESSAGE;
            for (int i = 0;
                    TestKey.challenge(plainR, mixedA, message)
                                            .mod(BigInteger.valueOf(8))
                                            .signum()
                                    == 0
                            || small.times(TestKey.challenge(plainR, mixedA, message))
                                    .equals(Curve.IDENTITY);
                    i++) {
                message = ("message " + i).getBytes(StandardCharsets.US_ASCII);
            }
            BigInteger mixedK = TestKey.challenge(plainR, mixedA, message);
            byte[] mixedS =
                    Curve.encodeScalar(r.add(mixedK.multiply(KEY.scalar())).mod(Curve.L));
            assertThat(SignatureCases.problem(mixedA, message, TestKey.concat(plainR, mixedS)))
                    .contains("it is not of these bytes");
        }
    }

    /** All y from p to 2^255 - 1, with either sign, as key and as R. */
    @Test
    void point_notEncodedCanonically_isRefused() {
        byte[] signature = KEY.sign(MESSAGE);
        byte[] s = Arrays.copyOfRange(signature, 32, 64);
        for (int above = 0; above < 19; above++) {
            for (boolean odd : new boolean[] {false, true}) {
                byte[] point = Curve.encodeY(Curve.P.add(BigInteger.valueOf(above)), odd);
                assertThat(SignatureCases.problem(point, MESSAGE, signature))
                        .contains("the public key is not encoded canonically");
                assertThat(SignatureCases.problem(KEY.point(), MESSAGE, TestKey.concat(point, s)))
                        .contains("its R is not encoded canonically");
            }
        }
    }

    /** Half of all y have no x. */
    @Test
    void point_notOnTheCurve_isRefused() {
        byte[] signature = KEY.sign(MESSAGE);
        byte[] s = Arrays.copyOfRange(signature, 32, 64);
        int tried = 0;
        for (int y = 2; tried < 20; y++) {
            byte[] point = Curve.encodeScalar(BigInteger.valueOf(y));
            if (Curve.decode(point).isEmpty()) {
                tried++;
                assertThat(SignatureCases.problem(point, MESSAGE, signature)).contains("it is not of these bytes");
                assertThat(SignatureCases.problem(KEY.point(), MESSAGE, TestKey.concat(point, s)))
                        .contains("it is not of these bytes");
            }
        }
    }

    @Test
    void lengths_thatAreOthers_areRefused() {
        byte[] signature = KEY.sign(MESSAGE);
        for (int length : new int[] {0, 1, 31, 32, 33, 63, 65, 128}) {
            assertThat(SignatureCases.problem(KEY.point(), MESSAGE, Arrays.copyOf(signature, length)))
                    .contains("it has " + length + " bytes; expected 64");
            if (length != 32) {
                assertThat(SignatureCases.problem(Arrays.copyOf(KEY.point(), length), MESSAGE, signature))
                        .contains("the public key has " + length + " bytes; expected 32");
            }
        }
    }

    @Test
    void anyBit_ofKeySignatureOrMessage_counts() {
        byte[] signature = KEY.sign(MESSAGE);
        for (int bit = 0; bit < 8 * 64; bit++) {
            assertThat(SignatureCases.problem(KEY.point(), MESSAGE, flip(signature, bit)))
                    .isPresent();
        }
        for (int bit = 0; bit < 8 * 32; bit++) {
            assertThat(SignatureCases.problem(flip(KEY.point(), bit), MESSAGE, signature))
                    .isPresent();
        }
        for (int bit = 0; bit < 8 * MESSAGE.length; bit++) {
            assertThat(SignatureCases.problem(KEY.point(), flip(MESSAGE, bit), signature))
                    .isPresent();
        }
    }

    private static byte[] flip(byte[] bytes, int bit) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << (bit % 8));
        return flipped;
    }

    private static boolean platformTakes(byte[] key, byte[] message, byte[] signature) {
        try {
            byte[] encoded = TestKey.concat(HexFormat.of().parseHex("302a300506032b6570032100"), key);
            Signature verification = Signature.getInstance("Ed25519");
            verification.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
            verification.update(message);
            return verification.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
