package updater.service.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceContext;

/** The service's init script: where it lies, what it says of itself, and what the bundle would make of it. */
final class InitScript {
    private static final int MODE = 0755;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@-]*");

    /** {@code NAME=value} on a line of its own, as far as a script can be understood without running it. */
    private static final Pattern ASSIGNMENT =
            Pattern.compile("(?m)^\\s*(?:export\\s+|readonly\\s+)?([A-Za-z_][A-Za-z0-9_]*)=[\"']?([^\"'\\s;]+)");

    /** The comment that chkconfig's manual page defines. */
    private static final Pattern COMMENT = Pattern.compile("(?m)^#\\s*pidfile:\\s*(/\\S+)");

    private static final Pattern CHKCONFIG = Pattern.compile("^#\\s*chkconfig:");

    private static final Pattern VARIABLE =
            Pattern.compile("\\$(?:\\{([A-Za-z_][A-Za-z0-9_]*)}|([A-Za-z_][A-Za-z0-9_]*))");
    private static final Set<String> PID_FILE_VARIABLES = Set.of("PIDFILE", "PID_FILE", "pidfile", "pid_file");
    private static final int NESTED = 5;

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
                    "'" + name() + "' is no name of an init script",
                    "Correct the name of the service in the product descriptor");
        }
        if (!Files.exists(path())) {
            throw new UpdateFailure.Refused(
                    "the service " + name() + " does not exist: there is no init script " + path(),
                    "Install the service first");
        }
        if (!Files.isRegularFile(path()) || !Files.isExecutable(path())) {
            throw new UpdateFailure.Refused(
                    "the init script " + path() + " cannot be run: it is not an executable file",
                    "Make it one: chmod 0755 " + path());
        }
    }

    DefinitionChange compare(Path staged) throws UpdateFailure {
        Optional<byte[]> found = files.staged(staged, UnaryOperator.identity());
        if (found.isEmpty()) {
            return new DefinitionChange.None();
        }
        byte[] content = found.get();
        if (content.length < 2 || content[0] != '#' || content[1] != '!') {
            throw new UpdateFailure.Refused(
                    "the init script " + staged.resolve(context.spec().stagedDefinition())
                            + " does not begin with '#!' and the program that is to run it",
                    "Rebuild the bundle");
        }
        Path target = DefinitionFiles.real(target());
        Optional<byte[]> installed = files.installed(target);
        headerKept = installed.isPresent() && header(installed.get()).equals(header(content));
        if (Arrays.equals(content, installed.orElse(null))) {
            return new DefinitionChange.None();
        }
        return new DefinitionChange.ReplaceFile(target, Bytes.of(content), MODE);
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
        Map<String, String> values = new HashMap<>(Map.of("RC_SVCNAME", name(), "SVCNAME", name()));
        Matcher assignment = ASSIGNMENT.matcher(text);
        while (assignment.find()) {
            values.putIfAbsent(assignment.group(1), assignment.group(2));
        }
        for (String variable : PID_FILE_VARIABLES.stream().sorted().toList()) {
            String value = expand(values.getOrDefault(variable, ""), values);
            if (value.startsWith("/")) {
                named.add(value);
            }
        }
        return named;
    }

    /** Returns "" for what cannot be known without running the script. */
    private static String expand(String value, Map<String, String> values) {
        String text = value;
        for (int i = 0; i < NESTED && text.contains("$"); i++) {
            text = VARIABLE.matcher(text).replaceAll(match -> {
                String name = match.group(1) == null ? match.group(2) : match.group(1);
                return Matcher.quoteReplacement(values.getOrDefault(name, match.group()));
            });
        }
        return text.matches("[^$`*?]+") ? text : "";
    }
}
