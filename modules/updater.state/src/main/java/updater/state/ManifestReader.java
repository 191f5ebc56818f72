package updater.state;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.OptionalLong;

/** Read a complete manifest, one entry at a time. */
public final class ManifestReader implements Closeable {
    private final Path file;
    private final RecordReader log;
    private final long expected;
    private long count;
    private Optional<String> last = Optional.empty();
    private boolean ended;

    private ManifestReader(Path file, RecordReader log, long expected) {
        this.file = file;
        this.log = log;
        this.expected = expected;
    }

    /** Opens a manifest on the file's own file system. */
    public static ManifestReader open(Path file) throws IOException {
        return open(file, LogChannels.ofFileSystem());
    }

    /**
     * Opens a manifest whose last record says that it is complete.
     *
     * @throws DamagedLogException when it does not
     * @throws FutureFormatException when a newer updater wrote it
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    public static ManifestReader open(Path file, LogChannels channels) throws IOException {
        long expected = expectedCount(file, channels);
        return new ManifestReader(file, RecordLog.forward(file, channels), expected);
    }

    /** Looks at the end first, so that no entry of an incomplete manifest is ever acted upon. */
    private static long expectedCount(Path file, LogChannels channels) throws IOException {
        long size = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .size();
        try (RecordReader reader = RecordLog.backward(file, size, channels)) {
            Optional<byte[]> record = reader.next();
            OptionalLong count = record.isPresent()
                    ? decode(file, reader.position(), record.get()).count()
                    : OptionalLong.empty();
            return count.orElseThrow(() -> new DamagedLogException(
                    file, size, "expected a manifest that ends with its number of entries, found an incomplete one"));
        }
    }

    private static ManifestCodec.Decoded decode(Path file, long start, byte[] payload) throws IOException {
        try {
            return ManifestCodec.decode(payload);
        } catch (JsonShapeException e) {
            throw new FutureFormatException(file, "record at byte " + start + ": " + e.getMessage());
        }
    }

    /** Returns the number of entries. */
    public long count() {
        return expected;
    }

    /**
     * Returns the next entry in {@link ManifestEntry#WALK_ORDER}; empty behind the last one, and from then on.
     *
     * @throws DamagedLogException when the manifest is damaged, entries are missing or not in order
     */
    public Optional<ManifestEntry> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        long start = log.position();
        byte[] payload = log.next()
                .orElseThrow(() ->
                        new DamagedLogException(file, start, "expected " + expected + " entries, found " + count));
        ManifestCodec.Decoded decoded = decode(file, start, payload);
        if (decoded.count().isPresent()) {
            checkEnd(start, decoded.count().getAsLong());
            ended = true;
            return Optional.empty();
        }
        Optional<ManifestEntry> entry = decoded.entry();
        Optional<String> path = entry.map(found -> found.file().path());
        if (last.isPresent() && path.isPresent() && ManifestEntry.WALK_ORDER.compare(last.get(), path.get()) >= 0) {
            throw new DamagedLogException(file, start, "expected entries in the order of their paths");
        }
        last = path;
        count++;
        return entry;
    }

    private void checkEnd(long start, long found) throws IOException {
        if (found != expected || count != expected || log.next().isPresent()) {
            throw new DamagedLogException(file, start, "expected " + expected + " entries, found " + count);
        }
    }

    @Override
    public void close() throws IOException {
        log.close();
    }
}
