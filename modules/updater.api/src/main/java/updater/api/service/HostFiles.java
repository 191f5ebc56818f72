package updater.api.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Write the few files a provider owns outside home (guards, links), each atomically and forced to disk before the
 * call returns, the directory included. All calls are idempotent. Parent directories must be root's own: nothing here
 * defends against somebody who may write in them.
 */
public interface HostFiles {
    /** Returns the bytes of a regular file, empty when there is none. Reads at most 1 MiB and follows no link. */
    Optional<byte[]> read(Path file) throws IOException;

    /** Creates or replaces a file by temporary file and rename. Creates missing parent directories with mode 0755. */
    void write(Path file, byte[] content, int mode) throws IOException;

    /** Creates or replaces a symbolic link. Creates missing parent directories with mode 0755. */
    void link(Path link, String target) throws IOException;

    /** Removes a file or link when it is there, and its parent directory when {@link #write} or {@link #link} made it and it is empty. */
    void delete(Path file) throws IOException;
}
