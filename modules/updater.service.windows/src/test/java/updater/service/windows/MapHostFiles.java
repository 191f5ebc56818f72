package updater.service.windows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import updater.api.service.HostFiles;

/** The files of a provider, kept in memory. */
final class MapHostFiles implements HostFiles {
    final TreeMap<Path, byte[]> files = new TreeMap<>();

    /** Every write fails where this is set. */
    boolean full;

    @Override
    public Optional<byte[]> read(Path file) {
        return Optional.ofNullable(files.get(file));
    }

    @Override
    public void write(Path file, byte[] content, int mode) throws IOException {
        if (full) {
            throw new IOException(file + ": There is not enough space on the disk");
        }
        files.put(file, content);
    }

    @Override
    public void link(Path link, String target) {
        throw new UnsupportedOperationException("no links on Windows");
    }

    @Override
    public void delete(Path file) {
        files.remove(file);
    }
}
