package updater.service.linux;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The settings of a unit file that decide how a running service is stopped, or that systemd applies to a running one as soon
 * as it has read them. Told by what is neither: only the settings named here may differ, and whatever a later systemd
 * invents counts as one that decides.
 *
 * <p>systemd merges drop-ins into both files alike, so that what two files have in common stays in common.
 */
final class StopSettings {
    /** What systemd looks at when it is asked to start the unit, and not before. */
    private static final Set<String> START_ONLY = Set.of(
            "Unit.Description",
            "Unit.Documentation",
            "Unit.Wants",
            "Unit.StartLimitIntervalSec",
            "Unit.StartLimitBurst",
            "Service.ExecCondition",
            "Service.ExecStartPre",
            "Service.ExecStart",
            "Service.ExecStartPost",
            "Service.ExecReload",
            "Service.TimeoutStartSec",
            "Service.RestartSec",
            "Service.StartLimitInterval",
            "Service.StartLimitBurst");

    /**
     * How systemd starts a process of the unit. Not what it keeps beside a running one, such as its private {@code /tmp},
     * its runtime directory or the rules of its control group.
     */
    private static final Set<String> OF_NEW_PROCESSES = Set.of(
            "User",
            "Group",
            "SupplementaryGroups",
            "WorkingDirectory",
            "UMask",
            "Environment",
            "EnvironmentFile",
            "PassEnvironment",
            "UnsetEnvironment",
            "StandardOutput",
            "StandardError",
            "SyslogIdentifier",
            "SyslogFacility",
            "SyslogLevel",
            "SyslogLevelPrefix",
            "Nice",
            "OOMScoreAdjust",
            "IOSchedulingClass",
            "IOSchedulingPriority",
            "CPUSchedulingPolicy",
            "CPUSchedulingPriority",
            "CPUAffinity",
            "NoNewPrivileges",
            "CapabilityBoundingSet",
            "AmbientCapabilities",
            "SecureBits",
            "ProtectSystem",
            "ProtectHome",
            "ProtectProc",
            "ProcSubset",
            "ProtectKernelTunables",
            "ProtectKernelModules",
            "ProtectKernelLogs",
            "ProtectControlGroups",
            "ReadWritePaths",
            "ReadOnlyPaths",
            "InaccessiblePaths",
            "ExecPaths",
            "NoExecPaths",
            "RestrictAddressFamilies",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
            "LockPersonality",
            "MemoryDenyWriteExecute",
            "SystemCallFilter",
            "SystemCallArchitectures",
            "SystemCallErrorNumber");

    private StopSettings() {}

    /**
     * Returns whether the service is stopped alike by both, and does not notice when the one is loaded in the place of the
     * other while it runs.
     *
     * @param runsCommands whether stopping it runs commands, which are processes of the unit
     */
    static boolean same(byte[] before, byte[] after, boolean runsCommands) {
        Map<String, List<String>> old = UnitSettings.of(List.of(before)).values();
        Map<String, List<String>> changed = UnitSettings.of(List.of(after)).values();
        // A service without one is of another type, unless it says which.
        if (isSet(old, "Service.ExecStart") != isSet(changed, "Service.ExecStart")) {
            return false;
        }
        Set<String> names = new HashSet<>(old.keySet());
        names.addAll(changed.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(old.get(name), changed.get(name)))
                .allMatch(name -> mayDiffer(name, runsCommands));
    }

    private static boolean isSet(Map<String, List<String>> settings, String name) {
        return !settings.getOrDefault(name, List.of("")).getLast().isEmpty();
    }

    private static boolean mayDiffer(String name, boolean runsCommands) {
        String section = name.substring(0, name.indexOf('.'));
        String key = name.substring(section.length() + 1);
        return section.equals("Install")
                || section.startsWith("X-")
                || key.startsWith("X-")
                || START_ONLY.contains(name)
                || (section.equals("Unit") && (key.startsWith("Condition") || key.startsWith("Assert")))
                || (section.equals("Service")
                        && !runsCommands
                        && (OF_NEW_PROCESSES.contains(key) || key.startsWith("Limit")));
    }
}
