package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceContext;

/** Compare the unit file in the bundle with the one systemd loads. */
final class SystemdDefinition {
    private static final int MODE = 0644;

    private final Systemctl systemctl;
    private final String unit;
    private final ServiceContext context;
    private final Path root;

    SystemdDefinition(Systemctl systemctl, String unit, ServiceContext context, Path root) {
        this.systemctl = systemctl;
        this.unit = unit;
        this.context = context;
        this.root = root;
    }

    DefinitionChange compare(Path staged) throws UpdateFailure {
        Path source = staged.resolve(context.spec().stagedDefinition());
        Optional<byte[]> found = read(source);
        if (found.isEmpty()) {
            return new DefinitionChange.None(
                    "the bundle has no " + context.spec().stagedDefinition());
        }
        byte[] content = expand(found.get());
        Path target = target();
        if (Arrays.equals(content, installed(target).orElse(null))) {
            return new DefinitionChange.None(target + " is already the same");
        }
        return new DefinitionChange.ReplaceFile(target, Bytes.of(content), MODE);
    }

    private Optional<byte[]> read(Path source) throws UpdateFailure {
        if (!Files.exists(source, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    "the service definition " + source + " is not a regular file", "Rebuild the bundle");
        }
        Optional<byte[]> content;
        try {
            content = context.files().read(source);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("read the service definition", source, e);
        }
        if (content.isEmpty() || content.get().length == 0) {
            // systemd takes an empty unit file for a mask.
            throw new UpdateFailure.Refused("the service definition " + source + " is empty", "Rebuild the bundle");
        }
        return content;
    }

    /** Bytes outside the placeholder stay as they are, whatever their encoding. */
    private byte[] expand(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        String directory = context.layout().installDir().replace("%", "%%");
        String raw = new String(directory.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return text.replace("[INSTALLDIR]", raw).getBytes(StandardCharsets.ISO_8859_1);
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
            return real(root.resolve(relative(context.layout().expand(installed))));
        }
        if (fragment.startsWith("/run/")) {
            throw new UpdateFailure.Refused(
                    "the definition of %s, %s, is generated or transient: replacing it would not last"
                            .formatted(unit, fragment),
                    "Install the service from a unit file in /etc/systemd/system or /usr/lib/systemd/system");
        }
        return real(root.resolve(relative(fragment)));
    }

    private static String relative(String absolute) {
        return absolute.startsWith("/") ? absolute.substring(1) : absolute;
    }

    private static Path real(Path file) throws UpdateFailure {
        try {
            if (Files.exists(file)) {
                return file.toRealPath();
            }
            Path directory = file.getParent();
            Path name = file.getFileName();
            return directory == null || name == null || !Files.exists(directory)
                    ? file
                    : directory.toRealPath().resolve(name);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("resolve the service definition", file, e);
        }
    }

    private Optional<byte[]> installed(Path target) throws UpdateFailure.Disk {
        try {
            return context.files().read(target);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("read the service definition", target, e);
        }
    }
}
