package updater.release;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * What a vendor says about one release: which one it is, which bytes it has, and until when it may be offered.
 *
 * <p>Its text has twelve lines in this order, each once, in ASCII, each ended by LF:
 *
 * <pre>
 * host-updater release 1
 * product observiq-otel-collector
 * version v1.104.0
 * counter 1040
 * floor 1020
 * platform linux-amd64-glibc
 * size 187654321
 * sha256 (64 digits)
 * manifest (64 digits)
 * created 2026-11-28T00:00:00Z
 * expires 2027-05-28T00:00:00Z
 * keys 3
 * </pre>
 *
 * @param product the name in the product descriptor
 * @param version what people call the release
 * @param counter the order of releases: of two, the later one has the higher counter
 * @param floor releases with a lower counter must not be installed any more, once this one was
 * @param bundle the bundle that it is about
 * @param validity when it may be offered
 * @param keys the number of the {@link KeyList} it was made with; an older one does not do
 */
public record ReleaseStatement(
        String product, String version, long counter, long floor, Bundle bundle, Validity validity, long keys) {
    /**
     * What a statement says of its bundle.
     *
     * @param platform the hosts it runs on
     * @param size bytes of the bundle
     * @param sha256 SHA-256 of the bundle
     * @param manifest SHA-256 of the {@link FileList} of the bundle's tree
     */
    public record Bundle(String platform, long size, String sha256, String manifest) {
        /** @throws IllegalArgumentException when a value cannot be in a statement */
        public Bundle {
            Grammar.platform(platform);
            Grammar.number(size, 1, Grammar.MAX_NUMBER);
            Grammar.sha256(sha256);
            Grammar.sha256(manifest);
        }
    }

    /**
     * When a release may be offered.
     *
     * @param created when it was made, in whole seconds
     * @param expires from then on it may not be offered any more
     */
    public record Validity(Instant created, Instant expires) {
        /** @throws IllegalArgumentException when a value cannot be in a statement */
        public Validity {
            Grammar.time(created);
            Grammar.time(expires);
            if (!created.isBefore(expires)) {
                throw new IllegalArgumentException(
                        "it expires at " + expires + ", not after it was created at " + created);
            }
        }
    }

    /** The largest file of a statement, signature and comment included, in bytes. */
    public static final int MAX_BYTES = 4096;

    private static final String HEADER = "host-updater release 1";

    /** @throws IllegalArgumentException when a value cannot be in a statement */
    public ReleaseStatement {
        Grammar.name(product);
        Grammar.version(version);
        Grammar.number(counter, 1, Grammar.MAX_NUMBER);
        Grammar.number(floor, 0, Grammar.MAX_NUMBER);
        Grammar.number(keys, 1, Grammar.MAX_NUMBER);
        if (floor > counter) {
            throw new IllegalArgumentException("the floor " + floor + " is above the counter " + counter);
        }
    }

    /**
     * Reads the text of a statement, without its signature.
     *
     * @throws ReleaseRefused when it is not exactly of the form above; the message names line, key and value
     */
    public static ReleaseStatement parse(byte[] text) throws ReleaseRefused {
        Lines lines = new Lines("release statement", text);
        lines.header(HEADER);
        String product = lines.take("product", Grammar::name);
        String version = lines.take("version", Grammar::version);
        long counter = lines.take("counter", value -> Grammar.number(value, 1, Grammar.MAX_NUMBER));
        long floor = lines.take("floor", value -> Grammar.number(value, 0, Grammar.MAX_NUMBER));
        String platform = lines.take("platform", Grammar::platform);
        long size = lines.take("size", value -> Grammar.number(value, 1, Grammar.MAX_NUMBER));
        String sha256 = lines.take("sha256", Grammar::sha256);
        String manifest = lines.take("manifest", Grammar::sha256);
        Instant created = lines.take("created", Grammar::time);
        Instant expires = lines.take("expires", Grammar::time);
        long keys = lines.take("keys", value -> Grammar.number(value, 1, Grammar.MAX_NUMBER));
        lines.end();
        try {
            return new ReleaseStatement(
                    product,
                    version,
                    counter,
                    floor,
                    new Bundle(platform, size, sha256, manifest),
                    new Validity(created, expires),
                    keys);
        } catch (IllegalArgumentException e) {
            throw lines.refuse(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Reads what a signed statement says, and believes none of it: who reads a bundle learns how large it should be.
     *
     * @param file the signature and the text
     * @throws ReleaseRefused when it is not exactly of the form above
     */
    public static ReleaseStatement unbelieved(byte[] file) throws ReleaseRefused {
        return parse(SignedText.parse("release statement", file, MAX_BYTES, 1).text());
    }

    /** Returns the text, to be signed. */
    public byte[] text() {
        return String.join(
                        "\n",
                        HEADER,
                        "product " + product,
                        "version " + version,
                        "counter " + counter,
                        "floor " + floor,
                        "platform " + bundle.platform(),
                        "size " + bundle.size(),
                        "sha256 " + bundle.sha256(),
                        "manifest " + bundle.manifest(),
                        "created " + validity.created(),
                        "expires " + validity.expires(),
                        "keys " + keys,
                        "")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
