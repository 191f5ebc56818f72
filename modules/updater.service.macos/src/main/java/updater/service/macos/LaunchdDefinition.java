package updater.service.macos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceAccount;
import updater.api.service.ServiceContext;
import updater.api.service.StagedDefinition;
import updater.api.service.UpdatedFiles;
import updater.processes.HomeTraces;
import updater.processes.HostAccounts;
import updater.service.macos.PropertyList.Malformed;

/** The property list that is installed, compared with the one in the bundle. */
final class LaunchdDefinition {
    private static final int MODE = 0644;
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final String ROOTS_GROUP = "wheel";
    private static final String REBUILD = "Rebuild the bundle";

    private final ServiceContext context;
    private final String label;
    private final Path root;
    private final Path installed;

    LaunchdDefinition(ServiceContext context, Path root) {
        this.root = root;
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
                        RefusalCode.SERVICE_MISSING,
                        label + " is not installed: there is no property list " + installed,
                        "Install the service first"));
        try {
            return PropertyList.isBinary(content) ? Optional.empty() : Optional.of(PropertyList.parse(content));
        } catch (Malformed e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
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
            Map<String, Object> file = stat(installed);
            Path parent = installed.getParent();
            Object owner = stat(parent == null ? installed : parent).get("uid");
            int mode = file.get("mode") instanceof Number number ? number.intValue() & 07777 : 0;
            boolean regular = Boolean.TRUE.equals(file.get("isRegularFile"));
            if (!regular || !Objects.equals(file.get("uid"), owner) || (mode & GROUP_OR_OTHERS_WRITE) != 0) {
                throw new UpdateFailure.Refused(
                        RefusalCode.SERVICE_BROKEN,
                        "launchd would not load %s again: it is %s of user id %s, mode %04o"
                                .formatted(installed, regular ? "a file" : "no regular file", file.get("uid"), mode),
                        "Make it root's: chown root:wheel " + installed + " && chmod 0644 " + installed);
            }
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "could not look at the property list " + installed + ": " + Reason.at(e),
                    "",
                    e);
        }
    }

    private static Map<String, Object> stat(Path path) throws IOException {
        return Files.readAttributes(path, "unix:uid,mode,isRegularFile", LinkOption.NOFOLLOW_LINKS);
    }

    /** @param allowed whether an operator has enabled the label, which overrules the property list */
    DefinitionChange compare(Path staged, boolean allowed) throws UpdateFailure {
        Optional<byte[]> expanded = expanded(staged, allowed);
        return expanded.isEmpty()
                        || bytes(installed)
                                .filter(present -> Arrays.equals(present, expanded.get()))
                                .isPresent()
                ? new DefinitionChange.None(expanded.map(Bytes::of))
                : new DefinitionChange.ReplaceFile(real(installed), Bytes.of(expanded.get()), MODE);
    }

    private Optional<byte[]> expanded(Path staged, boolean allowed) throws UpdateFailure {
        Optional<StagedDefinition> found = StagedDefinition.read(context, staged);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try {
            byte[] expanded = PropertyListText.expand(found.get().content().toArray(), placeholders(found.get()));
            check(PropertyList.parse(expanded), allowed);
            return Optional.of(expanded);
        } catch (Malformed e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_INVALID,
                    "the service definition " + found.get().source() + " cannot be used: " + e.getMessage(),
                    REBUILD,
                    e);
        }
    }

    private Map<String, String> placeholders(StagedDefinition definition) throws UpdateFailure.Refused {
        Map<String, String> placeholders = new LinkedHashMap<>();
        placeholders.put("[INSTALLDIR]", context.layout().installDir());
        String text = new String(definition.content().toArray(), StandardCharsets.ISO_8859_1);
        if (ServiceAccount.isNamedIn(text)) {
            ServiceAccount account = account();
            placeholders.put(ServiceAccount.PLACEHOLDERS.user(), account.user());
            placeholders.put(ServiceAccount.PLACEHOLDERS.group(), account.group());
        }
        return placeholders;
    }

    /** launchd runs a job as root, and in a user's own group, unless its property list says otherwise (launchd.plist(5)). */
    private ServiceAccount account() throws UpdateFailure.Refused {
        Optional<PropertyList> plist = read();
        String user = plist.flatMap(keys -> keys.string("UserName")).orElse(ServiceAccount.ROOT.user());
        return new ServiceAccount(
                user,
                plist.flatMap(keys -> keys.string("GroupName"))
                        .or(() -> new HostAccounts(context.commands()).groupOf(user))
                        .orElse(user.equals(ServiceAccount.ROOT.user()) ? ROOTS_GROUP : user));
    }

    /** Refuses a property list that asks for what is not here, while the installed one does not. */
    void requireMet(Path staged, Path tree) throws UpdateFailure {
        Optional<byte[]> expanded = expanded(staged, true);
        if (expanded.isEmpty()) {
            return;
        }
        try {
            new JobDemands(
                            label,
                            read(),
                            PropertyList.parse(expanded.get()),
                            new HostAccounts(context.commands()),
                            new UpdatedFiles(context, Optional.of(tree), root))
                    .require();
        } catch (Malformed e) {
            throw new IllegalStateException("it was parsed a moment ago", e);
        }
    }

    /**
     * Refuses a property list by which the job could not be started again; one in the binary format is not looked into.
     *
     * @param listed whether launchd's list of disabled jobs has the label, which overrules the property list
     */
    void requireStartable(Optional<Path> staged, Optional<Path> tree, boolean listed) throws UpdateFailure {
        Optional<byte[]> expanded = staged.isPresent() ? expanded(staged.get(), true) : Optional.empty();
        try {
            Optional<PropertyList> plist =
                    expanded.isPresent() ? Optional.of(PropertyList.parse(expanded.get())) : read();
            if (plist.isEmpty()) {
                return;
            }
            UpdatedFiles files = new UpdatedFiles(context, tree, root);
            new JobDemands(label, Optional.empty(), plist.get(), new HostAccounts(context.commands()), files)
                    .requireStartable(installed);
            if (plist.get().isTrue("Disabled") && !listed) {
                throw new UpdateFailure.Refused(
                        RefusalCode.SERVICE_BROKEN,
                        label + " could be stopped, but not started again: the key Disabled in " + installed
                                + " keeps launchd from loading it",
                        "Remove the key, or overrule it: launchctl enable system/" + label);
            }
        } catch (Malformed e) {
            throw new IllegalStateException("it was parsed a moment ago", e);
        }
    }

    /** Returns why the job has nothing to do with home; empty where it has, or that cannot be told. */
    Optional<String> elsewhere() {
        try {
            Optional<PropertyList> plist = read();
            return new HomeTraces(context.layout().home(), root.resolve("proc"))
                    .elsewhere(
                            plist.map(keys -> String.join("\n", keys.texts())),
                            plist.flatMap(JobDemands::program)
                                    .map(program -> program.startsWith("/")
                                            ? root.resolve(program.substring(1)).toString()
                                            : program),
                            List.of());
        } catch (UpdateFailure.Refused e) {
            return Optional.empty();
        }
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
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "could not resolve the property list " + file + ": " + Reason.at(e),
                    "",
                    e);
        }
    }

    private Optional<byte[]> bytes(Path file) throws UpdateFailure.Refused {
        try {
            return context.files().read(file);
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "could not read the property list " + file + ": " + Reason.at(e),
                    "It must be a regular file",
                    e);
        }
    }
}
