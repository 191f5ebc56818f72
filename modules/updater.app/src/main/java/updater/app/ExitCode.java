package updater.app;

import java.util.Optional;
import updater.api.UpdateFailure;
import updater.state.document.UpdateReport;

/** The exit code, by which the updater tells its caller how it ended; README has the table. */
enum ExitCode {
    DONE(0),
    ROLLED_BACK(1),
    USAGE(2),
    BUSY(3),
    INCOMPLETE(4),
    REFUSED(5);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** Returns the code of a failure from before the stop was requested. */
    static ExitCode of(UpdateFailure failure) {
        return switch (failure) {
            case UpdateFailure.Usage _ -> USAGE;
            case UpdateFailure.Busy _ -> BUSY;
            case UpdateFailure.Refused _, UpdateFailure.Disk _, UpdateFailure.Service _, UpdateFailure.Unhealthy _ ->
                REFUSED;
        };
    }

    /** Returns the code of what an update or a recovery came to; a recovery that found nothing is done. */
    static ExitCode of(Optional<UpdateReport.Outcome> outcome) {
        return outcome.map(ExitCode::of).orElse(DONE);
    }

    private static ExitCode of(UpdateReport.Outcome outcome) {
        return switch (outcome) {
            case UPDATED, UNCHANGED -> DONE;
            case ROLLED_BACK -> ROLLED_BACK;
            case ROLLBACK_INCOMPLETE -> INCOMPLETE;
            case REFUSED, ABORTED, SUPERSEDED -> REFUSED;
        };
    }
}
