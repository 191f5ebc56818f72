package updater.release;

import java.util.Arrays;
import java.util.Base64;

/** The line of signify's files that is not a comment: base64 of {@code Ed}, the key's number and a key or signature. */
final class SignifyBase64 {
    private static final byte[] ALGORITHM = {'E', 'd'};
    private static final int NUMBER_BYTES = 8;
    private static final int HEAD_BYTES = ALGORITHM.length + NUMBER_BYTES;

    private SignifyBase64() {}

    /**
     * Returns the text if it is the one encoding of so many bytes behind {@code Ed} and a number.
     *
     * @throws IllegalArgumentException that says what was expected
     */
    static String check(String base64, int bytes) {
        String expected = "base64 of 'Ed', 8 bytes key number and " + bytes + " bytes";
        byte[] decoded;
        try {
            decoded = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw Grammar.expected(expected, base64);
        }
        if (decoded.length != HEAD_BYTES + bytes
                || !Arrays.equals(Arrays.copyOf(decoded, ALGORITHM.length), ALGORITHM)
                || !Base64.getEncoder().encodeToString(decoded).equals(base64)) {
            throw Grammar.expected(expected, base64);
        }
        return base64;
    }

    /** Returns the key's number as 16 hexadecimal digits, in the order of the bytes. */
    static String number(String base64) {
        return Grammar.hex(Arrays.copyOfRange(
                Base64.getDecoder().decode(base64), ALGORITHM.length, ALGORITHM.length + NUMBER_BYTES));
    }

    /** Returns what is behind the number. */
    static byte[] payload(String base64) {
        byte[] decoded = Base64.getDecoder().decode(base64);
        return Arrays.copyOfRange(decoded, HEAD_BYTES, decoded.length);
    }
}
