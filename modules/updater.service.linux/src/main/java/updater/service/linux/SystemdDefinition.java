package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceAccount;
import updater.api.service.ServiceContext;
import updater.api.service.UpdatedFiles;
import updater.processes.HostAccounts;

/** The unit file that systemd loads, compared with the one in the bundle. */
record SystemdDefinition(Systemctl systemctl, String unit, ServiceContext context, Path root) {
    private static final int MODE = 0644;

    private static final List<String> COMMANDS_REFUSED = List.of("RefuseManualStart", "RefuseManualStop");

    private static final String OPERATORS = "/etc/systemd/system/";
    private static final List<String> PACKAGES =
            List.of("/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system");

    private static final List<String> PROPERTIES =
            List.of("FragmentPath", "DropInPaths", "NeedDaemonReload", "ExecStop", "ExecStopPost", "User", "Group");

    /** The two files, and what systemd has loaded of the one. */
    private record Compared(UnitProperties loaded, Path target, Optional<byte[]> installed, Bytes content) {
        boolean same() {
            return installed.filter(bytes -> Bytes.of(bytes).equals(content)).isPresent();
        }
    }

    DefinitionChange compare(Path staged) throws UpdateFailure {
        Optional<Compared> both = both(staged);
        if (both.isEmpty()) {
            return new DefinitionChange.None();
        }
        Compared files = both.get();
        refuseUncontrollable(files.content().toArray());
        return files.same()
                ? new DefinitionChange.None(Optional.of(files.content()))
                : new DefinitionChange.ReplaceFile(
                        files.target(),
                        files.content(),
                        MODE,
                        files.installed().isPresent()
                                && stopsAlike(
                                        files.loaded(),
                                        files.installed().get(),
                                        files.content().toArray()),
                        packaged(files.loaded().text("FragmentPath"), files.target()));
    }

    /** Where systemd loads the operator's directory first, packages have theirs (systemd.unit(5)). */
    private Optional<Path> packaged(String fragment, Path target) throws UpdateFailure {
        if (!fragment.startsWith(OPERATORS)) {
            return Optional.empty();
        }
        for (String directory : PACKAGES) {
            Path file = root.resolve(relative(directory)).resolve(unit);
            if (Files.isRegularFile(file)) {
                Path real = DefinitionFiles.real(file);
                return real.equals(target) ? Optional.empty() : Optional.of(real);
            }
        }
        return Optional.empty();
    }

    /** What is edited and not loaded may say otherwise; and so may a drop-in that cannot be read. */
    void requireMet(Path staged, Path tree) throws UpdateFailure {
        Optional<Compared> both = both(staged).filter(files -> !files.same());
        if (both.isEmpty() || !both.get().loaded().is("NeedDaemonReload", "no")) {
            return;
        }
        Compared files = both.get();
        Optional<List<byte[]>> dropIns = dropIns(files.loaded());
        if (dropIns.isEmpty()) {
            return;
        }
        List<byte[]> before = new ArrayList<>(files.installed().stream().toList());
        before.addAll(dropIns.get());
        List<byte[]> after = new ArrayList<>(List.of(files.content().toArray()));
        after.addAll(dropIns.get());
        new UnitDemands(
                        unit,
                        UnitSettings.of(before),
                        UnitSettings.of(after),
                        new HostAccounts(context.commands()),
                        new UpdatedFiles(context, Optional.of(tree), root))
                .require();
    }

    /** What is edited and not loaded, generated, or cannot be read may say otherwise. */
    void requireStartable(Optional<Path> staged, Optional<Path> tree) throws UpdateFailure {
        UnitProperties loaded = systemctl.show(PROPERTIES, unit);
        Optional<Compared> both = staged.isPresent() ? both(staged.get()) : Optional.empty();
        String fragment = loaded.text("FragmentPath");
        Optional<List<byte[]>> dropIns = dropIns(loaded);
        if (!loaded.is("NeedDaemonReload", "no") || !fragment.startsWith("/") || dropIns.isEmpty()) {
            return;
        }
        Path file = DefinitionFiles.real(root.resolve(relative(fragment)));
        Optional<byte[]> content = both.isPresent()
                ? Optional.of(both.get().content().toArray())
                : new DefinitionFiles(context).installed(file);
        if (content.isPresent()) {
            List<byte[]> all = new ArrayList<>(List.of(content.get()));
            all.addAll(dropIns.get());
            UnitDemands.requireStartable(
                    unit,
                    file,
                    UnitSettings.of(all),
                    new HostAccounts(context.commands()),
                    new UpdatedFiles(context, tree, root));
        }
    }

    private Optional<List<byte[]>> dropIns(UnitProperties loaded) {
        List<byte[]> contents = new ArrayList<>();
        for (String path : loaded.words("DropInPaths")) {
            try {
                Optional<byte[]> content = context.files().read(DefinitionFiles.real(root.resolve(relative(path))));
                if (content.isEmpty()) {
                    return Optional.empty();
                }
                contents.add(content.get());
            } catch (IOException | UpdateFailure.Disk e) {
                return Optional.empty();
            }
        }
        return Optional.of(contents);
    }

    private Optional<Compared> both(Path staged) throws UpdateFailure {
        DefinitionFiles files = new DefinitionFiles(context);
        Optional<byte[]> found = files.staged(staged);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        UnitProperties loaded = systemctl.show(PROPERTIES, unit);
        Path target = target(loaded.text("FragmentPath"));
        Optional<byte[]> installed = files.installed(target);
        byte[] content = files.expand(found.get(), SystemdDefinition::escaped, () -> account(loaded, installed));
        return Optional.of(new Compared(loaded, target, installed, Bytes.of(content)));
    }

    /**
     * Returns whom the installed definition runs the service as: by the file itself, so that it stays what it is whatever a
     * drop-in says, else by what is loaded. A user's own group is the one that systemd takes.
     */
    private ServiceAccount account(UnitProperties loaded, Optional<byte[]> installed) {
        UnitSettings file = UnitSettings.of(installed.stream().toList());
        String user = file.last("Service.User").or(() -> named(loaded, "User")).orElse(ServiceAccount.ROOT.user());
        return new ServiceAccount(
                user,
                file.last("Service.Group")
                        .or(() -> named(loaded, "Group"))
                        .or(() -> new HostAccounts(context.commands()).groupOf(user))
                        .orElse(user));
    }

    private static Optional<String> named(UnitProperties loaded, String property) {
        return Optional.of(escaped(loaded.text(property))).filter(name -> !name.isEmpty());
    }

    /** Returns a text in which systemd finds no specifier. */
    private static String escaped(String text) {
        return text.replace("%", "%%");
    }

    private void refuseUncontrollable(byte[] content) throws UpdateFailure.Refused {
        UnitSettings settings = UnitSettings.of(List.of(content));
        for (String setting : COMMANDS_REFUSED) {
            if (settings.isOn("Unit." + setting)) {
                throw new UpdateFailure.Refused(
                        RefusalCode.DEFINITION_INVALID,
                        "the service definition of " + unit + " in the bundle says '" + setting + "="
                                + settings.last("Unit." + setting).orElseThrow()
                                + "', so the new agent could not be started or stopped",
                        "Build the bundle again without it");
            }
        }
    }

    /** What was edited and not loaded is not what decides now, and would be loaded along with the new file. */
    private static boolean stopsAlike(UnitProperties loaded, byte[] installed, byte[] content) {
        boolean runsCommands = !loaded.text("ExecStop").isEmpty()
                || !loaded.text("ExecStopPost").isEmpty();
        return loaded.is("NeedDaemonReload", "no") && StopSettings.same(installed, content, runsCommands);
    }

    /** Returns the real path of the file systemd loads the unit from: replacing a link would cut it. */
    private Path target(String fragment) throws UpdateFailure {
        if (fragment.isEmpty()) {
            String installed = context.spec()
                    .installedDefinition()
                    .orElseThrow(() -> new UpdateFailure.Refused(
                            RefusalCode.DEFINITION_NOT_REPLACEABLE,
                            "systemd loads " + unit + " from no file, and the product does not say where it belongs",
                            "Name the file in the product descriptor"));
            return DefinitionFiles.real(root.resolve(relative(context.layout().expand(installed))));
        }
        if (fragment.startsWith("/run/")) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_NOT_REPLACEABLE,
                    "the definition of %s, %s, is generated or transient: replacing it would not last"
                            .formatted(unit, fragment),
                    "Install the service from a unit file in /etc/systemd/system or /usr/lib/systemd/system");
        }
        return DefinitionFiles.real(root.resolve(relative(fragment)));
    }

    private static String relative(String absolute) {
        return absolute.startsWith("/") ? absolute.substring(1) : absolute;
    }
}
