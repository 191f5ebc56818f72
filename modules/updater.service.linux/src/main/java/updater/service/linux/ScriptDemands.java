package updater.service.linux;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.UpdatedFiles;
import updater.processes.HostAccounts;

/**
 * What an init script demands of the host before it can start its service, and the installed one does not: its interpreter;
 * and where OpenRC itself does the start, the program and the user that it is told.
 */
record ScriptDemands(String service, String installed, String script) {
    private static final Pattern OWN_START = Pattern.compile("(?m)^\\s*(?:function\\s+)?start(?:_pre)?\\s*\\(\\)");

    void require(UpdatedFiles files, HostAccounts accounts) throws UpdateFailure.Refused {
        Optional<String> problem = unmet(files, accounts);
        if (problem.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_UNMET,
                    "the new init script of " + service + " could not be run here: " + problem.get(),
                    "Make what it asks for, or build the bundle again");
        }
    }

    /** @param file where the script is from, for messages */
    void requireStartable(Path file, UpdatedFiles files, HostAccounts accounts) throws UpdateFailure.Refused {
        Optional<String> problem = unmet(files, accounts);
        if (problem.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    service + " could not be started again by its init script: " + problem.get(),
                    "Correct it in " + file + ", or make what it asks for");
        }
    }

    private Optional<String> unmet(UpdatedFiles files, HostAccounts accounts) {
        return Stream.of(interpreter(files), program(files), user(accounts), group(accounts))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<String> interpreter(UpdatedFiles files) {
        return firstLine(script).equals(firstLine(installed))
                ? Optional.empty()
                : files.missingInterpreter(script.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String firstLine(String text) {
        return text.split("\n", 2)[0];
    }

    private Optional<String> program(UpdatedFiles files) {
        return told("command").flatMap(files::notExecutable).map(problem -> "of its command, " + problem);
    }

    private Optional<String> user(HostAccounts accounts) {
        return told("command_user")
                .map(name -> name.split(":", 2)[0])
                .filter(name -> isName(name) && accounts.isNoUser(name))
                .map(name -> "it runs as user " + name + ", and this host has none of that name");
    }

    private Optional<String> group(HostAccounts accounts) {
        return told("command_user")
                .filter(name -> name.contains(":"))
                .map(name -> name.split(":", 2)[1])
                .filter(name -> isName(name) && accounts.isNoGroup(name))
                .map(name -> "it runs in the group " + name + ", and this host has none of that name");
    }

    private static boolean isName(String text) {
        return text.matches("[A-Za-z_][A-Za-z0-9_.@-]*\\$?");
    }

    /** Returns what OpenRC is told by a variable that it starts the service by, when the installed script says otherwise. */
    private Optional<String> told(String variable) {
        if (!firstLine(script).contains("openrc-run")
                || OWN_START.matcher(script).find()) {
            return Optional.empty();
        }
        Optional<String> had = value(installed, variable);
        return value(script, variable).filter(value -> !had.equals(Optional.of(value)));
    }

    private Optional<String> value(String of, String variable) {
        return ScriptVariables.of(of, service).value(List.of(variable));
    }
}
