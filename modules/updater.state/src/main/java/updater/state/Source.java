package updater.state;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** A sequence of items that are read one after the other. */
public interface Source<T> extends Closeable {
    /** Returns the next one; empty behind the last one, and from then on. */
    Optional<T> next() throws IOException;
}
