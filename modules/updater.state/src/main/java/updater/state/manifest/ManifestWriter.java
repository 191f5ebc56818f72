package updater.state.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.json.Printable;
import updater.state.log.LogChannels;
import updater.state.log.PayloadWriter;
import updater.state.log.RecordLog;
import updater.state.log.UnrecordableException;

/**
 * A manifest being written: every path of a tree as it was, in {@link ManifestEntry#WALK_ORDER}, and a last record that says
 * it is complete. Or what has changed since another one was written: the paths that differ, and those that are {@link #gone}.
 *
 * <p>A manifest without that record is never read as one.
 */
public final class ManifestWriter implements Closeable {
    private final Path file;
    private final RecordLog log;
    private final PayloadWriter out = new PayloadWriter();
    private long count;
    private Optional<String> last = Optional.empty();

    private ManifestWriter(Path file, RecordLog log) {
        this.file = file;
        this.log = log;
    }

    /**
     * Creates the manifest, readable and writable by its owner only. Forces nothing.
     *
     * @throws java.nio.file.FileAlreadyExistsException when there is one
     */
    public static ManifestWriter create(Path file, LogChannels channels) throws IOException {
        return new ManifestWriter(file, RecordLog.create(file, channels));
    }

    /** Adds an entry with nothing beside it; see {@link #add(FileEntry, Optional)}. */
    public void add(FileEntry entry) throws IOException {
        add(entry, Optional.empty());
    }

    /**
     * Adds an entry. It may stay in memory until {@link #complete}.
     *
     * @param note a note to keep beside it
     * @throws IllegalArgumentException when it does not come behind the entry before it
     * @throws UnrecordableException when one of its names cannot be written as text
     */
    public void add(FileEntry entry, Optional<String> note) throws IOException {
        checkOrder(entry.path());
        append(entry.path(), ManifestCodec.encode(out, last.orElse(""), entry, note));
    }

    /**
     * Says that a path is gone which is in the manifest that this one follows. As {@link #add(FileEntry)}.
     *
     * @throws IllegalArgumentException when it does not come behind the path before it
     */
    public void gone(String path) throws IOException {
        checkOrder(path);
        append(path, ManifestCodec.encodeGone(out, last.orElse(""), path));
    }

    private void checkOrder(String path) {
        if (last.isPresent() && ManifestEntry.WALK_ORDER.compare(last.get(), path) >= 0) {
            throw new IllegalArgumentException(
                    "'" + Printable.text(path) + "' does not come behind '" + Printable.text(last.get()) + "'");
        }
    }

    private void append(String path, byte[] record) throws IOException {
        log.append(record);
        last = Optional.of(path);
        count++;
    }

    /** Returns how many entries were added. */
    public long count() {
        return count;
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
