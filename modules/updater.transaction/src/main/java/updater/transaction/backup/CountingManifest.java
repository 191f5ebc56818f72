package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import updater.api.FileEntry;
import updater.state.log.LogChannels;
import updater.state.manifest.ManifestWriter;

/** A manifest that is being written, and the number of its entries. */
final class CountingManifest implements Closeable {
    private final ManifestWriter writer;
    private long count;

    CountingManifest(Path file, LogChannels logs) throws IOException {
        writer = ManifestWriter.create(file, logs);
    }

    void add(FileEntry entry) throws IOException {
        writer.add(entry);
        count++;
    }

    void gone(String path) throws IOException {
        writer.gone(path);
        count++;
    }

    /** Ends the manifest, and forces it. */
    void complete() throws IOException {
        writer.complete(count);
    }

    long count() {
        return count;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
