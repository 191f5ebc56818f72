package updater.release;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A numbered list of the keys that may sign releases, signed by the roots. Of two lists the one with the higher number
 * holds; whoever has seen it refuses the other.
 *
 * <p>Its text:
 *
 * <pre>
 * host-updater keys 1
 * product observiq-otel-collector
 * number 3
 * created 2026-11-28T00:00:00Z
 * threshold 2
 * root (base64 of a public key)         one line for each root, 1 to 5
 * key 2026b (base64) (from) (until)     one line for each signing key, 0 to 32
 * revoked 2026a (base64) (since)        one line for each revoked key, 0 to 64
 * </pre>
 *
 * <p>The roots that a list names are those of the <em>next</em> list. A list is believed when enough of the roots before
 * it have signed it, and enough of the roots that it names: so the old roots decide who the new ones are, and roots that
 * nobody can sign with are noticed at once.
 *
 * @param product whose releases the keys may sign
 * @param number 1, 2, 3, …
 * @param created when it was made
 * @param roots who signs the next list
 * @param keys who signs releases
 * @param revoked who did, and is not believed any more, whatever the dates say
 */
public record KeyList(
        String product, long number, Instant created, Roots roots, List<SigningKey> keys, List<RevokedKey> revoked) {
    /** The largest file of a list, signatures and comments included, in bytes. */
    public static final int MAX_BYTES = 1 << 14;

    static final String WHAT = "key list";

    /** The roots before and after a rotation, each once. */
    private static final int MAX_SIGNATURES = 2 * Roots.MAX;

    private static final int MAX_KEYS = 32;
    private static final int MAX_REVOKED = 64;
    private static final String HEADER = "host-updater keys 1";

    /**
     * A key that may sign releases.
     *
     * @param name what reports call it
     * @param from not before
     * @param until not from then on
     */
    public record SigningKey(String name, SignifyKey key, Instant from, Instant until) {
        public SigningKey {
            Grammar.name(name);
            Grammar.time(from);
            Grammar.time(until);
            if (!from.isBefore(until)) {
                throw new IllegalArgumentException(
                        "the key " + name + " is valid until " + until + ", not after " + from);
            }
        }

        static SigningKey parse(String value) {
            String[] parts = parts(value, "a name, a key, and two times", 4);
            return new SigningKey(parts[0], new SignifyKey(parts[1]), Grammar.time(parts[2]), Grammar.time(parts[3]));
        }

        String line() {
            return "key " + name + " " + key.base64() + " " + from + " " + until;
        }

        /** Returns name and number, for reports. */
        public String describe() {
            return name + " (" + key.number() + ")";
        }
    }

    /** A key that may not sign any more; {@code since} is for people only. */
    public record RevokedKey(String name, SignifyKey key, Instant since) {
        public RevokedKey {
            Grammar.name(name);
            Grammar.time(since);
        }

        static RevokedKey parse(String value) {
            String[] parts = parts(value, "a name, a key, and a time", 3);
            return new RevokedKey(parts[0], new SignifyKey(parts[1]), Grammar.time(parts[2]));
        }

        String line() {
            return "revoked " + name + " " + key.base64() + " " + since;
        }
    }

    /** @throws IllegalArgumentException when a value cannot be in a list, or one key has two roles */
    public KeyList {
        Grammar.name(product);
        Grammar.number(number, 1, Grammar.MAX_NUMBER);
        Grammar.time(created);
        keys = List.copyOf(keys);
        revoked = List.copyOf(revoked);
        if (keys.size() > MAX_KEYS || revoked.size() > MAX_REVOKED) {
            throw new IllegalArgumentException("expected at most " + MAX_KEYS + " keys and " + MAX_REVOKED
                    + " revoked ones, found " + keys.size() + " and " + revoked.size());
        }
        List<SignifyKey> all = new ArrayList<>(roots.keys());
        keys.forEach(key -> all.add(key.key()));
        revoked.forEach(key -> all.add(key.key()));
        Roots.requireDifferent(all);
        Set<String> names = new HashSet<>();
        Stream.concat(keys.stream().map(SigningKey::name), revoked.stream().map(RevokedKey::name))
                .forEach(name -> {
                    if (!names.add(name)) {
                        throw new IllegalArgumentException("the name '" + name + "' is there twice");
                    }
                });
    }

    private static String[] parts(String value, String expected, int count) {
        String[] parts = value.split(" ", -1);
        if (parts.length != count) {
            throw Grammar.expected(expected + ", one blank between them", value);
        }
        return parts;
    }

    /**
     * Reads a list that travelled with a release, and believes it or not. Signatures are verified before the text is
     * looked at.
     *
     * @param file the signatures, one block after the other, and the text
     * @param roots whose word decides
     * @throws ReleaseRefused when it is not of the form above, or not signed by enough of the roots before and after it
     */
    public static KeyList believe(byte[] file, Roots roots) throws ReleaseRefused {
        SignedText signed = SignedText.parse(WHAT, file, MAX_BYTES, MAX_SIGNATURES);
        roots.requireSigned(signed, "the roots of this host");
        KeyList list = parse(signed.text());
        if (!list.roots.equals(roots)) {
            list.roots.requireSigned(signed, "the roots that it names");
        }
        return list;
    }

    /**
     * Reads the text of a list, without its signatures.
     *
     * @throws ReleaseRefused when it is not exactly of the form above; the message names line, key and value
     */
    public static KeyList parse(byte[] text) throws ReleaseRefused {
        Lines lines = new Lines(WHAT, text);
        lines.header(HEADER);
        String product = lines.take("product", Grammar::name);
        long number = lines.take("number", value -> Grammar.number(value, 1, Grammar.MAX_NUMBER));
        Instant created = lines.take("created", Grammar::time);
        int threshold = lines.take("threshold", value -> (int) Grammar.number(value, 1, Roots.MAX));
        List<SignifyKey> roots = new ArrayList<>();
        do {
            roots.add(lines.take("root", SignifyKey::new));
        } while (lines.nextIs("root"));
        List<SigningKey> keys = new ArrayList<>();
        while (lines.nextIs("key")) {
            keys.add(lines.take("key", SigningKey::parse));
        }
        List<RevokedKey> revoked = new ArrayList<>();
        while (lines.nextIs("revoked")) {
            revoked.add(lines.take("revoked", RevokedKey::parse));
        }
        lines.end();
        try {
            return new KeyList(product, number, created, new Roots(threshold, roots), keys, revoked);
        } catch (IllegalArgumentException e) {
            throw lines.refuse(String.valueOf(e.getMessage()));
        }
    }

    /** Returns the text, to be signed by the roots. */
    public byte[] text() {
        StringBuilder text = new StringBuilder();
        text.append(HEADER)
                .append("\nproduct ")
                .append(product)
                .append("\nnumber ")
                .append(number);
        text.append("\ncreated ")
                .append(created)
                .append("\nthreshold ")
                .append(roots.threshold())
                .append('\n');
        roots.keys().forEach(root -> text.append("root ").append(root.base64()).append('\n'));
        keys.forEach(key -> text.append(key.line()).append('\n'));
        revoked.forEach(key -> text.append(key.line()).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns SHA-256 of the text: two lists with one number must be the same list. */
    public String sha256() {
        return Grammar.sha256(text());
    }

    Optional<SigningKey> key(String number) {
        return keys.stream().filter(key -> key.key().number().equals(number)).findFirst();
    }

    Optional<RevokedKey> revokedKey(String number) {
        return revoked.stream().filter(key -> key.key().number().equals(number)).findFirst();
    }
}
