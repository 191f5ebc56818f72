package updater.state.log;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** A reader of the records of a {@link RecordLog}, one after the other; it holds no more than one of them in memory. */
public sealed interface RecordReader extends Closeable permits ForwardReader, BackwardReader {
    /**
     * Returns the next record; empty at the end of the records, and from then on.
     *
     * @throws DamagedLogException when there is something else than a whole record or a torn tail
     */
    Optional<byte[]> next() throws IOException;

    /**
     * Returns, in bytes from the start of the file, where the last returned record ends when reading forwards and where
     * it begins when reading backwards. At the end of a forward reader that is where the whole records end.
     */
    long position();

    /**
     * Returns whether the file goes on behind its last whole record with what a crash leaves of an unfinished write.
     * Known once {@link #next()} was empty; never set by a backward reader.
     */
    boolean torn();
}
