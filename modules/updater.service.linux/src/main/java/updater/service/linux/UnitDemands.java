package updater.service.linux;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.UpdatedFiles;
import updater.processes.HostAccounts;

/**
 * What a unit demands of the host before its first process runs, and the one that is installed does not. What is not
 * fulfilled would keep the new agent from starting, at every offer.
 *
 * <p>What only a start can tell is not judged: specifiers, variables, other roots, what an earlier command of the unit or a
 * unit that it pulls in may make.
 *
 * @param before the settings that are installed, with the drop-ins
 * @param after the settings that they become
 */
record UnitDemands(String unit, UnitSettings before, UnitSettings after, HostAccounts accounts, UpdatedFiles files) {
    /** What makes paths of the unit's processes others than the host's (systemd.exec(5)). */
    private static final List<String> OTHER_PATHS = List.of(
            "RootDirectory",
            "RootImage",
            "BindPaths",
            "BindReadOnlyPaths",
            "MountImages",
            "ExtensionImages",
            "ExtensionDirectories",
            "TemporaryFileSystem");

    /** What systemd makes for the unit, and where. */
    private static final List<String> MADE_FOR_IT = List.of(
            "RuntimeDirectory",
            "StateDirectory",
            "CacheDirectory",
            "LogsDirectory",
            "ConfigurationDirectory",
            "TemporaryFileSystem");

    private static final List<String> PULLS_IN = List.of("Wants", "Requires", "BindsTo", "Requisite");
    private static final Set<String> MAKERS = Set.of("service", "mount", "automount", "socket");

    /** The commands of a start, in their order. */
    private static final List<String> COMMANDS =
            List.of("Service.ExecCondition", "Service.ExecStartPre", "Service.ExecStart");

    private static final String PREFIXES = "@-:+!|";

    /** @throws UpdateFailure.Refused with the first demand that is not fulfilled */
    void require() throws UpdateFailure.Refused {
        Optional<String> first = unmet();
        if (first.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.DEFINITION_UNMET,
                    "the new definition of " + unit + " could not be started here: " + first.get(),
                    "Make what it asks for, or build the bundle again; [USER], [GROUP] and [INSTALLDIR] in a definition stand"
                            + " for what the installed one has");
        }
    }

    /**
     * Refuses a unit that could be stopped, but not started again. Nothing is before it: all of its demands are looked at.
     *
     * @param file where it is from, for messages
     * @throws UpdateFailure.Refused with the first demand that is not fulfilled
     */
    static void requireStartable(
            String unit, Path file, UnitSettings settings, HostAccounts accounts, UpdatedFiles files)
            throws UpdateFailure.Refused {
        Optional<String> first = new UnitDemands(unit, UnitSettings.of(List.of()), settings, accounts, files).unmet();
        if (first.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_BROKEN,
                    unit + " could be stopped, but not started again: " + first.get(),
                    "Correct it in " + file + ", or make what it asks for; 'systemd-analyze verify " + file
                            + "' looks again");
        }
    }

    private Optional<String> unmet() {
        return Stream.concat(
                        Stream.of(noCommand(), user(), group(), moreGroups()), pathsAreKnown() ? paths() : Stream.of())
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** systemd takes a unit that does nothing for a bad one. */
    private Optional<String> noCommand() {
        boolean doesNothing = Stream.of("Service.ExecStart", "Service.ExecStop", "Unit.SuccessAction")
                .allMatch(setting -> after.list(setting).isEmpty());
        return doesNothing && !before.list("Service.ExecStart").isEmpty()
                ? Optional.of("it has no ExecStart=")
                : Optional.empty();
    }

    private Optional<String> user() {
        return account("Service.User", accounts::isNoUser, "user");
    }

    private Optional<String> group() {
        return account("Service.Group", accounts::isNoGroup, "group");
    }

    private Optional<String> account(String setting, Predicate<String> isMissing, String kind) {
        return changed(setting)
                .filter(name -> isCertain(name, isMissing))
                .map(name -> "it runs as " + kind + " " + name + ", and this host has none of that name");
    }

    private Optional<String> moreGroups() {
        List<String> had = before.words("Service.SupplementaryGroups");
        return after.words("Service.SupplementaryGroups").stream()
                .filter(name -> !had.contains(name))
                .filter(name -> isCertain(name, accounts::isNoGroup))
                .findFirst()
                .map(name -> "it runs in the group " + name + ", and this host has none of that name");
    }

    /** A dynamic user is made for the start; a number may be anybody's. */
    private boolean isCertain(String name, Predicate<String> isMissing) {
        return !after.isOn("Service.DynamicUser")
                && name.matches("[A-Za-z_][A-Za-z0-9_.@-]*\\$?")
                && isMissing.test(name);
    }

    private Optional<String> changed(String setting) {
        return after.last(setting).filter(value -> !before.last(setting).equals(Optional.of(value)));
    }

    private boolean pathsAreKnown() {
        return OTHER_PATHS.stream()
                        .allMatch(name -> after.list("Service." + name).isEmpty())
                && PULLS_IN.stream().allMatch(this::pullsInNothingNew);
    }

    /** A unit that is pulled in for the first time may be the one that makes what is missing. */
    private boolean pullsInNothingNew(String setting) {
        List<String> had = before.words("Unit." + setting);
        return after.words("Unit." + setting).stream()
                .filter(name -> !had.contains(name))
                .noneMatch(name -> MAKERS.contains(name.substring(name.lastIndexOf('.') + 1)));
    }

    private Stream<Optional<String>> paths() {
        return Stream.of(
                condition("Unit.ConditionPathExists"),
                condition("Unit.AssertPathExists"),
                program(),
                directory(),
                environmentFiles());
    }

    private Optional<String> condition(String setting) {
        return firstUnmet(setting, files::missing);
    }

    private Optional<String> environmentFiles() {
        return firstUnmet("Service.EnvironmentFile", files::missing);
    }

    private Optional<String> firstUnmet(String setting, Function<String, Optional<String>> problem) {
        List<String> had = before.list(setting);
        return after.list(setting).stream()
                .filter(value -> !had.contains(value))
                .flatMap(value -> path(value).stream())
                .flatMap(path -> problem.apply(path).stream())
                .findFirst()
                .map(found -> "by " + setting.substring(setting.indexOf('.') + 1) + "=, " + found);
    }

    private Optional<String> directory() {
        return changed("Service.WorkingDirectory")
                .flatMap(UnitDemands::path)
                .filter(path -> !isMadeForIt(path))
                .flatMap(files::noDirectory)
                .map(found -> "by WorkingDirectory=, " + found);
    }

    /** Only of the first command it is certain that nothing of the unit has run before it. */
    private Optional<String> program() {
        List<String> commands = new ArrayList<>();
        COMMANDS.forEach(setting -> commands.addAll(after.list(setting)));
        if (commands.isEmpty()
                || COMMANDS.stream().anyMatch(setting -> before.list(setting).contains(commands.getFirst()))) {
            return Optional.empty();
        }
        return program(commands.getFirst())
                .flatMap(name ->
                        name.startsWith("/") ? files.notExecutable(name) : Optional.of(name + " is no absolute path"))
                .map(problem -> "of its program, " + problem);
    }

    /** Returns the program of a command line; empty where its failure is allowed, or which one it is cannot be told. */
    static Optional<String> program(String commandLine) {
        int at = 0;
        while (at < commandLine.length() && PREFIXES.indexOf(commandLine.charAt(at)) >= 0) {
            at++;
        }
        if (commandLine.substring(0, at).contains("-")) {
            return Optional.empty();
        }
        String rest = commandLine.substring(at).stripLeading();
        char quote = rest.isEmpty() ? ' ' : rest.charAt(0);
        boolean quoted = quote == '"' || quote == '\'';
        int end = quoted ? rest.indexOf(quote, 1) : rest.split("\\s", 2)[0].length();
        boolean goesOn = quoted && end >= 0 && end + 1 < rest.length() && !Character.isWhitespace(rest.charAt(end + 1));
        return end < 0 || goesOn
                ? Optional.empty()
                : Optional.of(rest.substring(quoted ? 1 : 0, end))
                        // A mere name is looked up; a path that is not absolute makes systemd ignore the command.
                        .filter(program -> program.contains("/"))
                        .flatMap(UnitDemands::literal);
    }

    /** Returns the path that a value is; empty where it has a flag before it, or something in it that systemd expands. */
    private static Optional<String> path(String value) {
        return Optional.of(value).filter(path -> path.startsWith("/")).flatMap(UnitDemands::literal);
    }

    private static Optional<String> literal(String value) {
        String plain = value.replace("%%", "\0");
        return plain.chars().noneMatch(c -> "%$\\\"'*?[".indexOf(c) >= 0)
                ? Optional.of(plain.replace('\0', '%'))
                : Optional.empty();
    }

    private boolean isMadeForIt(String path) {
        return MADE_FOR_IT.stream()
                        .anyMatch(name -> !after.list("Service." + name).isEmpty())
                && Stream.of("/run/", "/var/", "/etc/").anyMatch(path::startsWith);
    }
}
