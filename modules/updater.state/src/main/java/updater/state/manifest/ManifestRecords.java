package updater.state.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.OptionalLong;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.LogChannels;
import updater.state.log.RecordLog;
import updater.state.log.RecordReader;

/** The records of one complete file of a manifest, read one at a time. */
final class ManifestRecords implements Closeable {
    private final Path file;
    private final RecordReader log;
    private final long expected;
    private long count;
    private Optional<String> last = Optional.empty();
    private boolean ended;

    private ManifestRecords(Path file, RecordReader log, long expected) {
        this.file = file;
        this.log = log;
        this.expected = expected;
    }

    /**
     * Opens a file whose last record says that it is complete.
     *
     * @throws DamagedLogException when it does not
     * @throws FutureFormatException when a newer updater wrote it
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    static ManifestRecords open(Path file, LogChannels channels) throws IOException {
        long expected = expectedCount(file, channels);
        return new ManifestRecords(file, RecordLog.forward(file, channels), expected);
    }

    /** Looks at the end first, so that no entry of an incomplete manifest is ever acted upon. */
    private static long expectedCount(Path file, LogChannels channels) throws IOException {
        long size = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .size();
        try (RecordReader reader = RecordLog.backward(file, size, channels)) {
            Optional<byte[]> record = reader.next();
            OptionalLong count = record.isPresent()
                    ? ManifestCodec.decode(file, reader.position(), "", record.get())
                            .count()
                    : OptionalLong.empty();
            return count.orElseThrow(() -> new DamagedLogException(
                    file, size, "expected a manifest that ends with its number of entries, found an incomplete one"));
        }
    }

    /**
     * Returns the next record but the last in {@link ManifestEntry#WALK_ORDER}; empty behind it, and from then on.
     *
     * @throws DamagedLogException when the file is damaged, records are missing or not in order
     */
    Optional<ManifestCodec.Decoded> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        long start = log.position();
        byte[] payload = log.next()
                .orElseThrow(() ->
                        new DamagedLogException(file, start, "expected " + expected + " entries, found " + count));
        ManifestCodec.Decoded decoded = ManifestCodec.decode(file, start, last.orElse(""), payload);
        if (decoded.count().isPresent()) {
            checkEnd(start, decoded.count().getAsLong());
            ended = true;
            return Optional.empty();
        }
        Optional<String> path = decoded.path();
        if (last.isPresent() && path.isPresent() && ManifestEntry.WALK_ORDER.compare(last.get(), path.get()) >= 0) {
            throw new DamagedLogException(file, start, "expected entries in the order of their paths");
        }
        last = path;
        count++;
        return Optional.of(decoded);
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
