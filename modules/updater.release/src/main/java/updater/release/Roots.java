package updater.release;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The keys that sign lists of signing keys, and how many of them must. No two of them have the same number or the same
 * point.
 *
 * @param threshold how many different ones have to sign a list
 * @param keys one to five
 */
public record Roots(int threshold, List<SignifyKey> keys) {
    /** The most roots there can be. */
    public static final int MAX = 5;

    /** @throws IllegalArgumentException when these are no roots */
    public Roots {
        keys = List.copyOf(keys);
        if (keys.isEmpty() || keys.size() > MAX) {
            throw new IllegalArgumentException("expected 1 to " + MAX + " roots, found " + keys.size());
        }
        if (threshold < 1 || threshold > keys.size()) {
            throw new IllegalArgumentException(
                    "expected a threshold of 1 to " + keys.size() + ", the number of roots, found " + threshold);
        }
        requireDifferent(keys);
    }

    static void requireDifferent(List<SignifyKey> keys) {
        Set<String> seen = new HashSet<>();
        for (SignifyKey key : keys) {
            if (!seen.add(key.number()) || !seen.add(Grammar.hex(key.point()))) {
                throw new IllegalArgumentException(
                        "the key " + key.number() + " is there twice, by number or by point");
            }
        }
    }

    /**
     * Sees that enough of these have signed. Signatures by other keys are not looked at: others may know them.
     *
     * @param whose which roots these are, in messages
     * @throws ReleaseRefused when a root's signature is not valid, one has signed twice, or too few have signed
     */
    void requireSigned(SignedText list, String whose) throws ReleaseRefused {
        Set<String> signed = new HashSet<>();
        List<String> numbers = list.numbers();
        for (int i = 0; i < numbers.size(); i++) {
            for (SignifyKey root : keys) {
                if (root.number().equals(numbers.get(i))) {
                    if (!signed.add(root.number())) {
                        throw refuse("the root " + root.number() + " has signed twice");
                    }
                    list.verify(i, root, "the root " + root.number());
                }
            }
        }
        if (signed.size() < threshold) {
            throw refuse("signed by " + signed.size() + " of " + whose + "; expected at least " + threshold + " of "
                    + keys.stream().map(SignifyKey::number).toList() + ", found signatures by " + numbers);
        }
    }

    private static ReleaseRefused refuse(String problem) {
        return new ReleaseRefused(ReleaseRefused.Check.SIGNATURE, KeyList.WHAT + ": " + problem);
    }
}
