package updater.service.macos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceContext;
import updater.api.service.StagedDefinition;
import updater.service.macos.PropertyList.Malformed;

/** The property list that is installed, compared with the one in the bundle. */
final class LaunchdDefinition {
    private static final int MODE = 0644;
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final String REBUILD = "Rebuild the bundle";

    private final ServiceContext context;
    private final String label;
    private final Path installed;

    LaunchdDefinition(ServiceContext context, Path root) {
        this.context = context;
        this.label = context.spec().name();
        String path = context.spec()
                .installedDefinition()
                .map(context.layout()::expand)
                .orElse("/Library/LaunchDaemons/" + label + ".plist");
        this.installed = root.resolve(path.startsWith("/") ? path.substring(1) : path);
    }

    /** Returns where launchd loads it from, at boot as well. */
    Path installed() {
        return installed;
    }

    /** Returns the property list that is installed; empty when it is in the binary format. */
    Optional<PropertyList> read() throws UpdateFailure.Refused {
        byte[] content = bytes(installed)
                .orElseThrow(() -> new UpdateFailure.Refused(
                        label + " is not installed: there is no property list " + installed,
                        "Install the service first"));
        try {
            return PropertyList.isBinary(content) ? Optional.empty() : Optional.of(PropertyList.parse(content));
        } catch (Malformed e) {
            throw new UpdateFailure.Refused(
                    "the property list " + installed + " is broken: " + e.getMessage(),
                    "Correct it: plutil -lint " + installed,
                    e);
        }
    }

    /**
     * Refuses what launchd would not load again once it has been made to forget it: a property list that others than
     * root can change (launchctl(1), of load). Root is whom the directory of property lists belongs to.
     */
    void requireLoadable() throws UpdateFailure.Refused {
        try {
            Map<String, Object> file = look(installed);
            Path parent = installed.getParent();
            Object owner = look(parent == null ? installed : parent).get("uid");
            int mode = file.get("mode") instanceof Number number ? number.intValue() & 07777 : 0;
            boolean regular = Boolean.TRUE.equals(file.get("isRegularFile"));
            if (!regular || !Objects.equals(file.get("uid"), owner) || (mode & GROUP_OR_OTHERS_WRITE) != 0) {
                throw new UpdateFailure.Refused(
                        "launchd would not load %s again: it is %s of user id %s, mode %04o"
                                .formatted(installed, regular ? "a file" : "no regular file", file.get("uid"), mode),
                        "Make it root's: chown root:wheel " + installed + " && chmod 0644 " + installed);
            }
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            throw new UpdateFailure.Refused("could not look at the property list " + installed + ": " + e, "", e);
        }
    }

    private static Map<String, Object> look(Path path) throws IOException {
        return Files.readAttributes(path, "unix:uid,mode,isRegularFile", LinkOption.NOFOLLOW_LINKS);
    }

    /** @param allowed whether an operator has enabled the label, which overrules the property list */
    DefinitionChange compare(Path staged, boolean allowed) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isEmpty()) {
            return new DefinitionChange.None();
        }
        Path source = found.get().source();
        byte[] expanded;
        try {
            expanded = PropertyListText.expand(
                    found.get().content().toArray(), context.layout().installDir());
            check(PropertyList.parse(expanded), allowed);
        } catch (Malformed e) {
            throw new UpdateFailure.Refused(
                    "the service definition " + source + " cannot be used: " + e.getMessage(), REBUILD, e);
        }
        if (bytes(installed).filter(present -> Arrays.equals(present, expanded)).isPresent()) {
            return new DefinitionChange.None();
        }
        return new DefinitionChange.ReplaceFile(real(installed), Bytes.of(expanded), MODE);
    }

    private void check(PropertyList plist, boolean allowed) throws Malformed {
        String named = plist.string("Label").orElse("");
        if (!named.equals(label)) {
            throw new Malformed("its Label is '" + named + "', and the product's service is '" + label + "'");
        }
        List<String> arguments = plist.strings("ProgramArguments");
        if (plist.string("Program").isEmpty()
                && (arguments.isEmpty() || arguments.getFirst().isEmpty())) {
            throw new Malformed("it names neither Program nor ProgramArguments");
        }
        if (plist.isTrue("Disabled") && !allowed) {
            throw new Malformed("its key Disabled keeps launchd from loading it");
        }
    }

    private static Path real(Path file) throws UpdateFailure.Refused {
        Path directory = file.getParent();
        Path name = file.getFileName();
        try {
            return directory == null || name == null || !Files.exists(directory)
                    ? file
                    : directory.toRealPath().resolve(name);
        } catch (IOException e) {
            throw new UpdateFailure.Refused("could not resolve the property list " + file + ": " + e, "", e);
        }
    }

    private Optional<byte[]> bytes(Path file) throws UpdateFailure.Refused {
        try {
            return context.files().read(file);
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    "could not read the property list " + file + ": " + e, "It must be a regular file", e);
        }
    }
}
