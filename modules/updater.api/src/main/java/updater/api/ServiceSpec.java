package updater.api;

import java.util.List;
import java.util.Optional;

/**
 * The agent's service under one service manager.
 *
 * @param name the unit, label or service name as that manager knows it, e.g. {@code observiq-otel-collector.service}
 * @param stagedDefinition the new definition, relative to the staged tree, e.g. {@code install/agent.service}
 * @param installedDefinition where a definition goes on this host, unless the manager says it loads it from
 *     elsewhere; may contain {@code [INSTALLDIR]}; empty where definitions are not files
 * @param companions other services that run from the same home and are one agent with this one: stopped, started, watched
 *     and rolled back together with it. A {@code *} stands for any text, as in {@code agent@*.service}
 * @param leavesProcesses whether what a stop leaves of the service stays, although it runs a program of home
 * @param elsewhere whether the service may have nothing to do with home, as far as its definition and processes show
 */
public record ServiceSpec(
        String name,
        String stagedDefinition,
        Optional<String> installedDefinition,
        List<String> companions,
        boolean leavesProcesses,
        boolean elsewhere) {
    public ServiceSpec {
        companions = List.copyOf(companions);
    }
}
