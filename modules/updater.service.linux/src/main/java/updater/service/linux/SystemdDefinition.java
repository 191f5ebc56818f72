package updater.service.linux;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceContext;

/** The unit file that systemd loads, compared with the one in the bundle. */
record SystemdDefinition(Systemctl systemctl, String unit, ServiceContext context, Path root) {
    private static final int MODE = 0644;

    DefinitionChange compare(Path staged) throws UpdateFailure {
        DefinitionFiles files = new DefinitionFiles(context);
        Optional<byte[]> found = files.staged(staged, directory -> directory.replace("%", "%%"));
        if (found.isEmpty()) {
            return new DefinitionChange.None();
        }
        byte[] content = found.get();
        Path target = target();
        if (Arrays.equals(content, files.installed(target).orElse(null))) {
            return new DefinitionChange.None();
        }
        return new DefinitionChange.ReplaceFile(target, Bytes.of(content), MODE);
    }

    /** Returns the real path of the file systemd loads the unit from: replacing a link would cut it. */
    private Path target() throws UpdateFailure {
        String fragment = systemctl.show(List.of("FragmentPath"), unit).text("FragmentPath");
        if (fragment.isEmpty()) {
            String installed = context.spec()
                    .installedDefinition()
                    .orElseThrow(() -> new UpdateFailure.Refused(
                            "systemd loads " + unit + " from no file, and the product does not say where it belongs",
                            "Name the file in the product descriptor"));
            return DefinitionFiles.real(root.resolve(relative(context.layout().expand(installed))));
        }
        if (fragment.startsWith("/run/")) {
            throw new UpdateFailure.Refused(
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
