package updater.state.log;

import java.io.IOException;

/** Something cannot be written so that reading gives back the same, such as a file name that is not valid text. */
public final class UnrecordableException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what it is.
     *
     * @param what what cannot be written, safe to be printed
     */
    public UnrecordableException(String what) {
        super(what);
    }
}
