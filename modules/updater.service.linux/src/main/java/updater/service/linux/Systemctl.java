package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;
import updater.api.service.Quotation;

/**
 * The connection to systemd. One call is one process, about 10 ms: callers ask for everything they want to know at
 * once. As root systemctl reaches PID 1 through its private socket, so none of this needs a message bus.
 *
 * <p>While systemd is executed anew, as an upgrade of its package does, connections to it break, and for a moment there are
 * none to be had. Every command here may be given twice, so it is given again then.
 */
record Systemctl(Commands commands, Ticker clock) {
    static final List<Path> CANDIDATES = List.of(Path.of("/usr/bin/systemctl"), Path.of("/bin/systemctl"));

    /** Longer than a daemon-reload that another process may have started: PID 1 answers no one meanwhile. */
    static final Duration ANSWER = Duration.ofSeconds(20);

    /** How long a systemd that is executed anew may take to listen again. */
    private static final Duration ABSENCE = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofMillis(100);

    /** What was never asked (sd-bus(3), in the words of systemctl). */
    private static final String NOT_REACHED = "Failed to connect to bus";

    /** What was asked, and may have been done. */
    private static final List<String> BROKEN = List.of(
            "Transport endpoint is not connected",
            "Connection reset by peer",
            "D-Bus connection terminated",
            "Message recipient disconnected from message bus without replying");

    /** Returns the properties of the units, in their order. A unit that does not exist has properties, too. */
    List<UnitProperties> show(List<String> properties, List<String> units) throws UpdateFailure.Service {
        // Versions differ in whether they print what is empty; an Id is never empty, so each unit has its paragraph.
        List<String> arguments = new ArrayList<>(List.of("-p", "Id," + String.join(",", properties)));
        arguments.add("--");
        arguments.addAll(units);
        Result result = run(ANSWER, "show", arguments);
        List<UnitProperties> parsed = UnitProperties.parse(result.out());
        if (!result.succeeded() || parsed.size() != units.size()) {
            throw failure("could not read the state of " + String.join(", ", units), result, "");
        }
        return parsed;
    }

    UnitProperties show(List<String> properties, String unit) throws UpdateFailure.Service {
        return show(properties, List.of(unit)).getFirst();
    }

    /** Runs to the end, whatever its exit code; again while systemd cannot be reached, for as long as that may be. */
    Result run(Duration bound, String verb, List<String> arguments) throws UpdateFailure.Service {
        long start = clock.nanos();
        Result result = once(bound, verb, arguments);
        while (isLost(verb, result) && !clock.passed(ABSENCE, start)) {
            clock.pause(PAUSE, "while waiting for systemd");
            result = once(bound, verb, arguments);
        }
        return result;
    }

    /** Who stops a unit watches its job, whatever has become of the connection. */
    private static boolean isLost(String verb, Result result) {
        String said = result.err();
        return !result.succeeded()
                && (said.contains(NOT_REACHED)
                        || (!verb.equals("stop") && BROKEN.stream().anyMatch(said::contains)));
    }

    private Result once(Duration bound, String verb, List<String> arguments) throws UpdateFailure.Service {
        List<String> argv = new ArrayList<>();
        argv.add(executable().toString());
        argv.add(verb);
        argv.addAll(arguments);
        try {
            return commands.run(argv, bound);
        } catch (UpdateFailure.Service e) {
            throw new UpdateFailure.Service(
                    "systemctl " + verb + " did not end: " + e.getMessage(),
                    "Check that systemd itself still answers: systemctl is-system-running; journalctl -b _PID=1 -n 50",
                    e);
        }
    }

    /** Runs to the end, which must be a success. */
    void require(Duration bound, String verb, List<String> arguments, String attempt, String unit)
            throws UpdateFailure.Service {
        Result result = run(bound, verb, arguments);
        if (!result.succeeded()) {
            throw failure(attempt, result, unit);
        }
    }

    /** @param unit whose journal tells more; empty when none does */
    static UpdateFailure.Service failure(String attempt, Result result, String unit) {
        String said = Quotation.ofErrors(result);
        return new UpdateFailure.Service(
                attempt + ": systemctl ended with " + result.exit() + (said.isEmpty() ? "" : ": " + said),
                unit.isEmpty()
                        ? "Check that systemd itself still answers: systemctl is-system-running"
                        : seeJournal(unit));
    }

    static String seeJournal(String unit) {
        return "See: systemctl status " + unit + "; journalctl -b -u " + unit;
    }

    private Path executable() throws UpdateFailure.Service {
        return commands.find(CANDIDATES)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "systemctl is missing: looked for " + CANDIDATES, "Install the package that has it, systemd"));
    }
}
