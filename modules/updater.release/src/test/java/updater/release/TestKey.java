package updater.release;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/** A key pair made of a name, and what signify would do with it. */
record TestKey(BigInteger scalar, byte[] prefix, byte[] point, PrivateKey secret, SignifyKey key) {
    static TestKey of(String name) {
        return ofSeed(sha("SHA-256", name.getBytes(StandardCharsets.UTF_8)));
    }

    static TestKey ofSeed(byte[] seed) {
        byte[] hash = sha("SHA-512", seed);
        byte[] low = Arrays.copyOf(hash, 32);
        low[0] &= (byte) 0xf8;
        low[31] &= 0x7f;
        low[31] |= 0x40;
        BigInteger scalar = Ed25519.littleEndian(low);
        byte[] point = Curve.BASE.times(scalar).encode();
        try {
            PrivateKey secret = KeyFactory.getInstance("Ed25519")
                    .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed));
            byte[] number = Arrays.copyOf(sha("SHA-256", point), 8);
            return new TestKey(
                    scalar, Arrays.copyOfRange(hash, 32, 64), point, secret, new SignifyKey(base64(number, point)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    byte[] number() {
        return Arrays.copyOfRange(Base64.getDecoder().decode(key.base64()), 2, 10);
    }

    byte[] sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(secret);
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Signs with the arithmetic of the tests. */
    byte[] signSlowly(byte[] message) {
        BigInteger r = Ed25519.littleEndian(sha("SHA-512", prefix, message)).mod(Curve.L);
        byte[] encodedR = Curve.BASE.times(r).encode();
        return concat(
                encodedR,
                Curve.encodeScalar(r.add(challenge(encodedR, point, message).multiply(scalar))
                        .mod(Curve.L)));
    }

    static BigInteger challenge(byte[] r, byte[] a, byte[] message) {
        return Ed25519.littleEndian(sha("SHA-512", r, a, message)).mod(Curve.L);
    }

    /** Returns a block of signify. */
    String block(byte[] message) {
        return block(base64(number(), sign(message)));
    }

    static String block(String base64) {
        return "untrusted comment: verify with test.pub\n" + base64 + "\n";
    }

    /** Returns signify's embedded form. */
    byte[] embed(byte[] text) {
        return concat(block(text).getBytes(StandardCharsets.US_ASCII), text);
    }

    static String base64(byte[] number, byte[] payload) {
        return Base64.getEncoder().encodeToString(concat(new byte[] {'E', 'd'}, number, payload));
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] sha(String algorithm, byte[]... parts) {
        try {
            return MessageDigest.getInstance(algorithm).digest(concat(parts));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
