package updater.archive;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/**
 * The paths of one bundle, with the directories above them. No two of them are one on any file system: on some, upper and
 * lower case do not count, or how an accent is encoded.
 */
public final class EntryNames {
    private final Map<String, String> paths = new HashMap<>();

    /** Begins without any. */
    public EntryNames() {}

    /** Returns how many different files and directories were added, those included that only others are in. */
    public int size() {
        return paths.size();
    }

    /**
     * Adds a plain path. Idempotent.
     *
     * @throws UpdateFailure.Refused when it, or a directory above it, differs from another in case or encoding only
     */
    public void add(String path) throws UpdateFailure.Refused {
        // A path that is known has brought its directories already.
        for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
            String added = path.substring(0, end);
            String known = paths.putIfAbsent(folded(added), added);
            if (known == null) {
                continue;
            }
            if (!known.equals(added)) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID,
                        "the bundle's '" + EntryName.printable(added) + "' and '" + EntryName.printable(known)
                                + "' are one file where upper and lower case do not count",
                        "Rename one of them");
            }
            return;
        }
    }

    /** In both directions: some letters have two capitals, others two small forms. */
    private static String folded(String path) {
        String folded = path.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(folded, Normalizer.Form.NFC);
    }
}
