package updater.release;

import java.math.BigInteger;
import java.util.Optional;

/** A point of edwards25519, with plain arithmetic (RFC 8032, 5.1), for making signatures that no signer makes. */
record Curve(BigInteger x, BigInteger y) {
    static final BigInteger P = Ed25519.P;
    static final BigInteger L = Ed25519.L;
    static final BigInteger D = BigInteger.valueOf(-121665)
            .multiply(BigInteger.valueOf(121666).modInverse(P))
            .mod(P);
    static final Curve IDENTITY = new Curve(BigInteger.ZERO, BigInteger.ONE);
    static final Curve BASE = decode(encodeY(
                    BigInteger.valueOf(4)
                            .multiply(BigInteger.valueOf(5).modInverse(P))
                            .mod(P),
                    false))
            .orElseThrow();

    Curve plus(Curve other) {
        BigInteger product =
                D.multiply(x).multiply(other.x).multiply(y).multiply(other.y).mod(P);
        return new Curve(
                x.multiply(other.y)
                        .add(y.multiply(other.x))
                        .multiply(BigInteger.ONE.add(product).modInverse(P))
                        .mod(P),
                y.multiply(other.y)
                        .add(x.multiply(other.x))
                        .multiply(BigInteger.ONE.subtract(product).mod(P).modInverse(P))
                        .mod(P));
    }

    Curve times(BigInteger factor) {
        Curve sum = IDENTITY;
        for (int bit = factor.bitLength() - 1; bit >= 0; bit--) {
            sum = sum.plus(sum);
            if (factor.testBit(bit)) {
                sum = sum.plus(this);
            }
        }
        return sum;
    }

    /** Returns how often it has to be added to itself until nothing is left, 9 for more than 8 times. */
    int smallOrder() {
        Curve sum = this;
        int order = 1;
        while (order < 9 && !sum.equals(IDENTITY)) {
            sum = sum.plus(this);
            order++;
        }
        return order;
    }

    byte[] encode() {
        return encodeY(y, x.testBit(0));
    }

    /** Encodes any number below 2^255, also one that is not less than p. */
    static byte[] encodeY(BigInteger y, boolean oddX) {
        byte[] bytes = encodeScalar(y);
        if (oddX) {
            bytes[31] |= (byte) 0x80;
        }
        return bytes;
    }

    static byte[] encodeScalar(BigInteger scalar) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < 32; i++) {
            bytes[i] = scalar.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    /** Decodes generously: y modulo p, and the sign of a zero x is not looked at. */
    static Optional<Curve> decode(byte[] encoded) {
        byte[] bytes = encoded.clone();
        boolean odd = bytes[31] < 0;
        bytes[31] &= 0x7f;
        BigInteger y = Ed25519.littleEndian(bytes).mod(P);
        BigInteger square = y.multiply(y).mod(P);
        BigInteger xx = square.subtract(BigInteger.ONE)
                .multiply(D.multiply(square).add(BigInteger.ONE).modInverse(P))
                .mod(P);
        BigInteger x = xx.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
        if (!x.multiply(x).mod(P).equals(xx)) {
            x = x.multiply(BigInteger.TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P))
                    .mod(P);
        }
        if (!x.multiply(x).mod(P).equals(xx)) {
            return Optional.empty();
        }
        return Optional.of(new Curve(x.testBit(0) == odd ? x : x.negate().mod(P), y));
    }
}
