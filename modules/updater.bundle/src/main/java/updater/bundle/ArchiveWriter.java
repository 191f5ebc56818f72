package updater.bundle;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import updater.archive.BundleEntry;

/** A writer of the members of one archive, one after the other. Closing completes it. */
interface ArchiveWriter extends Closeable {
    /** Writes a directory, or a file whose content has exactly as many bytes as the entry says. */
    void add(BundleEntry entry, InputStream content) throws IOException;
}
