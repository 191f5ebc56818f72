package updater.service.macos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;

/**
 * One job of launchd's system domain, which is its label and the property list it is loaded from.
 *
 * <p>Where launchctl is too old for a subcommand, the one that did its work before is used: {@code load}, {@code
 * unload}, {@code start} and {@code launchctl list}. Those end with 0 whatever happened, so their effect is looked at.
 */
record Job(Launchctl launchctl, String label, Path plist) {
    private static final int NO_SUCH_PROCESS = 3;
    private static final int INPUT_OUTPUT_ERROR = 5;
    private static final int FILE_EXISTS = 17;
    private static final int NOW_IN_PROGRESS = 36;
    private static final int ALREADY_IN_PROGRESS = 37;
    private static final int NO_SUCH_SERVICE = 113;

    /** The answer of launchd to a request. */
    enum Answer {
        DONE,
        /** It is under way, or was already: 36 and 37. */
        PENDING,
        /** launchd knows no such job: 3 and 113. */
        UNKNOWN_JOB,
        /**
         * 5, or 17 on older systems: of {@code bootstrap} mostly that the job is still, or already, loaded. Asking
         * again is the only way to tell.
         */
        UNCLEAR,
        REFUSED
    }

    /** An answer, and what launchctl printed, for messages. */
    record Reply(Answer answer, String subcommand, Result result) {
        UpdateFailure.Service failure(String attempt, String advice) {
            return Launchctl.failure(attempt, subcommand, result, advice);
        }
    }

    String target() {
        return "system/" + label;
    }

    /** Returns what launchd says of it, empty when it is not loaded. */
    Optional<JobState> state() throws UpdateFailure.Service {
        Result result = launchctl.run(Launchctl.ANSWER, "print", target());
        if (result.succeeded()) {
            JobState printed = JobState.ofPrint(result.out());
            if (printed.known()) {
                return Optional.of(printed);
            }
        }
        if (Launchctl.unknownSubcommand(result)) {
            Result listed = launchctl.run(Launchctl.ANSWER, "list", label);
            return listed.succeeded() ? Optional.of(JobState.ofList(listed.out())) : Optional.empty();
        }
        if (answer(result) == Answer.UNKNOWN_JOB || result.err().contains("Could not find service")) {
            return Optional.empty();
        }
        throw Launchctl.failure(
                "could not read the state of " + label,
                "print",
                result,
                "Check that launchd itself still answers: launchctl print-disabled system");
    }

    /** Loads it, which also starts a job that runs at load. */
    Reply bootstrap() throws UpdateFailure.Service {
        Result result = launchctl.run(Launchctl.ANSWER, "bootstrap", "system", plist.toString());
        return Launchctl.unknownSubcommand(result)
                ? byEffect("load", plist.toString(), true)
                : new Reply(answer(result), "bootstrap", result);
    }

    /** Asks launchd to end and forget it; both may happen after this returns. */
    Reply bootout(Duration bound) throws UpdateFailure.Service {
        Result result = launchctl.run(bound, "bootout", target());
        return Launchctl.unknownSubcommand(result)
                ? byEffect("unload", plist.toString(), false)
                : new Reply(answer(result), "bootout", result);
    }

    /** Starts it now, whatever its conditions and throttling say; nothing when it runs. */
    Reply kickstart() throws UpdateFailure.Service {
        Result result = launchctl.run(Launchctl.ANSWER, "kickstart", target());
        return Launchctl.unknownSubcommand(result)
                ? byEffect("start", label, true)
                : new Reply(answer(result), "kickstart", result);
    }

    private Reply byEffect(String subcommand, String argument, boolean loadedAfter) throws UpdateFailure.Service {
        Result result = launchctl.run(Launchctl.ANSWER, subcommand, argument);
        boolean loaded = state().isPresent();
        return new Reply(loaded == loadedAfter ? Answer.DONE : Answer.UNCLEAR, subcommand, result);
    }

    /**
     * Returns whether an operator, or the system's settings, forbid launchd to load it; empty when neither ever did.
     * The words changed with macOS 13, from {@code true} to {@code disabled}.
     */
    Optional<Boolean> disabled() throws UpdateFailure.Service {
        Result result = launchctl.run(Launchctl.ANSWER, "print-disabled", "system");
        if (Launchctl.unknownSubcommand(result)) {
            return Optional.empty();
        }
        if (!result.succeeded()) {
            throw Launchctl.failure(
                    "could not read whether " + label + " is disabled", "print-disabled system", result, "");
        }
        String start = "\"" + label + "\" => ";
        return result.out()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .map(word -> word.equals("disabled") || word.equals("true"))
                .findFirst();
    }

    /** Allows or forbids launchd to load it, from now on and across boots. One that is loaded stays so. */
    void setDisabled(boolean disabled) throws UpdateFailure.Service {
        String subcommand = disabled ? "disable" : "enable";
        Result result = launchctl.run(Launchctl.ANSWER, subcommand, target());
        if (!result.succeeded()) {
            throw Launchctl.failure(
                    "could not " + subcommand + " " + label,
                    subcommand,
                    result,
                    "Try by hand: launchctl " + subcommand + " " + target());
        }
    }

    private static Answer answer(Result result) {
        if (result.succeeded()) {
            return Answer.DONE;
        }
        return switch (Launchctl.error(result)) {
            case NOW_IN_PROGRESS, ALREADY_IN_PROGRESS -> Answer.PENDING;
            case NO_SUCH_PROCESS, NO_SUCH_SERVICE -> Answer.UNKNOWN_JOB;
            case INPUT_OUTPUT_ERROR, FILE_EXISTS -> Answer.UNCLEAR;
            default -> Answer.REFUSED;
        };
    }
}
