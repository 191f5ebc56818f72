package updater.service.linux;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import updater.api.UpdateFailure;
import updater.processes.Patience;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The processes that systemd leaves of a unit when it stops it, as {@code KillMode=process} and {@code none} have it do,
 * although they run a program of home: the old version, which holds ports and files that the new one needs.
 *
 * @param leave whether the product wants them to stay
 */
record SystemdSurvivors(
        AgentProcesses agent, Processes processes, Path home, Path root, Patience patience, boolean leave) {
    /** How long they have after {@code SIGTERM}. */
    private static final Duration TERM = Duration.ofSeconds(5);

    /** How long after {@code SIGKILL} they may take to be gone. */
    private static final Duration KILL = Duration.ofSeconds(5);

    private static final Set<String> LEAVING = Set.of("process", "none");

    /**
     * Returns those of a unit that there are now, main process included; the updater's own are none, nor what stands between
     * the agent and an updater that it has started.
     */
    private Set<ProcessId> of(UnitProperties unit) {
        Set<Long> spared = agent.updaters();
        spared.addAll(processes.ancestors(agent.updater()));
        long main = unit.number("MainPID");
        spared.remove(main);
        Set<Long> group = members(unit);
        group.removeAll(spared);
        Set<ProcessId> found = new LinkedHashSet<>();
        group.stream()
                .filter(pid -> pid == main || agent.programInHome(pid))
                .flatMap(pid -> processes.find(pid).stream())
                .forEach(found::add);
        return found;
    }

    /** Of a unit that has stopped systemd may not name the group any more, although processes are in it. */
    private Set<Long> members(UnitProperties unit) {
        String path = unit.text("ControlGroup");
        if (!path.isEmpty()) {
            return new ControlGroup(root, path).processes();
        }
        Set<Long> members = new LinkedHashSet<>();
        agent.byProgram().stream()
                .map(ProcessId::pid)
                .filter(pid -> ControlGroup.serviceOf(root, pid).equals(unit.text("Id")))
                .forEach(members::add);
        return members;
    }

    /** Returns whether anything is left of units that systemd calls stopped. */
    boolean leftOf(List<UnitProperties> units) {
        return !leave && units.stream().anyMatch(unit -> !of(unit).isEmpty());
    }

    /**
     * Returns the processes by which units run now that have none in their own group, because a script started the agent
     * outside of it: systemd stops none of these.
     */
    Set<ProcessId> escaped(List<UnitProperties> units) {
        Set<ProcessId> found = new LinkedHashSet<>();
        for (UnitProperties unit : units) {
            ControlGroup group = new ControlGroup(root, unit.text("ControlGroup"));
            if (unit.active() && unit.number("MainPID") == 0 && of(unit).isEmpty()) {
                agent.byProgram().stream()
                        .filter(process -> !group.isElsewhere(process.pid()))
                        .forEach(found::add);
            }
        }
        Set<Long> spared = agent.updaters();
        found.removeIf(process -> spared.contains(process.pid()));
        return found;
    }

    /**
     * Ends what is left of units that were stopped: {@code SIGTERM}, then {@code SIGKILL}, each for a bounded time.
     *
     * @param escaped what was found outside of their groups before the stop
     */
    void end(List<UnitProperties> units, Set<ProcessId> escaped) throws UpdateFailure.Service {
        if (leave) {
            return;
        }
        Set<ProcessId> left = new LinkedHashSet<>(escaped);
        units.forEach(unit -> left.addAll(of(unit)));
        left.forEach(processes::terminate);
        if (!patience.until(() -> left.stream().noneMatch(processes::lives), TERM)) {
            left.forEach(processes::kill);
            patience.until(() -> left.stream().noneMatch(processes::lives), KILL);
        }
    }

    /** Returns what an operator should know of them before the stop. */
    List<String> warnings(String name, UnitProperties unit) {
        if (!LEAVING.contains(unit.text("KillMode"))) {
            return List.of();
        }
        Set<ProcessId> found = of(unit);
        found.removeIf(process -> process.pid() == unit.number("MainPID"));
        if (found.isEmpty()) {
            return List.of();
        }
        return List.of("with KillMode=" + unit.text("KillMode") + " the stop of " + name + " may leave " + named(found)
                + " of the old version: "
                + (leave ? "the product says that they stay" : "the updater ends what is left"));
    }

    /** Returns what an operator should know of other services that run programs of home, and are not stopped. */
    List<String> neighbours(String unit, Set<String> stopped) {
        TreeMap<String, Set<ProcessId>> others = new TreeMap<>();
        Set<Long> updaters = agent.updaters();
        for (ProcessId process : agent.byProgram()) {
            String service = ControlGroup.serviceOf(root, process.pid());
            if (service.endsWith(".service")
                    && !service.equals(unit)
                    && !stopped.contains(service)
                    && !updaters.contains(process.pid())) {
                others.computeIfAbsent(service, key -> new LinkedHashSet<>()).add(process);
            }
        }
        return others.entrySet().stream()
                .map(other -> other.getKey() + " runs a program of " + home + " as well, " + named(other.getValue())
                        + ", and goes on with the old one: restart it after the update, or name it among the companions of "
                        + unit + " in the product descriptor")
                .toList();
    }

    private static String named(Set<ProcessId> some) {
        return some.stream().map(ProcessId::toString).sorted().collect(Collectors.joining(", "));
    }
}
