package updater.service.linux;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import updater.api.UpdateFailure;
import updater.api.service.Commands.Result;
import updater.api.service.Quotation;
import updater.api.service.ServiceContext;
import updater.processes.Patience;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The stop of a service through its init script, until nothing of it is left.
 *
 * <p>The script's exit code is not believed: some return before the agent has ended, some return 0 and did nothing,
 * some fail because the agent is gone already. What counts is that its processes are gone. A script that hangs is
 * killed, and an agent that outlives its script is ended by signals: no init does it later, and half an update is
 * worse.
 */
record ScriptedStop(
        ServiceContext context,
        InitScript script,
        InitSystem init,
        AgentProcesses agent,
        Processes processes,
        Patience patience) {
    /** How long a start that is under way is waited for before it is killed. */
    private static final Duration STARTING = Duration.ofSeconds(10);

    /** What of the bound is kept for what comes after the script. */
    private static final Duration RESERVE = Duration.ofSeconds(10);

    /** How long an agent may go on ending after its script has said that all is well. */
    private static final Duration ENDING = Duration.ofSeconds(10);

    /** How long processes that the agent had started have to end by themselves. */
    private static final Duration CHILDREN = Duration.ofMillis(500);

    /** How long a process has to end after {@code SIGTERM}. */
    private static final Duration TERM = Duration.ofSeconds(5);

    /** How long after {@code SIGKILL} a process may take to be gone. */
    private static final Duration KILL = Duration.ofSeconds(5);

    void stop(Duration bound) throws UpdateFailure.Service {
        endStarts(bound);
        Optional<ProcessId> main = agent.main(init.pidFiles());
        Set<ProcessId> before = agent.all(main);
        if (before.isEmpty() && saysStopped()) {
            return;
        }
        Optional<String> trouble = runScript(longer(bound.minus(RESERVE), bound.dividedBy(2)));
        endAll(main, before, shorter(ENDING, bound.dividedBy(2)), trouble);
        init.forget();
    }

    /** The stop of a script that does not answer is run all the same. */
    private boolean saysStopped() {
        try {
            return init.ask().claim() == InitSystem.Claim.STOPPED;
        } catch (UpdateFailure.Service e) {
            return false;
        }
    }

    /** A start of an updater that died, or of an operator, would bring the agent back behind our back. */
    private void endStarts(Duration bound) throws UpdateFailure.Service {
        if (!patience.until(() -> starts().isEmpty(), shorter(STARTING, bound))) {
            kill(starts());
        }
        // A shell of an updater that was killed may be about to run the script, and what it has just started may be
        // missed
        // by a look. Only once a look finds neither is nothing left that could run it.
        long begun = context.clock().nanos();
        Set<ProcessId> left = starting();
        while (!left.isEmpty() && context.clock().since(begun).compareTo(KILL) < 0) {
            kill(left);
            left = starting();
        }
    }

    /** Looks for the shells first: one that becomes the script meanwhile is found as the script. */
    private Set<ProcessId> starting() {
        Set<ProcessId> found =
                new HashSet<>(agent.given(ScriptedStart.output(context).toString()));
        found.addAll(starts());
        return found;
    }

    private Set<ProcessId> starts() {
        return agent.running(script.name(), "start");
    }

    private Optional<String> runScript(Duration bound) {
        try {
            Result result = context.commands().run(init.command("stop"), bound);
            return result.succeeded()
                    ? Optional.empty()
                    : Optional.of("its init script ended with " + result.exit() + ": " + Quotation.ofErrors(result));
        } catch (UpdateFailure.Service e) {
            return Optional.of(e.getMessage());
        }
    }

    /** A script that failed has done what it could: there is nothing to wait for. */
    private void endAll(Optional<ProcessId> main, Set<ProcessId> before, Duration patient, Optional<String> trouble)
            throws UpdateFailure.Service {
        Duration grace = trouble.isEmpty() ? patient : Duration.ZERO;
        boolean gone = patience.until(() -> main.isEmpty() || !processes.lives(main.get()), grace);
        // What the agent had started goes with it; no init would end it.
        if (!gone || !patience.until(() -> living(before).isEmpty(), shorter(CHILDREN, patient))) {
            living(before).forEach(processes::terminate);
            if (!patience.until(() -> living(before).isEmpty(), shorter(TERM, patient))) {
                kill(living(before));
            }
        }
        // A watchdog of the agent's own may have started another one meanwhile.
        Set<ProcessId> again = agent.all(agent.main(init.pidFiles()));
        kill(again);
        Set<ProcessId> still = new HashSet<>(living(before));
        still.addAll(living(again));
        if (!still.isEmpty()) {
            throw new UpdateFailure.Service(
                    "%s could not be stopped: %s still there %d s after SIGKILL%s"
                            .formatted(
                                    context.spec().name(),
                                    still.stream()
                                            .map(ProcessId::toString)
                                            .collect(Collectors.joining(", ", "", " is")),
                                    KILL.toSeconds(),
                                    trouble.map(text -> "; " + text).orElse("")),
                    "A process that survives SIGKILL waits for the kernel, mostly for a disk or a network mount: see"
                            + " /proc/" + still.iterator().next().pid() + "/stack");
        }
    }

    private Set<ProcessId> living(Collection<ProcessId> some) {
        return some.stream().filter(processes::lives).collect(Collectors.toSet());
    }

    private void kill(Set<ProcessId> some) throws UpdateFailure.Service {
        some.forEach(processes::kill);
        patience.until(() -> living(some).isEmpty(), KILL);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
