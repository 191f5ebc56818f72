package updater.agent.download;

/** A download that no further attempt can bring to its end. The message is fit for the server. */
public final class DownloadFailure extends Exception {
    private static final long serialVersionUID = 1L;

    DownloadFailure(String message) {
        super(message);
    }

    DownloadFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
