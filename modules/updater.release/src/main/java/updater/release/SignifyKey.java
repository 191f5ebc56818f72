package updater.release;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A public key of signify. It is a canonical encoding and not of small order.
 *
 * @param base64 the second line of its file
 */
public record SignifyKey(String base64) {
    /** The longest file of a public key that is read, in bytes. */
    public static final int MAX_BYTES = 2048;

    /** @throws IllegalArgumentException when it is no public key */
    public SignifyKey {
        SignifyBase64.check(base64, Ed25519.KEY_BYTES);
        Optional<String> problem = Ed25519.problemOfKey(SignifyBase64.payload(base64));
        if (problem.isPresent()) {
            throw new IllegalArgumentException(problem.get() + ": '" + base64 + "'");
        }
    }

    /**
     * Reads a file that {@code signify -G} or {@code minisign -G} made: a comment and the key, each on a line.
     *
     * @throws ReleaseRefused when it is anything else
     */
    public static SignifyKey parse(byte[] file) throws ReleaseRefused {
        SignifyBlocks blocks = new SignifyBlocks("public key", file, MAX_BYTES);
        String base64 = blocks.takeBlock();
        blocks.requireEnd();
        try {
            return new SignifyKey(base64);
        } catch (IllegalArgumentException e) {
            throw blocks.refuse(String.valueOf(e.getMessage()));
        }
    }

    /** Returns the file's bytes, with this comment. */
    public byte[] file(String comment) {
        return (SignifyBlocks.COMMENT + comment + "\n" + base64 + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the key's number as 16 hexadecimal digits. Whoever makes a key chooses it: it identifies, and proves nothing. */
    public String number() {
        return SignifyBase64.number(base64);
    }

    /** Returns the 32 bytes of the key, whatever number they were given. */
    byte[] point() {
        return SignifyBase64.payload(base64);
    }
}
