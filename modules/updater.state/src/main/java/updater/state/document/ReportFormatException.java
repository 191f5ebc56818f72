package updater.state.document;

/** A report cannot be read. */
public final class ReportFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    ReportFormatException(String message) {
        super(message);
    }
}
