package updater.fs;

import java.io.IOException;
import java.nio.file.Path;

/** The refusal of a name that no string holds without loss. */
public final class UnusableNameException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String escapedName;

    UnusableNameException(Path directory, String escapedName) {
        super(directory + ": not valid in the host's file name encoding: '" + escapedName + "'");
        this.escapedName = escapedName;
    }

    /** Returns the name with everything but printable ASCII escaped. */
    public String escapedName() {
        return escapedName;
    }
}
