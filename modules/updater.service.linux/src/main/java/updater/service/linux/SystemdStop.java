package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The stop of a unit, until nothing of it is left.
 *
 * <p>A blocking {@code systemctl stop} returns within milliseconds of the end of the stop job, sooner than any polling
 * would notice; a stop job that runs already, of an updater that died, is joined. What follows it is the agent's
 * downtime, so the usual case is verified from {@code /proc} and the control group alone, without another process.
 */
record SystemdStop(
        Systemctl systemctl,
        String unit,
        SystemdCompanions companions,
        SystemdSurvivors survivors,
        Ticker clock,
        Path root,
        Processes processes) {
    /** What systemd needs beyond its own bounds to notice, to kill and to reap. */
    private static final Duration MARGIN = Duration.ofSeconds(10);

    /** systemd's DefaultTimeoutStopSec, for units that themselves allow for ever. */
    private static final Duration UNLIMITED = Duration.ofSeconds(90);

    /** How often a stop is requested when somebody starts it again each time. */
    private static final int ATTEMPTS = 3;

    /** What systemctl says of a job in whose place another one has come (systemd: src/shared/bus-wait-for-jobs.c). */
    private static final String CANCELED = " canceled";

    private static final Duration POLL = Duration.ofMillis(50);

    /** SIGTERM, SIGKILL, and behind the commands of ExecStopPost both again: so long a process that cannot die keeps it. */
    private static final int SIGNALS = 4;

    private static final List<String> PROPERTIES = List.of(
            "ActiveState",
            "SubState",
            "Result",
            "Job",
            "MainPID",
            "ControlGroup",
            "KillMode",
            "TimeoutStopUSec",
            "TimeoutAbortUSec",
            "TimeoutStopFailureMode",
            "ExecStop",
            "ExecStopPost",
            "TriggeredBy");

    /** An action on the service manager. */
    @FunctionalInterface
    interface Action {
        void run() throws UpdateFailure.Service;
    }

    /**
     * Stops the unit, its companions, and the timers, path units and sockets that would start them again.
     *
     * @param whileItRuns done before the stop is requested, when there is something to stop
     * @return whether {@code whileItRuns} was done, and nobody has started the unit since
     */
    boolean stop(Duration bound, Action whileItRuns) throws UpdateFailure.Service {
        List<String> units = companions.withUnit();
        List<UnitProperties> before = systemctl.show(PROPERTIES, units);
        Set<String> triggers = new LinkedHashSet<>();
        before.forEach(properties -> triggers.addAll(properties.words("TriggeredBy")));
        if (atRest(before) && triggers.isEmpty() && leftovers(before).isEmpty() && !survivors.leftOf(before)) {
            return false;
        }
        whileItRuns.run();
        Set<ProcessId> escaped = survivors.escaped(before);
        Duration limit = before.stream()
                .map(SystemdStop::managersOwnBound)
                .reduce(bound, (one, other) -> one.compareTo(other) >= 0 ? one : other);
        long start = clock.nanos();
        // What could start them first: a connection must not come between.
        List<String> arguments = new ArrayList<>(List.of("--"));
        arguments.addAll(triggers);
        arguments.addAll(units);
        int attempt = 1;
        for (; !stopped(units, before, request(limit, arguments), start, limit); attempt++) {
            if (attempt == ATTEMPTS) {
                throw new UpdateFailure.Service(
                        unit + " was started again while it was being stopped, " + ATTEMPTS + " times in a row",
                        "Find out who starts it: journalctl -b -u " + unit);
            }
        }
        survivors.end(before, escaped);
        return attempt == 1;
    }

    /** Returns whether nothing is left, and not when somebody has started it meanwhile. */
    private boolean stopped(List<String> units, List<UnitProperties> before, Result result, long start, Duration limit)
            throws UpdateFailure.Service {
        if (before.stream().anyMatch(properties -> properties.is("KillMode", "none"))) {
            survivors.end(before, Set.of());
        }
        return (result.succeeded() && leftovers(before).isEmpty()) || await(units, before, result, start, limit);
    }

    private static boolean atRest(List<UnitProperties> units) {
        return units.stream().allMatch(UnitProperties::atRest);
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
     * was replaced by another caller's, or a process outlives its own SIGKILL. Once the units are at rest, systemd has given
     * up on what is left, and does nothing more about it. Returns whether they are stopped now, and not when one was started
     * again.
     */
    private boolean await(List<String> units, List<UnitProperties> before, Result result, long start, Duration limit)
            throws UpdateFailure.Service {
        Optional<Long> atRestSince = Optional.empty();
        while (true) {
            List<UnitProperties> all = systemctl.show(PROPERTIES, units);
            if (!atRest(all)) {
                atRestSince = Optional.empty();
            } else if (atRestSince.isEmpty()) {
                atRestSince = Optional.of(clock.nanos());
            }
            List<String> left = leftovers(before);
            if (atRest(all) && left.isEmpty()) {
                return true;
            }
            int slowest = IntStream.range(0, units.size())
                    .filter(i -> !all.get(i).atRest())
                    .findFirst()
                    .orElse(0);
            String name = units.get(slowest);
            UnitProperties now = all.get(slowest);
            boolean comingDown = now.atRest() || now.is("ActiveState", "deactivating") || now.number("Job") != 0;
            if (!comingDown) {
                // A start that somebody asks for takes the place of a stop that is under way.
                if (!result.succeeded() && !result.err().contains(CANCELED)) {
                    throw Systemctl.failure("could not stop " + name, result, name);
                }
                return false;
            }
            boolean givenUp = atRestSince.isPresent() && clock.passed(MARGIN, atRestSince.get());
            if (givenUp || clock.passed(limit, start)) {
                throw new UpdateFailure.Service(
                        "%s did not stop completely within %d s: it is %s, and these processes are left: %s"
                                .formatted(
                                        name,
                                        clock.since(start).toSeconds(),
                                        now.describeState(),
                                        String.join(" ", left)),
                        "A process that survives SIGKILL waits for the kernel, mostly for a disk or a network mount. "
                                + Systemctl.seeJournal(name));
            }
            clock.pause(POLL, "while " + name + " was stopping");
        }
    }

    /**
     * Returns the process ids that should be gone: the main process, and where systemd is to kill them all, every
     * process of the unit's control group. With {@code KillMode=process} the others are allowed to stay.
     */
    private List<String> leftovers(List<UnitProperties> before) {
        List<String> left = new ArrayList<>();
        before.forEach(properties -> addLeftovers(properties, left));
        return left;
    }

    private void addLeftovers(UnitProperties before, List<String> left) {
        if (processes.find(before.number("MainPID")).isPresent()) {
            left.add(before.text("MainPID"));
        }
        String group = before.text("ControlGroup");
        if (before.is("KillMode", "control-group") || before.is("KillMode", "mixed")) {
            new ControlGroup(root, group)
                    .processes().stream()
                            .map(String::valueOf)
                            .filter(pid -> !left.contains(pid))
                            .forEach(left::add);
        }
    }

    /**
     * Each command of ExecStop and of ExecStopPost has the whole timeout for itself, and so has each of the signals. Where
     * systemd sends another one first, to have the memory written down, that has a time of its own.
     */
    private static Duration managersOwnBound(UnitProperties properties) {
        int phases = SIGNALS + count(properties, "ExecStop") + count(properties, "ExecStopPost");
        Duration abort = properties.is("TimeoutStopFailureMode", "abort")
                ? Timespan.parse(properties.text("TimeoutAbortUSec")).orElse(stopTimeout(properties))
                : Duration.ZERO;
        return stopTimeout(properties).multipliedBy(phases).plus(abort).plus(MARGIN);
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
