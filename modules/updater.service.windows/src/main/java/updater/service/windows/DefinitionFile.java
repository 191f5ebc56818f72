package updater.service.windows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;
import updater.service.windows.ServiceControl.Action;
import updater.service.windows.ServiceControl.Config;
import updater.service.windows.ServiceControl.FailureActions;

/**
 * The definition that comes with a bundle:
 *
 * <pre>
 * {"path": "agent.exe", "service": {"name": "agent", "start": "auto", "display-name": "Agent",
 *  "description": "…", "arguments": "--config &amp;quot;[INSTALLDIR]config.yaml&amp;quot;"}}
 * </pre>
 *
 * <p>{@code path} is relative to home. In {@code arguments}, <code>&amp;quot;</code> means a quote, and
 * {@code [INSTALLDIR]} home with a trailing separator, {@code [USER]} the service's account; they are expanded after they
 * were split, so neither a space in home nor that trailing backslash can change where an argument ends. What is left out stays as it is on the host.
 *
 * @param program relative to home, {@code /} or {@code \} between components
 * @param arguments everything expanded
 */
record DefinitionFile(
        String program,
        List<String> arguments,
        Optional<StartMode> start,
        Optional<String> displayName,
        Optional<String> description) {
    /** What a service can be told; boot and system are for drivers. */
    private static final Set<StartMode> MODES =
            EnumSet.of(StartMode.AUTO, StartMode.DELAYED, StartMode.DEMAND, StartMode.DISABLED);

    private static final int RESTART = 1;
    private static final int RESTARTS = 3;
    private static final int RESTART_DELAY_MILLIS = 5_000;
    private static final int RESET_SECONDS = 30 * 24 * 60 * 60;

    DefinitionFile {
        arguments = List.copyOf(arguments);
    }

    /**
     * Reads a definition.
     *
     * @param source where the bytes come from, for messages
     * @param service the service's name on this host
     * @param placeholders puts in what placeholders stand for
     */
    static DefinitionFile parse(byte[] bytes, Path source, String service, UnaryOperator<String> placeholders)
            throws UpdateFailure.Refused {
        try {
            JsonNode whole = JsonNode.root(JsonText.parse(bytes, JsonText.Strictness.NARROW));
            JsonNode settings = whole.member("service");
            Optional<String> name = settings.optionalText("name");
            if (name.isPresent() && !name.get().equalsIgnoreCase(service)) {
                throw new JsonShapeException(
                        "it defines the service '" + name.get() + "', but this product's is '" + service + "'");
            }
            return new DefinitionFile(
                    program(whole.member("path").text()),
                    arguments(settings.optionalText("arguments").orElse(""), placeholders),
                    start(settings.optionalText("start")),
                    settings.optionalText("display-name"),
                    settings.optionalText("description"));
        } catch (JsonShapeException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_INVALID,
                    "the service definition " + source + " cannot be used: " + e.getMessage(),
                    "Correct it, or ask whoever built the bundle",
                    e);
        }
    }

    /** A path that leads out of home could make the service manager run anything. */
    private static String program(String path) throws JsonShapeException {
        try {
            Place.checkRelative(path.replace('\\', '/'));
        } catch (IllegalArgumentException e) {
            throw new JsonShapeException("'path' must be relative to home and below it, but is '" + path + "'");
        }
        if (path.indexOf(':') >= 0 || path.indexOf('"') >= 0) {
            throw new JsonShapeException("'path' cannot have a colon or a quote in it, but is '" + path + "'");
        }
        return path;
    }

    private static List<String> arguments(String text, UnaryOperator<String> placeholders) throws JsonShapeException {
        if (text.indexOf('\0') >= 0) {
            throw new JsonShapeException("'arguments' has a NUL in it");
        }
        return WindowsCommandLine.splitArguments(text.replace("&quot;", "\"")).stream()
                .map(placeholders)
                .toList();
    }

    private static Optional<StartMode> start(Optional<String> word) throws JsonShapeException {
        if (word.isEmpty()) {
            return Optional.empty();
        }
        Optional<StartMode> mode = StartMode.ofWord(word.get()).filter(MODES::contains);
        if (mode.isEmpty()) {
            throw new JsonShapeException("'start' is '" + word.get() + "'; expected one of "
                    + MODES.stream().map(StartMode::word).toList());
        }
        return mode;
    }

    /** Returns what the service's definition becomes; what this says nothing of stays. */
    ServiceDefinition applyTo(ServiceDefinition before, HomeLayout layout) {
        Config old = before.config();
        StartMode mode = start.orElse(before.start());
        Config config = new Config(
                old.type(),
                mode.number(),
                old.errorControl(),
                commandLine(old.binaryPath(), layout),
                old.group(),
                old.tag(),
                old.dependencies(),
                old.account(),
                displayName.orElse(old.displayName()));
        FailureActions failure = before.failureActions();
        return new ServiceDefinition(
                config,
                mode.delayed(),
                description.orElse(before.description()),
                new FailureActions(
                        RESET_SECONDS,
                        failure.rebootMessage(),
                        failure.command(),
                        Collections.nCopies(RESTARTS, new Action(RESTART, RESTART_DELAY_MILLIS))),
                before.actionsOnError());
    }

    /** A line that means the same already is left as the installer of the service wrote it. */
    private String commandLine(String installed, HomeLayout layout) {
        List<String> command = new ArrayList<>();
        command.add(layout.installDir() + program.replace('/', '\\'));
        command.addAll(arguments);
        List<String> there = WindowsCommandLine.split(installed);
        boolean same = installed.startsWith("\"")
                && there.getFirst().equalsIgnoreCase(command.getFirst())
                && there.subList(1, there.size()).equals(command.subList(1, command.size()));
        return same ? installed : WindowsCommandLine.join(command);
    }
}
