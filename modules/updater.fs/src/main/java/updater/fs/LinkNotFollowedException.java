package updater.fs;

import java.nio.file.NotDirectoryException;

/** The failure to open a directory behind a link, and why that is not followed. */
public final class LinkNotFollowedException extends NotDirectoryException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    LinkNotFollowedException(String link, String reason) {
        super(link);
        this.reason = reason;
    }

    /** Returns what was found on the way, to be said behind a colon. */
    @Override
    public String getReason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return getFile() + ": " + reason;
    }
}
