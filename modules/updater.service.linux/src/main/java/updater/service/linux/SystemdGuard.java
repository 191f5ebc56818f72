package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Guard;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;

/**
 * A guard that recovers by two units. Neither needs a daemon-reload, which would also load whatever an operator has
 * edited and not yet meant to take effect: systemd reads a unit file when it first hears of the unit.
 *
 * <ul>
 *   <li>The boot half is a service with links to it that systemd first sees at the next boot. It is ordered before the
 *       agent, so that no agent starts on half an installation, and it brings the timer half along, for the case that
 *       the recovery at boot is itself cut short.
 *   <li>The timer half is a timer, started by hand, and its service. They belong to systemd, so neither the death of
 *       the updater nor that of its control group ends them.
 * </ul>
 *
 * <p>The timer is no transient one, made by systemd-run: systemd 252 writes the command line of a transient service
 * into a file that it reads back wrongly at the next daemon-reload when an argument holds {@code $}, {@code ;} or a
 * quote; and a transient one is gone after a reboot.
 *
 * <p>Files are removed before the timer is stopped: an updater that dies in between leaves a timer whose next run finds
 * nothing to recover and disarms the rest.
 */
final class SystemdGuard implements Guard {
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final Systemctl systemctl;
    private final String agent;
    private final HostFiles files;
    private final Path units;
    private final GuardUnits texts;

    SystemdGuard(Systemctl systemctl, String agent, ServiceContext context, Path root) {
        this.systemctl = systemctl;
        this.agent = agent;
        this.files = context.files();
        this.units = root.resolve("etc/systemd/system");
        this.texts = new GuardUnits(context.product().name(), agent, context.layout());
    }

    @Override
    public void arm(List<String> command) throws UpdateFailure.Service {
        Map<String, byte[]> contents = texts.contents(command);
        Set<String> targets = targets();
        try {
            for (Map.Entry<String, byte[]> unit : contents.entrySet()) {
                files.write(units.resolve(unit.getKey()), unit.getValue(), 0644);
            }
            for (String target : targets) {
                files.link(units.resolve(target + ".wants").resolve(texts.boot()), "../" + texts.boot());
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the guard's units into " + units + ": " + Reason.at(e),
                    "Make the directory writable for the updater; the agent's unit may sandbox what it starts",
                    e);
        }
        systemctl.require(
                BOUND, "start", List.of("--", texts.timer()), "could not start the guard's timer", texts.timer());
    }

    /**
     * Returns the targets that shall pull the boot half in: those that pull the agent in, and the usual one for an
     * agent that is disabled and may nevertheless have been running.
     */
    private Set<String> targets() throws UpdateFailure.Service {
        UnitProperties properties = systemctl.show(List.of("WantedBy", "RequiredBy"), agent);
        Set<String> targets = new LinkedHashSet<>(Set.of("multi-user.target"));
        Stream.concat(properties.words("WantedBy").stream(), properties.words("RequiredBy").stream())
                .filter(name -> name.endsWith(".target"))
                .forEach(targets::add);
        return targets;
    }

    @Override
    public void disarm() throws UpdateFailure.Service {
        try {
            for (Path link : links()) {
                files.delete(link);
            }
            for (String unit : texts.names()) {
                files.delete(units.resolve(unit));
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove the guard's units from " + units + ": " + Reason.at(e),
                    "Remove them by hand: " + String.join(", ", texts.names()),
                    e);
        }
        forget();
    }

    /** Makes systemd forget the units, but for the service that may be the one this runs in. */
    private void forget() throws UpdateFailure.Service {
        List<UnitProperties> found = states();
        List<String> failed = new ArrayList<>(List.of("--"));
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i).is("ActiveState", "failed")) {
                failed.add(texts.names().get(i));
            }
        }
        if (properties(found, texts.timer()).active()) {
            systemctl.require(
                    BOUND, "stop", List.of("--", texts.timer()), "could not stop the guard's timer", texts.timer());
        }
        if (failed.size() > 1) {
            systemctl.run(Systemctl.ANSWER, "reset-failed", failed);
        }
        if (properties(found, texts.boot()).is("LoadState", "loaded")) {
            // systemd was reloaded, mostly by this very update, or booted since the guard was armed, so that a target
            // wants the boot half. Only another reload makes it forget; there was no time for edits in between. It is
            // safe in the boot half's own service, too, though the agent then starts at once and not after its end.
            systemctl.run(Systemd.RELOAD, "daemon-reload", List.of());
        }
    }

    @Override
    public boolean armed() throws UpdateFailure.Service {
        try {
            return texts.names().stream().anyMatch(unit -> Files.exists(units.resolve(unit), LinkOption.NOFOLLOW_LINKS))
                    || !links().isEmpty()
                    || properties(states(), texts.timer()).active();
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not look for the guard's units in " + units + ": " + Reason.at(e), "", e);
        }
    }

    /** The part that waits for a boot does nothing until there is one. */
    @Override
    public boolean ready() throws UpdateFailure.Service {
        return properties(states(), texts.timer()).active();
    }

    private UnitProperties properties(List<UnitProperties> states, String unit) {
        return states.get(texts.names().indexOf(unit));
    }

    private List<UnitProperties> states() throws UpdateFailure.Service {
        return systemctl.show(List.of("LoadState", "ActiveState"), texts.names());
    }

    /** Returns the links to the boot half wherever they are: the agent's targets may have changed since it was armed. */
    private List<Path> links() throws IOException {
        return BootHalf.links(units, "*.wants", texts.boot());
    }
}
