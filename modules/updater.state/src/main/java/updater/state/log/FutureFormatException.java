package updater.state.log;

import java.io.IOException;
import java.nio.file.Path;

/** A file was written by a newer updater, in a way this one does not understand: it must be left as it is. */
public final class FutureFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Names the file.
     *
     * @param what what is not understood: expected against found
     */
    public FutureFormatException(Path file, String what) {
        super(file + " was written by a newer updater: " + what);
    }
}
