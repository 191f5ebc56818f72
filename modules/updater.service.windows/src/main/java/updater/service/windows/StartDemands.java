package updater.service.windows;

import static updater.service.windows.ServiceControl.QUERY_CONFIG;
import static updater.service.windows.ServiceControl.QUERY_STATUS;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.service.windows.ServiceControl.RunState;

/**
 * What a service needs to be started once it was stopped: its program, and the services that it depends on. Whether its account
 * may log on is not asked.
 *
 * @param tree the staged tree; empty where nothing is staged
 */
record StartDemands(ServiceControl control, String service, HomeLayout layout, Optional<Path> tree) {
    /** The first character of what is a group of services among the dependencies ({@code SC_GROUP_IDENTIFIER}). */
    private static final String GROUP = "+";

    private static final char QUOTE = '"';

    /** @throws UpdateFailure.Refused with the first demand that is not fulfilled */
    void require(ServiceDefinition definition) throws UpdateFailure {
        Optional<String> problem = program(definition.config().binaryPath());
        for (String name : definition.config().dependencies()) {
            problem = problem.isPresent() || name.startsWith(GROUP) ? problem : dependency(name);
        }
        if (problem.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    service + " could be stopped, but not started again: " + problem.get(),
                    "See 'sc qc " + service + "', and correct it with 'sc config'");
        }
    }

    private Optional<String> program(String line) {
        List<String> candidates = candidates(line);
        return candidates.isEmpty() || candidates.stream().anyMatch(this::mayBeThere)
                ? Optional.empty()
                : Optional.of("its program " + candidates.getLast() + " is not there"
                        + (tree.isPresent() ? ", nor does the update bring it" : ""));
    }

    /** Of an unquoted line with spaces Windows tries what comes before each of them, and all of it. */
    private static List<String> candidates(String line) {
        List<String> split = WindowsCommandLine.split(line);
        if (split.isEmpty()) {
            return List.of();
        }
        if (line.charAt(0) == QUOTE) {
            return List.of(split.getFirst());
        }
        List<String> candidates = new ArrayList<>();
        for (int space = line.indexOf(' '); space >= 0; space = line.indexOf(' ', space + 1)) {
            candidates.add(line.substring(0, space));
        }
        candidates.add(line);
        return candidates;
    }

    /** What is relative, or has a variable in it, is looked for by Windows. */
    private boolean mayBeThere(String program) {
        try {
            Path home = layout.home();
            Path path = home.getFileSystem().getPath(program);
            if (program.indexOf('%') >= 0 || !path.isAbsolute() || isFile(path)) {
                return true;
            }
            String below = layout.installDir().toLowerCase(Locale.ROOT);
            return tree.isPresent()
                    && program.toLowerCase(Locale.ROOT).startsWith(below)
                    && isFile(tree.get().resolve(program.substring(below.length())));
        } catch (InvalidPathException e) {
            return true;
        }
    }

    private static boolean isFile(Path path) {
        Path name = path.getFileName();
        return Files.isRegularFile(path)
                || (name != null && Files.isRegularFile(path.resolveSibling(name + ".exe")))
                // What may not be looked at may be there.
                || (!Files.exists(path) && !Files.notExists(path));
    }

    private Optional<String> dependency(String name) throws UpdateFailure {
        try (OpenService open = OpenService.open(control, name, QUERY_CONFIG | QUERY_STATUS)) {
            boolean disabled = control.queryConfig(open.handle()).startType() == StartMode.DISABLED.number();
            return disabled && control.queryStatus(open.handle()).state() == RunState.STOPPED
                    ? Optional.of("it depends on the service " + name + ", which is disabled and does not run")
                    : Optional.empty();
        } catch (Win32Failure e) {
            return ErrorCode.SERVICE_DOES_NOT_EXIST.of(e)
                    ? Optional.of("it depends on the service " + name + ", which is not installed")
                    : Optional.empty();
        }
    }
}
