package updater.agent;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** The bytes of a hash, or of anything else that a server lets its agents compare. Immutable; may be empty. */
public final class Hash {
    /** No bytes: there is none. */
    public static final Hash NONE = new Hash(new byte[0]);

    private final byte[] bytes;

    private Hash(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns the hash of these bytes, which are copied. */
    public static Hash of(byte[] bytes) {
        return bytes.length == 0 ? NONE : new Hash(bytes.clone());
    }

    /**
     * Returns the hash that hexadecimal digits stand for.
     *
     * @throws IllegalArgumentException when they are none
     */
    public static Hash ofHex(String digits) {
        return of(HexFormat.of().parseHex(digits));
    }

    /** Returns a copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Returns whether there are no bytes. */
    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** Returns the bytes as hexadecimal digits. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    String base64() {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Hash hash && Arrays.equals(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return hex();
    }
}
