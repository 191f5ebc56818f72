package updater.service.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import updater.api.Bytes;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceAccount;
import updater.api.service.ServiceContext;
import updater.api.service.UpdatedFiles;
import updater.processes.HostAccounts;

/** The service's init script: where it lies, what it says of itself, and what the bundle would make of it. */
final class InitScript {
    private static final int MODE = 0755;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@-]*");

    /** The comment that chkconfig's manual page defines. */
    private static final Pattern COMMENT = Pattern.compile("(?m)^#\\s*pidfile:\\s*(/\\S+)");

    private static final Pattern CHKCONFIG = Pattern.compile("^#\\s*chkconfig:");

    private static final List<String> PID_FILE_VARIABLES = List.of("PIDFILE", "PID_FILE", "pid_file", "pidfile");

    private final ServiceContext context;
    private final Path root;
    private final DefinitionFiles files;
    private boolean headerKept;

    InitScript(ServiceContext context, Path root) {
        this.context = context;
        this.root = root;
        this.files = new DefinitionFiles(context);
    }

    String name() {
        return context.spec().name();
    }

    /** Returns the script's usual path, links included. */
    Path path() {
        return under("/etc/init.d/" + name());
    }

    private Path under(String absolute) {
        return root.resolve(absolute.replaceFirst("^/+", ""));
    }

    /** Refuses a service that could not be started again after a failed update. */
    void requireUsable() throws UpdateFailure {
        if (!NAME.matcher(name()).matches()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_NAME_INVALID,
                    "'" + name() + "' is no name of an init script",
                    "Correct the name of the service in the product descriptor");
        }
        if (!Files.exists(path())) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_MISSING,
                    "the service " + name() + " does not exist: there is no init script " + path(),
                    "Install the service first");
        }
        if (!Files.isRegularFile(path()) || !Files.isExecutable(path())) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    "the init script " + path() + " cannot be run: it is not an executable file",
                    "Make it one: chmod 0755 " + path());
        }
    }

    /** @param running whom the service's process runs as; empty when there is none */
    DefinitionChange compare(Path staged, Supplier<Optional<ServiceAccount>> running) throws UpdateFailure {
        Path target = DefinitionFiles.real(target());
        Optional<byte[]> installed = files.installed(target);
        Optional<byte[]> found = content(staged, installed, running);
        if (found.isEmpty()) {
            return new DefinitionChange.None();
        }
        byte[] content = found.get();
        if (content.length < 2 || content[0] != '#' || content[1] != '!') {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_INVALID,
                    "the init script " + staged.resolve(context.spec().stagedDefinition())
                            + " does not begin with '#!' and the program that is to run it",
                    "Rebuild the bundle");
        }
        headerKept = installed.isPresent() && header(installed.get()).equals(header(content));
        if (Arrays.equals(content, installed.orElse(null))) {
            return new DefinitionChange.None(Optional.of(Bytes.of(content)));
        }
        return new DefinitionChange.ReplaceFile(target, Bytes.of(content), MODE);
    }

    private Optional<byte[]> content(
            Path staged, Optional<byte[]> installed, Supplier<Optional<ServiceAccount>> running) throws UpdateFailure {
        Optional<byte[]> template = files.staged(staged);
        if (template.isEmpty()) {
            return template;
        }
        byte[] placed = files.expand(template.get(), UnaryOperator.identity(), () -> ServiceAccount.PLACEHOLDERS);
        return Optional.of(files.expand(
                placed,
                UnaryOperator.identity(),
                () -> ScriptAccount.of(text(installed.orElse(new byte[0])), name())
                        .of(text(placed), running.get())));
    }

    /** Returns the script, and the files in which its settings usually are; empty where it cannot be read. */
    Optional<String> settings() {
        try {
            Optional<String> script =
                    files.installed(DefinitionFiles.real(path())).map(InitScript::text);
            if (script.isEmpty()) {
                return script;
            }
            StringBuilder all = new StringBuilder(script.get());
            for (String directory : List.of("/etc/default/", "/etc/sysconfig/", "/etc/conf.d/")) {
                files.installed(DefinitionFiles.real(under(directory + name())))
                        .ifPresent(file -> all.append('\n').append(text(file)));
            }
            return Optional.of(all.toString());
        } catch (UpdateFailure.Disk e) {
            return Optional.empty();
        }
    }

    private static String text(byte[] script) {
        return new String(script, StandardCharsets.ISO_8859_1);
    }

    /** Refuses a script that could not be run here, while the installed one can. */
    void requireMet(Path staged, Path tree, Supplier<Optional<ServiceAccount>> running) throws UpdateFailure {
        Optional<byte[]> installed = files.installed(DefinitionFiles.real(target()));
        Optional<byte[]> content = content(staged, installed, running);
        if (content.isPresent()) {
            new ScriptDemands(name(), text(installed.orElse(new byte[0])), text(content.get()))
                    .require(new UpdatedFiles(context, Optional.of(tree), root), new HostAccounts(context.commands()));
        }
    }

    /** Refuses a script that could not be run for the next start, though it may be run now for the stop. */
    void requireStartable(Optional<Path> staged, Optional<Path> tree, Supplier<Optional<ServiceAccount>> running)
            throws UpdateFailure {
        Path target = DefinitionFiles.real(target());
        Optional<byte[]> installed = files.installed(target);
        Optional<byte[]> content = staged.isPresent() ? content(staged.get(), installed, running) : Optional.empty();
        Optional<byte[]> runs = content.or(() -> installed);
        if (runs.isPresent()) {
            new ScriptDemands(name(), "", text(runs.get()))
                    .requireStartable(
                            target, new UpdatedFiles(context, tree, root), new HostAccounts(context.commands()));
        }
    }

    /**
     * Returns whether the bundle's script is known to ask for the same place in the boot order as the one it replaces: what
     * {@link #compare} has seen in this process.
     */
    boolean headerKept() {
        return headerKept;
    }

    /** Returns what insserv, update-rc.d and chkconfig read of a script. */
    private static List<String> header(byte[] script) {
        List<String> lines = new ArrayList<>();
        boolean inside = false;
        for (String line :
                new String(script, StandardCharsets.ISO_8859_1).lines().toList()) {
            inside |= line.startsWith("### BEGIN INIT INFO");
            if (inside || CHKCONFIG.matcher(line).find()) {
                lines.add(line.strip());
            }
            inside &= !line.startsWith("### END INIT INFO");
        }
        return lines;
    }

    /** Where the script is, whatever the product says, is where init looks for it. */
    private Path target() {
        return Files.exists(path())
                ? path()
                : context.spec()
                        .installedDefinition()
                        .map(installed -> under(context.layout().expand(installed)))
                        .orElse(path());
    }

    /**
     * Returns where the main process's id may be written: in the files the script names, then in those that are usual.
     * Files below home count as well.
     */
    Set<Path> pidFiles() {
        Set<Path> found = new LinkedHashSet<>();
        named().forEach(file ->
                found.add(file.startsWith(context.layout().home().toString()) ? Path.of(file) : under(file)));
        for (String usual : List.of("/run/%s.pid", "/var/run/%s.pid", "/run/%1$s/%1$s.pid", "/var/run/%1$s/%1$s.pid")) {
            found.add(under(usual.formatted(name())));
        }
        return found;
    }

    private List<String> named() {
        String text;
        try {
            text = files.installed(DefinitionFiles.real(path()))
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .orElse("");
        } catch (UpdateFailure.Disk e) {
            return List.of();
        }
        List<String> named = new ArrayList<>();
        COMMENT.matcher(text).results().forEach(match -> named.add(match.group(1)));
        ScriptVariables variables = ScriptVariables.of(text, name());
        for (String variable : PID_FILE_VARIABLES) {
            variables
                    .value(List.of(variable))
                    .filter(value -> value.startsWith("/"))
                    .ifPresent(named::add);
        }
        return named;
    }
}
