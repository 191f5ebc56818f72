package updater.service.linux;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.service.ServiceRun;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The reading of what systemd says of a unit.
 *
 * <p>A unit that systemd calls active need not have a process: one of {@code Type=oneshot} with {@code RemainAfterExit=},
 * or of {@code Type=forking} whose daemon systemd could not tell, stays {@code active (exited)} whatever becomes of what
 * it has started. So where there is no main process the control group is looked into, and without anything there, the
 * programs of home that run outside of every other service.
 *
 * @param asked when the start was asked for that the unit is to run by
 */
record SystemdState(AgentProcesses agent, Processes processes, Path home, Path root, StartMoment asked) {
    static final List<String> PROPERTIES = List.of(
            "ActiveState",
            "SubState",
            "MainPID",
            "NRestarts",
            "Result",
            "ExecMainCode",
            "ExecMainStatus",
            "Job",
            "InvocationID",
            "ControlGroup",
            "InactiveExitTimestampMonotonic");

    ServiceState of(UnitProperties properties) {
        // Right after start() the job waits in the queue while the unit still shows its old, idle state.
        boolean queued = properties.number("Job") != 0;
        String detail = properties.describeState() + (queued ? ", job queued" : "");
        return switch (properties.text("ActiveState")) {
            case "active", "reloading", "refreshing" -> active(properties, detail);
            case "activating" ->
                properties.text("SubState").startsWith("auto-restart")
                        ? state(Activity.FAILED, properties, members(properties), detail)
                        : state(Activity.STARTING, properties, members(properties), detail);
            // Without a job that stops it, it is coming to its end by itself.
            case "deactivating" ->
                state(queued ? Activity.STOPPING : Activity.FAILED, properties, members(properties), detail);
            case "inactive" -> state(queued ? Activity.STARTING : Activity.INACTIVE, properties, List.of(), detail);
            default -> state(queued ? Activity.STARTING : Activity.FAILED, properties, List.of(), detail);
        };
    }

    private ServiceState active(UnitProperties properties, String detail) {
        List<Long> members = members(properties);
        if (members.isEmpty()) {
            members = ofHome(properties);
        }
        return members.isEmpty()
                ? state(Activity.FAILED, properties, members, detail + ", but no process of it runs")
                : state(Activity.RUNNING, properties, members, detail);
    }

    /** Returns the main process and those of the control group, but for the updater's own. */
    private List<Long> members(UnitProperties properties) {
        List<Long> members = new ArrayList<>();
        long main = properties.number("MainPID");
        if (main != 0) {
            members.add(main);
        }
        Set<Long> group = new ControlGroup(root, properties.text("ControlGroup")).processes();
        group.removeAll(agent.updaters());
        group.remove(main);
        members.addAll(group);
        return members;
    }

    /** Returns the unit's processes and what they have started, the main one first; nothing that stands around the updater. */
    List<Long> inUse(UnitProperties properties) {
        long main = properties.number("MainPID");
        Set<Long> used = new LinkedHashSet<>(of(properties).processes());
        List.copyOf(used).forEach(pid -> processes.descendants(pid).forEach(started -> used.add(started.pid())));
        used.removeAll(agent.updaters());
        used.removeIf(pid -> pid != main && processes.ancestors(agent.updater()).contains(pid));
        return List.copyOf(used);
    }

    private List<Long> ofHome(UnitProperties properties) {
        ControlGroup own = new ControlGroup(root, properties.text("ControlGroup"));
        return agent.byProgram().stream()
                .map(ProcessId::pid)
                .filter(pid -> !own.isElsewhere(pid))
                .sorted()
                .toList();
    }

    private ServiceState state(Activity activity, UnitProperties properties, List<Long> members, String detail) {
        long main = properties.number("MainPID");
        return new ServiceState(
                activity, main, properties.number("NRestarts"), run(properties, main, members), members, detail);
    }

    private ServiceRun run(UnitProperties properties, long main, List<Long> members) {
        if (members.isEmpty()) {
            return ServiceRun.NONE;
        }
        // systemd before version 232 has no invocations.
        String invocation = properties.text("InvocationID");
        return new ServiceRun(
                invocation.isEmpty() ? "process " + members.getFirst() : invocation,
                asked.isAfter(properties.number("InactiveExitTimestampMonotonic")),
                main != 0 ? outdated(main) : allOutdated(members));
    }

    private Optional<String> outdated(long pid) {
        return processes
                .find(pid)
                .flatMap(process -> processes.run(process, home, false).outdated());
    }

    /** Of several daemons, the one that was left by the version before does not matter once there is another. */
    private Optional<String> allOutdated(List<Long> members) {
        Optional<String> outdated = Optional.empty();
        for (long pid : members) {
            outdated = outdated(pid);
            if (outdated.isEmpty()) {
                return outdated;
            }
        }
        return outdated;
    }
}
