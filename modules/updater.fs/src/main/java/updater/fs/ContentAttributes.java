package updater.fs;

import java.util.LinkedHashMap;
import java.util.Map;
import updater.api.Bytes;

/**
 * The extended attributes that belong to the bytes of a file, as its hash and its signature do, and not to its place: other
 * bytes must not get them.
 */
public final class ContentAttributes {
    /** The hash or signature of the content, which the kernel may demand before it executes or opens the file. */
    private static final String MEASUREMENT = "security.ima";

    /** What the kernel, or a signer, says of inode and metadata. Nobody else can make one that is right. */
    static final String VERIFICATION = "security.evm";

    private ContentAttributes() {}

    /** Returns the others. */
    public static Map<String, Bytes> without(Map<String, Bytes> attributes) {
        if (!attributes.containsKey(MEASUREMENT) && !attributes.containsKey(VERIFICATION)) {
            return attributes;
        }
        Map<String, Bytes> others = new LinkedHashMap<>(attributes);
        others.remove(MEASUREMENT);
        others.remove(VERIFICATION);
        return others;
    }

    /** Returns what a file with other bytes gets: its own of these attributes, and all else from the one that it replaces. */
    public static Map<String, Bytes> handedOn(Map<String, Bytes> replaced, Map<String, Bytes> own) {
        Bytes measurement = own.get(MEASUREMENT);
        Map<String, Bytes> others = without(replaced);
        if (measurement == null) {
            return others;
        }
        Map<String, Bytes> all = new LinkedHashMap<>(others);
        all.put(MEASUREMENT, measurement);
        return all;
    }
}
