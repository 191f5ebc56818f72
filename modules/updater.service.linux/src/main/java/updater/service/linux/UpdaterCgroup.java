package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.api.service.ServiceContext;

/**
 * The control group of the updater, which says whether stopping the agent stops this updater, too: systemd kills the
 * whole control group of a unit, and a process started by the agent is in it unless the launcher moved it to a scope of
 * its own.
 */
record UpdaterCgroup(Systemctl systemctl, String unit, ServiceContext context, Path root) {
    Optional<String> stopKillsUpdater() throws UpdateFailure.Service {
        UnitProperties properties = systemctl.show(List.of("ControlGroup", "KillMode", "DropInPaths"), unit);
        String group = properties.text("ControlGroup");
        if (group.length() <= 1 || memberships().stream().noneMatch(own -> within(own, group))) {
            return Optional.empty();
        }
        if (killsAll(properties.text("KillMode"))) {
            return Optional.of(reason(properties.text("KillMode") + " in " + unit));
        }
        // Once the new definition is loaded, its setting decides what the end of the new agent takes along.
        Optional<String> next = killModeToCome(properties);
        return next.filter(UpdaterCgroup::killsAll).map(mode -> reason(mode + " in the new definition of " + unit));
    }

    private static String reason(String where) {
        return "the updater runs inside the agent's control group, and KillMode=" + where
                + " lets systemd kill it together with the agent: systemd-run --scope did not work here;"
                + " set KillMode=process in a drop-in (systemctl edit), or run the updater from a shell";
    }

    private static boolean killsAll(String killMode) {
        return killMode.equals("control-group") || killMode.equals("mixed");
    }

    private static boolean within(String own, String group) {
        return own.equals(group) || own.startsWith(group + "/");
    }

    /** Returns the control groups systemd may track this process in: of the unified and of the named v1 hierarchy. */
    private List<String> memberships() throws UpdateFailure.Service {
        Path file = root.resolve("proc").resolve(Long.toString(context.pid())).resolve("cgroup");
        try {
            return Files.readAllLines(file).stream()
                    .map(line -> line.split(":", 3))
                    .filter(parts -> parts.length == 3 && (parts[1].isEmpty() || parts[1].equals("name=systemd")))
                    .map(parts -> parts[2])
                    .toList();
        } catch (IOException e) {
            throw new UpdateFailure.Service(
                    "could not read the updater's own control group from " + file, "Check that /proc is mounted", e);
        }
    }

    /** Returns what KillMode becomes when the definition in the bundle is installed; empty when there is none. */
    private Optional<String> killModeToCome(UnitProperties properties) throws UpdateFailure.Service {
        Optional<String> staged =
                setting(context.layout().staged().resolve(context.spec().stagedDefinition()));
        if (staged.isEmpty()) {
            return Optional.empty();
        }
        String mode = staged.get();
        for (String dropIn : properties.words("DropInPaths")) {
            mode = setting(root.resolve(dropIn.substring(1)))
                    .filter(value -> !value.isEmpty())
                    .orElse(mode);
        }
        return Optional.of(mode.isEmpty() ? "control-group" : mode);
    }

    /** Returns the file's last {@code KillMode=}, "" when it has none, empty when there is no such file. */
    private Optional<String> setting(Path file) throws UpdateFailure.Service {
        try {
            return context.files()
                    .read(file)
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8)
                            .lines()
                            .map(String::strip)
                            .filter(line -> line.startsWith("KillMode"))
                            .map(line -> line.substring("KillMode".length()).strip())
                            .filter(rest -> rest.startsWith("="))
                            .map(rest -> rest.substring(1).strip())
                            .reduce("", (earlier, later) -> later));
        } catch (IOException e) {
            throw new UpdateFailure.Service("could not read " + file, "", e);
        }
    }
}
