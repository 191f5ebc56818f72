package updater.release;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/**
 * The rule by which an Ed25519 signature (R, S) of a message M by a public key A is valid (RFC 8032, 5.1.7), stricter
 * than that of the platform, and the same on all of its versions:
 *
 * <ol>
 *   <li>A has 32 bytes and the signature 64.
 *   <li>S, little-endian, is less than the order L of the base point. Else S and S + L were two signatures.
 *   <li>A and R are encoded canonically: their y is less than p.
 *   <li>Neither A nor R is one of the eight points of small order. With such an A one signature is valid for many
 *       messages.
 *   <li>The platform agrees: A and R are points of the curve, and [S]B = R + [k]A, without the cofactor, where k is
 *       SHA-512 of R, A and M.
 * </ol>
 *
 * What is valid here is so for signify, minisign and every other implementation.
 */
final class Ed25519 {
    static final int KEY_BYTES = 32;
    static final int SIGNATURE_BYTES = 64;

    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    static final BigInteger L = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    /** The y of the points of order 1, 2, 4 and, twice, 8; the other three points have the same y and the other x. */
    static final Set<BigInteger> SMALL_ORDER = Set.of(
            BigInteger.ONE,
            P.subtract(BigInteger.ONE),
            BigInteger.ZERO,
            new BigInteger("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16),
            new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16));

    /** What is in front of the 32 bytes of a key in X.509 (RFC 8410). */
    private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

    private Ed25519() {}

    /** Returns why these 32 bytes are no public key to be believed, as far as it is seen without the curve's equation. */
    static Optional<String> problemOfKey(byte[] key) {
        if (key.length != KEY_BYTES) {
            return Optional.of("the public key has " + key.length + " bytes; expected " + KEY_BYTES);
        }
        return problemOfPoint("the public key", key);
    }

    /** Returns why a signature is not valid; empty when it is. */
    static Optional<String> problem(byte[] key, byte[] message, byte[] signature) {
        Optional<String> problem = problemOfKey(key);
        if (problem.isPresent()) {
            return problem;
        }
        if (signature.length != SIGNATURE_BYTES) {
            return Optional.of("it has " + signature.length + " bytes; expected " + SIGNATURE_BYTES);
        }
        BigInteger s = littleEndian(Arrays.copyOfRange(signature, 32, 64));
        if (s.compareTo(L) >= 0) {
            return Optional.of("its S is not less than the order of the group");
        }
        problem = problemOfPoint("its R", Arrays.copyOf(signature, 32));
        if (problem.isPresent()) {
            return problem;
        }
        return verifies(key, message, signature) ? Optional.empty() : Optional.of("it is not of these bytes");
    }

    private static Optional<String> problemOfPoint(String what, byte[] encoded) {
        byte[] bytes = encoded.clone();
        bytes[31] &= 0x7f; // the sign of x
        BigInteger y = littleEndian(bytes);
        if (y.compareTo(P) >= 0) {
            return Optional.of(what + " is not encoded canonically");
        }
        return SMALL_ORDER.contains(y) ? Optional.of(what + " is a point of small order") : Optional.empty();
    }

    private static boolean verifies(byte[] key, byte[] message, byte[] signature) {
        try {
            byte[] encoded = Arrays.copyOf(X509, X509.length + KEY_BYTES);
            System.arraycopy(key, 0, encoded, X509.length, KEY_BYTES);
            PublicKey publicKey = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
            Signature verification = Signature.getInstance("Ed25519");
            verification.initVerify(publicKey);
            verification.update(message);
            return verification.verify(signature);
        } catch (GeneralSecurityException e) {
            // So the platform says that a point is not on the curve.
            return false;
        }
    }

    static BigInteger littleEndian(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return new BigInteger(1, reversed);
    }
}
