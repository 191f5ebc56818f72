package updater.state.document;

/** A status file does not hold a status document, possibly because it is being written at this moment. */
public final class StatusFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    StatusFormatException(String message) {
        super(message);
    }
}
