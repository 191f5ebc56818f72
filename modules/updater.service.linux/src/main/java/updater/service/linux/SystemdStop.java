package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.processes.Processes;

/**
 * The stop of a unit, until nothing of it is left.
 *
 * <p>A blocking {@code systemctl stop} returns within milliseconds of the end of the stop job, sooner than any polling
 * would notice; a stop job that runs already, of an updater that died, is joined. What follows it is the agent's
 * downtime, so the usual case is verified from {@code /proc} and the control group alone, without another process.
 */
record SystemdStop(Systemctl systemctl, String unit, Ticker clock, Path root, Processes processes) {
    /** What systemd needs beyond its own bounds to notice, to kill and to reap. */
    private static final Duration MARGIN = Duration.ofSeconds(10);

    /** systemd's DefaultTimeoutStopSec, for units that themselves allow for ever. */
    private static final Duration UNLIMITED = Duration.ofSeconds(90);

    private static final Duration POLL = Duration.ofMillis(50);

    private static final List<String> PROPERTIES = List.of(
            "ActiveState",
            "SubState",
            "Result",
            "Job",
            "MainPID",
            "ControlGroup",
            "KillMode",
            "TimeoutStopUSec",
            "ExecStop",
            "ExecStopPost",
            "TriggeredBy");

    /** An action on the service manager. */
    @FunctionalInterface
    interface Action {
        void run() throws UpdateFailure.Service;
    }

    /**
     * Stops the unit, and timers and path units that would start it again.
     *
     * @param whileItRuns done before the stop is requested, when there is something to stop
     * @return whether {@code whileItRuns} was done
     */
    boolean stop(Duration bound, Action whileItRuns) throws UpdateFailure.Service {
        UnitProperties before = systemctl.show(PROPERTIES, unit);
        List<String> triggers = before.words("TriggeredBy");
        if (before.atRest() && triggers.isEmpty() && leftovers(before).isEmpty()) {
            return false;
        }
        whileItRuns.run();
        Duration limit = Collections.max(List.of(bound, managersOwnBound(before)));
        long start = clock.nanos();
        List<String> arguments = new ArrayList<>(List.of("--"));
        arguments.add(unit);
        arguments.addAll(triggers);
        Result result = request(limit, arguments);
        if (!result.succeeded() || !leftovers(before).isEmpty()) {
            await(before, result, start, limit);
        }
        return true;
    }

    private Result request(Duration limit, List<String> arguments) throws UpdateFailure.Service {
        try {
            return systemctl.run(limit, "stop", arguments);
        } catch (UpdateFailure.Service e) {
            UnitProperties now = systemctl.show(PROPERTIES, unit);
            throw new UpdateFailure.Service(
                    "%s did not stop within %d s: it is %s, main process %d"
                            .formatted(unit, limit.toSeconds(), now.describeState(), now.number("MainPID")),
                    "Look at what it waits for, or end it with: systemctl kill -s KILL " + unit + ". "
                            + Systemctl.seeJournal(unit),
                    e);
        }
    }

    /**
     * Watches a stop that did not end as it should: systemctl lost its connection (systemd was re-executed), the job
     * was replaced by another caller's, or a process outlives its own SIGKILL.
     */
    private void await(UnitProperties before, Result result, long start, Duration limit) throws UpdateFailure.Service {
        while (true) {
            UnitProperties now = systemctl.show(PROPERTIES, unit);
            List<String> left = leftovers(before);
            if (now.atRest() && left.isEmpty()) {
                return;
            }
            boolean comingDown = now.atRest() || now.is("ActiveState", "deactivating") || now.number("Job") != 0;
            if (!comingDown) {
                if (!result.succeeded()) {
                    throw Systemctl.failure("could not stop " + unit, result, unit);
                }
                throw new UpdateFailure.Service(
                        unit + " was started again while it was being stopped: it is " + now.describeState(),
                        "Find out who starts it: journalctl -b -u " + unit);
            }
            if (clock.passed(limit, start)) {
                throw new UpdateFailure.Service(
                        "%s did not stop completely within %d s: it is %s, and these processes are left: %s"
                                .formatted(unit, limit.toSeconds(), now.describeState(), String.join(" ", left)),
                        "A process that survives SIGKILL waits for the kernel, mostly for a disk or a network mount. "
                                + Systemctl.seeJournal(unit));
            }
            clock.pause(POLL, "while " + unit + " was stopping");
        }
    }

    /**
     * Returns the process ids that should be gone: the main process, and where systemd is to kill them all, every
     * process of the unit's control group. With {@code KillMode=process} the others are allowed to stay.
     */
    private List<String> leftovers(UnitProperties before) {
        List<String> left = new ArrayList<>();
        if (processes.find(before.number("MainPID")).isPresent()) {
            left.add(before.text("MainPID"));
        }
        String group = before.text("ControlGroup");
        if (group.length() > 1 && (before.is("KillMode", "control-group") || before.is("KillMode", "mixed"))) {
            // Unified, hybrid and legacy hosts, in this order; what does not exist is empty.
            for (String hierarchy : List.of("", "unified", "systemd")) {
                processesOf(root.resolve("sys/fs/cgroup").resolve(hierarchy).resolve(group.substring(1))).stream()
                        .filter(pid -> !left.contains(pid))
                        .forEach(left::add);
            }
        }
        return left;
    }

    private static List<String> processesOf(Path group) {
        try {
            return Files.readAllLines(group.resolve("cgroup.procs"));
        } catch (IOException gone) {
            return List.of();
        }
    }

    /** Each command of ExecStop, the signal, and each command of ExecStopPost has the whole timeout for itself. */
    private static Duration managersOwnBound(UnitProperties properties) {
        int phases = 1 + count(properties, "ExecStop") + count(properties, "ExecStopPost");
        return stopTimeout(properties).multipliedBy(phases).plus(MARGIN);
    }

    private static int count(UnitProperties properties, String property) {
        return (int) properties.all(property).stream()
                .filter(line -> !line.isEmpty())
                .count();
    }

    /** Returns how long systemd gives the unit before it kills it. */
    static Duration stopTimeout(UnitProperties properties) {
        return Timespan.parse(properties.text("TimeoutStopUSec")).orElse(UNLIMITED);
    }
}
