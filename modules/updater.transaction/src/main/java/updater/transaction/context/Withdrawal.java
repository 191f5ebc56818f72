package updater.transaction.context;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.state.document.StatusDocument;
import updater.state.document.StatusDocument.PackageStatus;

/**
 * The giving up of an update by the agent that started it. It says so in the status file, which its server reads as well: a
 * version that is installed all the same would be one that failed, to everybody else.
 */
public record Withdrawal(StatusFile status) {
    private static final String GAVE_UP = "the agent has given this update up";

    /**
     * Returns why the update that was staged is not wanted any more; empty when it is. A failure that is older than the
     * staged tree was that of another update.
     *
     * @param found the status file
     * @param staged when the tree was staged; empty when that is not known
     */
    public Optional<String> of(StatusFile.Seen found, Optional<Instant> staged) {
        return status.status(found)
                .filter(said -> says(said, StatusDocument.INSTALL_FAILED))
                .filter(said -> staged.isPresent() && found.modified().isAfter(staged.get()))
                .map(Withdrawal::failed);
    }

    /** Returns why the update is not wanted any more that was wanted when the status file was seen; empty when it is. */
    public Optional<String> since(StatusFile.Seen before) {
        StatusFile.Seen now;
        try {
            now = status.seen();
        } catch (IOException e) {
            return Optional.empty();
        }
        Optional<PackageStatus> said = status.status(now);
        if (said.isEmpty() || now.writing().equals(before.writing())) {
            return Optional.empty();
        }
        if (says(said.get(), StatusDocument.INSTALL_FAILED)) {
            return Optional.of(failed(said.get()));
        }
        Optional<PackageStatus> was = status.status(before);
        if (says(said.get(), StatusDocument.INSTALLED)) {
            return was.filter(earlier -> !says(earlier, StatusDocument.INSTALLED))
                    .map(earlier -> GAVE_UP + ": its status file says Installed meanwhile");
        }
        String offered = was.map(PackageStatus::serverVersion).orElse("");
        return said.get().serverVersion().equals(offered)
                ? Optional.empty()
                : Optional.of(GAVE_UP + " for another one, from '" + offered + "' to '"
                        + said.get().serverVersion() + "'");
    }

    /** Returns the refusal for one of these reasons, from before the stop. */
    public static UpdateFailure.Refused refused(String reason) {
        return new UpdateFailure.Refused(
                RefusalCode.AGENT_GAVE_UP,
                reason,
                "Let the agent be offered the update again; or unpack it again, and start the updater by hand");
    }

    private static String failed(PackageStatus said) {
        return GAVE_UP + ": its status file says InstallFailed"
                + (said.errorMessage().isEmpty() ? "" : ", " + said.errorMessage());
    }

    private static boolean says(PackageStatus said, int number) {
        return said.status().equals(OptionalInt.of(number));
    }
}
