package updater.transaction.world;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import updater.api.Product;
import updater.api.Trust;
import updater.api.conformance.ProductEdit;
import updater.release.FileList;
import updater.release.KeyList;
import updater.release.ReleaseRefused;
import updater.release.ReleaseStatement;
import updater.release.Roots;
import updater.release.SignifyKey;

/** A vendor with two roots and a signing key, who signs what is staged in a world. */
public final class Vendor {
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private final Signer one = new Signer();
    private final Signer two = new Signer();
    public final Signer key = new Signer();
    public final Signer other = new Signer();
    private final Roots roots = new Roots(2, List.of(one.publicKey, two.publicKey));

    /** Which list is written. */
    public long list = 1;

    /** Who signs the list. */
    public List<Signer> listSigners = List.of(one, two);

    /** Keys that the list revokes. */
    public List<KeyList.RevokedKey> revoked = List.of();

    public String platform = World.PLATFORM;
    public String product = "agent";
    public long floor;
    public Instant created = NOW.minusSeconds(3600);
    public Instant expires = NOW.plusSeconds(3_600_000);

    /** A key pair as signify has them. */
    public static final class Signer {
        private final KeyPair pair;
        private final byte[] number;
        final SignifyKey publicKey;

        Signer() {
            try {
                pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
                byte[] encoded = pair.getPublic().getEncoded();
                byte[] point = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
                number = Arrays.copyOf(point, 8);
                publicKey = new SignifyKey(base64(number, point));
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        public SignifyKey key() {
            return publicKey;
        }

        byte[] block(byte[] text) {
            try {
                Signature signature = Signature.getInstance("Ed25519");
                signature.initSign(pair.getPrivate());
                signature.update(text);
                return ("untrusted comment: test\n" + base64(number, signature.sign()) + "\n")
                        .getBytes(StandardCharsets.US_ASCII);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        private static String base64(byte[] number, byte[] payload) {
            return Base64.getEncoder().encodeToString(concat(new byte[] {'E', 'd'}, number, payload));
        }
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Stream.of(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }

    /** Returns the product that believes this vendor's releases. */
    public Product trusting(Product product, boolean required) {
        return ProductEdit.of(product)
                .trust(new Trust(required, List.of(one.publicKey.base64(), two.publicKey.base64()), 2, 30))
                .product();
    }

    /** Signs what is staged as this version. */
    public void sign(World world, String version, long counter) throws IOException {
        String manifest = list(world);
        write(world, FileList.KEYS, keyList());
        statement(world, statement(version, counter, manifest), key);
    }

    /** Writes the list of the files that are staged, and returns its checksum. */
    public String list(World world) throws IOException {
        Files.createDirectories(world.staged(FileList.DIRECTORY));
        try (OutputStream out = Files.newOutputStream(world.staged(FileList.FILE))) {
            return FileList.write(world.layout().staged(), out);
        } catch (ReleaseRefused e) {
            throw new AssertionError(e);
        }
    }

    public ReleaseStatement statement(String version, long counter, String manifest) {
        return new ReleaseStatement(
                product,
                version,
                counter,
                floor,
                new ReleaseStatement.Bundle(platform, 1, "0".repeat(64), manifest),
                new ReleaseStatement.Validity(created, expires),
                list);
    }

    public void statement(World world, ReleaseStatement statement, Signer signer) throws IOException {
        write(world, FileList.STATEMENT, concat(signer.block(statement.text()), statement.text()));
    }

    private byte[] keyList() {
        KeyList.SigningKey valid =
                new KeyList.SigningKey("2026a", key.publicKey, NOW.minusSeconds(100_000), NOW.plusSeconds(100_000_000));
        KeyList.SigningKey spare = new KeyList.SigningKey(
                "2026b", other.publicKey, NOW.minusSeconds(100_000), NOW.plusSeconds(100_000_000));
        byte[] text = new KeyList(
                        "agent",
                        list,
                        NOW.minusSeconds(200_000),
                        roots,
                        revoked.isEmpty() ? List.of(valid) : List.of(spare),
                        revoked)
                .text();
        byte[] blocks =
                concat(listSigners.stream().map(signer -> signer.block(text)).toArray(byte[][]::new));
        return concat(blocks, text);
    }

    private static void write(World world, String path, byte[] content) throws IOException {
        Path file = world.staged(path);
        Files.write(file, content);
    }

    /** Returns the list's entry for the first key, revoked. */
    public KeyList.RevokedKey revokedKey() {
        return new KeyList.RevokedKey("2026a", key.publicKey, NOW);
    }
}
