package updater.transaction.context;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManager;

/** The setting of the agent's service that keeps the updater, which inherits it, from writing somewhere. */
public final class Sandboxing {
    private Sandboxing() {}

    /** Returns {@code failure} with that advice when it comes from a place that cannot be written, else as it is. */
    public static UpdateFailure explain(UpdateFailure failure, ServiceManager service) {
        if (!notWritable(failure) || failure.advice().contains("inherits")) {
            return failure;
        }
        Optional<String> setting;
        try {
            setting = service.sandboxing();
        } catch (UpdateFailure.Service e) {
            failure.addSuppressed(e);
            return failure;
        }
        return setting.<UpdateFailure>map(option -> new UpdateFailure.Refused(
                        RefusalCode.NOT_WRITABLE, failure.getMessage(), advice(option), failure))
                .orElse(failure);
    }

    /**
     * Returns the advice for a place that cannot be written.
     *
     * @param option the setting and where it is made
     */
    public static String advice(String option) {
        return "It is probably read-only for this process because of " + option
                + ", which a process started by the agent inherits: allow writing there";
    }

    private static boolean notWritable(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean found = switch (cause) {
                case ReadOnlyFileSystemException _, AccessDeniedException _ -> true;
                // The JDK and the system have no exception of its own for EROFS.
                case FileSystemException e -> "Read-only file system".equals(e.getReason());
                default -> false;
            };
            if (found) {
                return true;
            }
        }
        return false;
    }
}
