package updater.api;

import java.util.List;

/**
 * The rule by which a release is believed.
 *
 * @param required whether an update without a signed statement is refused
 * @param roots the public keys that sign the list of signing keys, as signify writes them; none, and no statement is
 *     looked at
 * @param threshold how many of the roots must have signed
 * @param freshDays days after which it is worth a warning that nothing newer was offered; 0 for never
 */
public record Trust(boolean required, List<String> roots, int threshold, int freshDays) {
    /** Nothing is required, and nothing believed. */
    public static final Trust NONE = new Trust(false, List.of(), 2, 0);

    public Trust {
        roots = List.copyOf(roots);
    }
}
