package updater.state;

import java.io.IOException;

/** Something cannot be written so that reading gives back the same, such as a file name that is not valid text. */
public final class UnrecordableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnrecordableException(String what) {
        super(what);
    }
}
