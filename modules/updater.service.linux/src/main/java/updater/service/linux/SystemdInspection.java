package updater.service.linux;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceState;

/** The inspection of a unit, and of the units around it, which changes nothing. */
record SystemdInspection(
        Systemctl systemctl,
        String unit,
        SystemdCompanions companions,
        SystemdState states,
        SystemdSurvivors survivors) {
    /** The reverse dependencies through which stopping a unit stops another (systemd.unit(5)). */
    private static final List<String> STOPPED_ALONG =
            List.of("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo");

    private static final List<String> PROPERTIES = Stream.of(
                    SystemdState.PROPERTIES.stream(),
                    Stream.of(
                            "LoadState",
                            "LoadError",
                            "UnitFileState",
                            "FragmentPath",
                            "TimeoutStopUSec",
                            "NeedDaemonReload",
                            "RefuseManualStart",
                            "RefuseManualStop",
                            "TriggeredBy",
                            "UpheldBy"),
                    STOPPED_ALONG.stream())
            .flatMap(names -> names)
            .toList();

    private static final List<String> DEPENDENT =
            Stream.concat(Stream.of("ActiveState"), STOPPED_ALONG.stream()).toList();

    private static final List<String> SANDBOX_LISTS = List.of(
            "ReadOnlyPaths",
            "InaccessiblePaths",
            "ReadWritePaths",
            "TemporaryFileSystem",
            "BindPaths",
            "BindReadOnlyPaths",
            "RootDirectory",
            "RootImage");

    private static final List<String> SANDBOX_SWITCHES = List.of("ProtectSystem", "ProtectHome", "DynamicUser");

    ServiceFacts inspect() throws UpdateFailure {
        UnitName.check(unit);
        UnitProperties properties = systemctl.show(PROPERTIES, unit);
        refuseUnlessLoaded(properties);
        refuseUnlessControllable(properties);
        refuseWithoutProcess(properties);
        Set<String> stopped = new LinkedHashSet<>(activators(properties));
        stopped.addAll(activeCompanions());
        stopped.addAll(activeDependents(properties));
        return new ServiceFacts(
                properties.active(),
                properties.text("UnitFileState"),
                List.copyOf(stopped),
                SystemdStop.stopTimeout(properties),
                "");
    }

    private void refuseUnlessLoaded(UnitProperties properties) throws UpdateFailure.Refused {
        String loaded = properties.text("LoadState");
        String file = properties.text("UnitFileState");
        if (loaded.equals("masked") || file.startsWith("masked")) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_DISABLED,
                    unit + " is masked: an operator has forbidden to start it",
                    "Unmask it first: systemctl unmask " + (file.equals("masked-runtime") ? "--runtime " : "") + unit);
        }
        if (loaded.equals("not-found")) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_MISSING,
                    unit + " does not exist: systemd knows no unit file of that name",
                    "Install the service first, or reload systemd if its file was just put there: "
                            + "systemctl daemon-reload");
        }
        if (!loaded.equals("loaded")) {
            // Neither could the old agent be started again after a failed update.
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "systemd cannot use the unit file of %s (%s) %s"
                            .formatted(unit, loaded, properties.text("LoadError"))
                            .strip(),
                    "Correct it: systemd-analyze verify " + properties.text("FragmentPath"));
        }
    }

    /** A unit that may be stopped and not started would stay down; and its rollback as well. */
    private void refuseUnlessControllable(UnitProperties properties) throws UpdateFailure.Refused {
        for (String setting : List.of("RefuseManualStart", "RefuseManualStop")) {
            if (properties.is(setting, "yes")) {
                throw new UpdateFailure.Refused(
                        RefusalCode.SERVICE_DISABLED,
                        unit + " has " + setting + "=yes: systemd would not do what an update asks for",
                        "Allow it: systemctl edit " + unit + ", with '" + setting + "=no' below [Unit]");
            }
        }
    }

    /** An agent that cannot be seen now would not be seen after the update either. */
    private void refuseWithoutProcess(UnitProperties properties) throws UpdateFailure.Refused {
        ServiceState state = states.of(properties);
        if (properties.is("ActiveState", "active") && !state.running()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_UNCLEAR,
                    "systemd calls " + unit + " " + state.detail()
                            + ": none is in its control group, and no program in " + states.home() + " runs",
                    "If the agent has died, stop its service first: systemctl stop " + unit
                            + ". If it runs elsewhere, the unit must run it itself, e.g. with Type=simple");
        }
    }

    private List<String> activeCompanions() throws UpdateFailure {
        List<String> found = companions.loaded();
        List<String> active = new ArrayList<>();
        if (found.isEmpty()) {
            return active;
        }
        List<UnitProperties> looked = systemctl.show(List.of("ActiveState", "TriggeredBy", "UpheldBy"), found);
        for (int i = 0; i < found.size(); i++) {
            active.addAll(activators(looked.get(i)));
            if (looked.get(i).active() && !servesAConnection(looked.get(i))) {
                active.add(found.get(i));
            }
        }
        return active;
    }

    /**
     * Returns whether a socket made the unit for one connection. Such a one is stopped like any other companion, and nobody can
     * start it again: the next connection has one of its own.
     */
    private boolean servesAConnection(UnitProperties properties) throws UpdateFailure.Service {
        List<String> sockets = properties.words("TriggeredBy").stream()
                .filter(name -> name.endsWith(".socket"))
                .toList();
        return !sockets.isEmpty()
                && systemctl.show(List.of("Accept"), sockets).stream().anyMatch(socket -> socket.is("Accept", "yes"));
    }

    /**
     * Returns active timers, path units and sockets that could start the agent in the middle of an update: they are
     * stopped along with it. A unit that upholds the agent would start it at once, so that is refused.
     */
    private List<String> activators(UnitProperties properties) throws UpdateFailure {
        List<String> names = new ArrayList<>(properties.words("TriggeredBy"));
        names.addAll(properties.words("UpheldBy"));
        List<String> active = new ArrayList<>();
        if (names.isEmpty()) {
            return active;
        }
        List<UnitProperties> states = systemctl.show(List.of("ActiveState"), names);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (!states.get(i).active()) {
                continue;
            }
            if (properties.words("UpheldBy").contains(name)) {
                throw new UpdateFailure.Refused(
                        RefusalCode.SERVICE_ACTIVATED,
                        "%s is active and would start %s in the middle of an update".formatted(name, unit),
                        "Stop it for the time of the update: systemctl stop " + name);
            }
            active.add(name);
        }
        return active;
    }

    /**
     * Returns the active units that stopping the agent stops, and those that stopping them stops. An inactive unit is
     * looked through, as systemd does: it passes the stop on.
     */
    private List<String> activeDependents(UnitProperties agent) throws UpdateFailure.Service {
        Set<String> seen = new LinkedHashSet<>(Set.of(unit));
        List<String> active = new ArrayList<>();
        Set<String> level = stoppedAlongWith(agent);
        while (seen.addAll(level) && !level.isEmpty()) {
            Set<String> next = new LinkedHashSet<>();
            List<String> names = List.copyOf(level);
            List<UnitProperties> found = systemctl.show(DEPENDENT, names);
            for (int i = 0; i < names.size(); i++) {
                if (found.get(i).active()) {
                    active.add(names.get(i));
                }
                next.addAll(stoppedAlongWith(found.get(i)));
            }
            next.removeAll(seen);
            level = next;
        }
        active.remove(unit);
        return active;
    }

    private static Set<String> stoppedAlongWith(UnitProperties properties) {
        Set<String> names = new LinkedHashSet<>();
        STOPPED_ALONG.forEach(property -> names.addAll(properties.words(property)));
        return names;
    }

    List<String> warnings() throws UpdateFailure.Service {
        List<String> units = companions.withUnit();
        List<UnitProperties> all =
                systemctl.show(List.of("NeedDaemonReload", "KillMode", "MainPID", "ControlGroup"), units);
        List<String> warnings = new ArrayList<>();
        if (all.getFirst().is("NeedDaemonReload", "yes")) {
            warnings.add(
                    "the definition of " + unit + " was changed on disk and not loaded yet: the change takes effect"
                            + " with this update if it replaces the definition, else with the next systemctl daemon-reload");
        }
        for (int i = 0; i < units.size(); i++) {
            warnings.addAll(survivors.warnings(units.get(i), all.get(i)));
        }
        warnings.addAll(survivors.neighbours(unit, Set.copyOf(units)));
        return warnings;
    }

    Optional<String> sandboxing() throws UpdateFailure.Service {
        List<String> wanted = new ArrayList<>(SANDBOX_SWITCHES);
        wanted.addAll(SANDBOX_LISTS);
        wanted.add("CapabilityBoundingSet");
        UnitProperties properties = systemctl.show(wanted, unit);
        List<String> set = new ArrayList<>();
        for (String property : SANDBOX_SWITCHES) {
            String value = properties.text(property);
            if (!value.isEmpty() && !value.equals("no")) {
                set.add(property + "=" + value);
            }
        }
        for (String property : SANDBOX_LISTS) {
            if (!properties.text(property).isEmpty()) {
                set.add(property + "=" + properties.text(property));
            }
        }
        String capabilities = properties.text("CapabilityBoundingSet");
        if (!capabilities.isEmpty()
                && !properties.words("CapabilityBoundingSet").contains("cap_dac_override")) {
            set.add("CapabilityBoundingSet= without CAP_DAC_OVERRIDE");
        }
        return set.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", set) + " in " + unit);
    }
}
