package updater.opamp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;
import java.util.random.RandomGenerator;
import updater.agent.install.Trees;

/** The name of an agent among all agents of a server, kept in a file over restarts. */
final class InstanceUid {
    static final int BYTES = 16;

    private final Path file;
    private UUID uid;

    private InstanceUid(Path file, UUID uid) {
        this.file = file;
        this.uid = uid;
    }

    /** Reads the name, or makes one and keeps it. A file that makes no sense is replaced. */
    static InstanceUid load(Path file, Instant now, RandomGenerator random) throws IOException {
        if (Files.isRegularFile(file) && Files.size(file) < 100) {
            try {
                String text = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
                return new InstanceUid(file, UUID.fromString(text));
            } catch (IllegalArgumentException e) {
                // A new one.
            }
        }
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        InstanceUid made = new InstanceUid(file, version7(now, random));
        made.keep();
        return made;
    }

    /** RFC 9562, 5.7: 48 bits of milliseconds, the version, 12 bits of chance, the variant, 62 bits of chance. */
    static UUID version7(Instant now, RandomGenerator random) {
        long high = (now.toEpochMilli() << 16) | 0x7000 | (random.nextLong() & 0x0fff);
        long low = (random.nextLong() >>> 2) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    private void keep() throws IOException {
        Trees.replace(file, (uid + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Takes the name that the server gives. Atomic, and forced when this returns.
     *
     * @return whether it was one
     */
    boolean adopt(byte[] given) throws IOException {
        if (given.length != BYTES) {
            return false;
        }
        ByteBuffer bytes = ByteBuffer.wrap(given);
        uid = new UUID(bytes.getLong(), bytes.getLong());
        keep();
        return true;
    }

    byte[] bytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(uid.getMostSignificantBits())
                .putLong(uid.getLeastSignificantBits())
                .array();
    }

    @Override
    public String toString() {
        return uid.toString();
    }
}
