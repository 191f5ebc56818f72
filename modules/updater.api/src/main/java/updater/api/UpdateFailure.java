package updater.api;

import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The reason why an update could not go on: what failed, expected against found, and separately what an operator can
 * do.
 */
public abstract sealed class UpdateFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final String message;
    private final String advice;

    private UpdateFailure(String message, String advice, Optional<? extends Throwable> cause) {
        super(message, cause.orElse(null));
        this.message = message;
        this.advice = advice;
    }

    @Override
    public String getMessage() {
        return message;
    }

    /** Returns what the operator can do about it, as a sentence; empty when there is nothing to say. */
    public String advice() {
        return advice;
    }

    /** Returns message and advice as one text. */
    public String fullMessage() {
        return advice.isEmpty() ? getMessage() : getMessage() + ". " + advice;
    }

    /**
     * Returns the code that the failure has when it happens before the stop is requested; empty for a wrong command line and
     * for an updater that is not the only one, which have exit codes of their own.
     */
    public Optional<RefusalCode> code() {
        return Optional.empty();
    }

    /** The command line, or the product descriptor it names, is wrong: exit 2. */
    public static final class Usage extends UpdateFailure {
        private static final long serialVersionUID = 1L;

        public Usage(String message, String advice) {
            super(message, advice, Optional.empty());
        }
    }

    /** Another updater works on this home: exit 3. */
    public static final class Busy extends UpdateFailure {
        private static final long serialVersionUID = 1L;

        public Busy(String message, String advice) {
            super(message, advice, Optional.empty());
        }
    }

    /** The host, the bundle or the product is not fit for an update; nothing was changed: exit 5. */
    public static final class Refused extends UpdateFailure {
        private static final long serialVersionUID = 1L;

        private final RefusalCode code;

        public Refused(RefusalCode code, String message, String advice) {
            super(message, advice, Optional.empty());
            this.code = code;
        }

        public Refused(RefusalCode code, String message, String advice, Throwable cause) {
            super(message, advice, Optional.of(cause));
            this.code = code;
        }

        @Override
        public Optional<RefusalCode> code() {
            return Optional.of(code);
        }
    }

    /** A disk operation failed. */
    public static final class Disk extends UpdateFailure {
        private static final long serialVersionUID = 1L;

        /**
         * @param operation what was tried, as a verb phrase: {@code rename the staged file to}
         * @param path the path it was tried on
         */
        public Disk(String operation, Path path, Throwable cause) {
            this(operation, path.toString(), cause);
        }

        public Disk(String operation, String path, Throwable cause) {
            super("could not " + operation + " " + path + ": " + reason(cause, path), "", Optional.of(cause));
        }

        private static String reason(Throwable cause, String path) {
            String file = cause instanceof FileSystemException failure ? failure.getFile() : path;
            return Reason.of(cause) + (file == null || file.equals(path) ? "" : " (" + file + ")");
        }

        @Override
        public Optional<RefusalCode> code() {
            return Optional.of(RefusalCode.DISK_FAILED);
        }
    }

    /** The service manager failed, refused or did not answer in time. */
    public static final class Service extends UpdateFailure {
        private static final long serialVersionUID = 1L;

        public Service(String message, String advice) {
            super(message, advice, Optional.empty());
        }

        public Service(String message, String advice, Throwable cause) {
            super(message, advice, Optional.of(cause));
        }

        @Override
        public Optional<RefusalCode> code() {
            return Optional.of(RefusalCode.SERVICE_MANAGER_FAILED);
        }
    }

    /** The new agent did not prove healthy. */
    public static final class Unhealthy extends UpdateFailure {
        private static final long serialVersionUID = 1L;

        public Unhealthy(String message, String advice) {
            super(message, advice, Optional.empty());
        }

        @Override
        public Optional<RefusalCode> code() {
            return Optional.of(RefusalCode.INTERNAL_ERROR);
        }
    }
}
