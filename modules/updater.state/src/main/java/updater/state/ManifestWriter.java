package updater.state;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;

/**
 * Write a manifest: every path of a tree as it was, in {@link ManifestEntry#WALK_ORDER}, and a mark that it is complete.
 *
 * <p>A manifest without that mark is never read as one.
 */
public final class ManifestWriter implements Closeable {
    private final Path file;
    private final RecordLog log;
    private final RecordBuffer buffer = new RecordBuffer();
    private long count;
    private Optional<String> last = Optional.empty();

    private ManifestWriter(Path file, RecordLog log) {
        this.file = file;
        this.log = log;
    }

    /** Creates the manifest on the file's own file system. */
    public static ManifestWriter create(Path file) throws IOException {
        return create(file, LogChannels.ofFileSystem());
    }

    /**
     * Creates the manifest, readable and writable by its owner only. Forces nothing.
     *
     * @throws java.nio.file.FileAlreadyExistsException when there is one
     */
    public static ManifestWriter create(Path file, LogChannels channels) throws IOException {
        return new ManifestWriter(file, RecordLog.create(file, channels));
    }

    /** Adds an entry whose content is not kept anywhere; see {@link #add(FileEntry, Optional)}. */
    public void add(FileEntry entry) throws IOException {
        add(entry, Optional.empty());
    }

    /**
     * Adds an entry. It may stay in memory until {@link #complete}.
     *
     * @param backup where its content is kept
     * @throws IllegalArgumentException when it does not come behind the entry before it
     * @throws UnrecordableException when one of its names cannot be written as text
     */
    public void add(FileEntry entry, Optional<String> backup) throws IOException {
        if (last.isPresent() && ManifestEntry.WALK_ORDER.compare(last.get(), entry.path()) >= 0) {
            throw new IllegalArgumentException(
                    "'" + Printable.text(entry.path()) + "' does not come behind '" + Printable.text(last.get()) + "'");
        }
        log.append(ManifestCodec.encode(buffer, entry, backup));
        last = Optional.of(entry.path());
        count++;
    }

    /**
     * Marks the manifest as complete and makes it durable. The directory that holds it is forced by the caller.
     *
     * @param entries how many entries the caller added
     * @throws IllegalStateException when that is another number than this writer has seen
     */
    public void complete(long entries) throws IOException {
        if (entries != count) {
            throw new IllegalStateException(
                    "expected " + entries + " entries in " + file + ", but " + count + " were added");
        }
        log.append(ManifestCodec.encodeComplete(count));
        log.force();
    }

    /** Closes the manifest, which is worthless unless {@link #complete} has returned. Idempotent. */
    @Override
    public void close() throws IOException {
        log.close();
    }
}
