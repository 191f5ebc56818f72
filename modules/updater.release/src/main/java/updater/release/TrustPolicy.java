package updater.release;

import java.util.List;
import java.util.Optional;

/**
 * What a product demands of its releases; the member {@code trust} of its descriptor.
 *
 * @param required whether a release without a statement is refused
 * @param roots who signs the first key list that a host sees; without roots nothing can be believed
 * @param freshDays days after which it is worth a warning that nothing newer was seen; 0 for never
 */
public record TrustPolicy(boolean required, Optional<Roots> roots, int freshDays) {
    /** Nothing is required, and nothing believed. */
    public static final TrustPolicy NONE = new TrustPolicy(false, Optional.empty(), 0);

    /** Ten years: more is a slip of the pen. */
    public static final int MAX_FRESH_DAYS = 3650;

    /** @throws IllegalArgumentException when signatures are required and there is no root to verify them by */
    public TrustPolicy {
        Grammar.number(freshDays, 0, MAX_FRESH_DAYS);
        if (required && roots.isEmpty()) {
            throw new IllegalArgumentException(
                    "signed releases are required, and there are no roots to verify them by");
        }
    }

    /**
     * Makes a policy of a descriptor's values.
     *
     * @param roots the second lines of the roots' public key files; may be empty
     * @throws IllegalArgumentException when they make no policy
     */
    public static TrustPolicy of(boolean required, List<String> roots, int threshold, int freshDays) {
        Optional<Roots> made = roots.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Roots(threshold, roots.stream().map(SignifyKey::new).toList()));
        return new TrustPolicy(required, made, freshDays);
    }
}
