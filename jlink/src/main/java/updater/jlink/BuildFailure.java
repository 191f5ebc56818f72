package updater.jlink;

/** Says why there is no runtime; the message is all a reader needs. */
public final class BuildFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    BuildFailure(String message) {
        super(message);
    }
}
