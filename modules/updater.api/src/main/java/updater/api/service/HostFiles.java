package updater.api.service;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The few files a provider owns (guards, links, pid files), written each atomically and forced to disk before the call
 * returns, the directory included. All calls are idempotent. Below home, which may be another user's, no component of a
 * path is followed when it is a link; elsewhere parent directories must be root's own.
 */
public interface HostFiles {
    /** Returns the bytes of a regular file, empty when there is none. Reads at most 1 MiB and follows no link. */
    Optional<byte[]> read(Path file) throws IOException;

    /** Creates or replaces a file by temporary file and rename. Creates missing parent directories with mode 0755. */
    void write(Path file, byte[] content, int mode) throws IOException;

    /** Creates or replaces a symbolic link. Creates missing parent directories with mode 0755. */
    void link(Path link, String target) throws IOException;

    /**
     * Opens a file for a process of the provider to append to, and creates it with mode 0640 where it is missing. Only
     * a regular file with one name is opened: never a link, nor what would block.
     *
     * @return what to close once it was handed on
     */
    default Appended append(Path file) throws IOException {
        return new Appended() {
            @Override
            public Path path() {
                return file;
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
    }

    /** A file that is held open. */
    interface Appended extends Closeable {
        /** Returns a path that leads to that very file as long as this is open, whatever becomes of its name. */
        Path path() throws IOException;
    }

    /** Removes a file or link when it is there, and its parent directory when {@link #write} or {@link #link} made it and it is empty. */
    void delete(Path file) throws IOException;
}
