package updater.service.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.api.service.ServiceContext;
import updater.api.service.Trigger;

/**
 * A trigger made of a path unit and the service that it starts. systemd watches what there is of the way to the request, so
 * the agent may make and remove the directory as it likes.
 */
final class SystemdTrigger implements Trigger {
    private static final Duration BOUND = Duration.ofSeconds(30);
    private static final String WANTS = "multi-user.target.wants";

    private final Systemctl systemctl;
    private final HostFiles files;
    private final Path units;
    private final TriggerUnits texts;

    SystemdTrigger(Systemctl systemctl, String agent, ServiceContext context, Path root) {
        this.systemctl = systemctl;
        this.files = context.files();
        this.units = root.resolve("etc/systemd/system");
        this.texts = new TriggerUnits(context.product().name(), agent, context.layout());
    }

    @Override
    public void install(List<String> command) throws UpdateFailure.Service {
        boolean replaced = false;
        try {
            for (Map.Entry<String, byte[]> unit : texts.contents(command).entrySet()) {
                Path file = units.resolve(unit.getKey());
                Optional<byte[]> there = files.read(file);
                if (there.isEmpty() || !Arrays.equals(there.get(), unit.getValue())) {
                    files.write(file, unit.getValue(), 0644);
                    replaced |= there.isPresent();
                }
            }
            files.link(units.resolve(WANTS).resolve(texts.path()), "../" + texts.path());
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not write the trigger's units into " + units + ": " + Reason.at(e),
                    "Make the directory writable for the updater",
                    e);
        }
        if (replaced) {
            reload();
        }
        systemctl.require(BOUND, "start", List.of("--", texts.path()), "could not start the trigger", texts.path());
    }

    @Override
    public void remove() throws UpdateFailure.Service {
        try {
            for (Path link : BootHalf.links(units, "*.wants", texts.path())) {
                files.delete(link);
            }
            for (String unit : texts.names()) {
                files.delete(units.resolve(unit));
            }
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not remove the trigger's units from " + units + ": " + Reason.at(e),
                    "Remove them by hand: " + String.join(", ", texts.names()),
                    e);
        }
        if (state(texts.path()).active()) {
            systemctl.require(BOUND, "stop", List.of("--", texts.path()), "could not stop the trigger", texts.path());
        }
        for (String unit : texts.names()) {
            if (state(unit).is("ActiveState", "failed")) {
                systemctl.run(Systemctl.ANSWER, "reset-failed", List.of("--", unit));
            }
        }
        if (state(texts.path()).is("LoadState", "loaded")) {
            // Only a reload makes a target forget what it wants.
            reload();
        }
    }

    private void reload() throws UpdateFailure.Service {
        systemctl.require(
                Systemd.RELOAD, "daemon-reload", List.of(), "could not make systemd read the trigger's units", "");
    }

    private UnitProperties state(String unit) throws UpdateFailure.Service {
        return systemctl.show(List.of("LoadState", "ActiveState"), unit);
    }
}
