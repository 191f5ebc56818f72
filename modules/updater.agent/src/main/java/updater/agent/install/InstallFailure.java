package updater.agent.install;

/** A bundle that could not be handed over, or that the updater did not take. The message is fit for the server. */
public final class InstallFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** Makes one without a cause. */
    public InstallFailure(String message) {
        super(message);
    }

    /** Makes one with its cause. */
    public InstallFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
