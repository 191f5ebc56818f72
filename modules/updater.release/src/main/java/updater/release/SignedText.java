package updater.release;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A text with its signatures in front, each of them a block of signify. With one signature it is signify's embedded
 * form, what {@code signify -S -e} writes; several are the files that {@code signify -S} writes, one after the other.
 *
 * <p>Reading it verifies nothing.
 */
final class SignedText {
    private final String what;
    private final List<String> signatures;
    private final byte[] text;

    private SignedText(String what, List<String> signatures, byte[] text) {
        this.what = what;
        this.signatures = List.copyOf(signatures);
        this.text = text;
    }

    /**
     * Takes a file apart.
     *
     * @param what what messages call it
     * @param mostBytes of the whole file
     * @param mostSignatures at least one has to be there
     */
    static SignedText parse(String what, byte[] file, int mostBytes, int mostSignatures) throws ReleaseRefused {
        SignifyBlocks blocks = new SignifyBlocks(what, file, mostBytes);
        List<String> signatures = new ArrayList<>();
        do {
            if (signatures.size() == mostSignatures) {
                throw blocks.refuse("expected at most "
                        + (mostSignatures == 1 ? "one signature" : mostSignatures + " signatures") + ", found more");
            }
            try {
                signatures.add(SignifyBase64.check(blocks.takeBlock(), Ed25519.SIGNATURE_BYTES));
            } catch (IllegalArgumentException e) {
                throw blocks.refuse("signature " + (signatures.size() + 1) + ": " + e.getMessage());
            }
        } while (blocks.nextIsBlock());
        return new SignedText(what, signatures, blocks.rest());
    }

    /** Returns the numbers of the keys that are said to have signed, in the file's order. */
    List<String> numbers() {
        return signatures.stream().map(SignifyBase64::number).toList();
    }

    /**
     * Verifies one of the signatures.
     *
     * @param index of the signature in the file
     * @param name what the key is called in messages
     * @throws ReleaseRefused when the signature is not one of this text by this key
     */
    void verify(int index, SignifyKey key, String name) throws ReleaseRefused {
        String number = SignifyBase64.number(signatures.get(index));
        if (!number.equals(key.number())) {
            throw new ReleaseRefused(
                    ReleaseRefused.Check.SIGNATURE,
                    what + ": expected a signature by " + name + " with the number " + key.number() + ", found "
                            + number);
        }
        Optional<String> problem = Ed25519.problem(key.point(), text, SignifyBase64.payload(signatures.get(index)));
        if (problem.isPresent()) {
            throw new ReleaseRefused(
                    ReleaseRefused.Check.SIGNATURE,
                    what + ": the signature by " + name + " is not valid: " + problem.get());
        }
    }

    /** Returns the bytes that are signed. */
    byte[] text() {
        return text.clone();
    }
}
