package updater.state.log;

import java.io.IOException;
import java.nio.file.Path;

/** A record log holds something that neither this program nor a crash can have left: it must not be acted upon. */
public final class DamagedLogException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long offset;

    /**
     * Names the file and the place in it.
     *
     * @param offset bytes from the start of the file
     * @param what what is wrong there: expected against found
     */
    public DamagedLogException(Path file, long offset, String what) {
        super(file + " is damaged at byte " + offset + ": " + what);
        this.offset = offset;
    }

    /** Returns where the damage is, in bytes from the start of the file. */
    public long offset() {
        return offset;
    }
}
