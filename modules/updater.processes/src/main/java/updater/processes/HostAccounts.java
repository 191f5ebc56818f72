package updater.processes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/** The users and groups of the host, as its own commands look them up: they may be in a directory of the network. */
public record HostAccounts(Commands commands) {
    private static final List<Path> GETENT = List.of(Path.of("/usr/bin/getent"), Path.of("/bin/getent"));
    /** That of macOS, which has nothing to say of a name that it does not know. */
    private static final List<Path> DIRECTORY_CACHE = List.of(Path.of("/usr/bin/dscacheutil"));

    private static final List<Path> ID = List.of(Path.of("/usr/bin/id"), Path.of("/bin/id"));
    private static final Duration ANSWER = Duration.ofSeconds(5);

    /** getent(1): one or more supplied keys could not be found. */
    private static final int NOT_FOUND = 2;

    /** Returns whether it is certain that the host has no user of this name. */
    public boolean isNoUser(String name) {
        return isMissing("passwd", name);
    }

    /** Returns whether it is certain that the host has no group of this name. */
    public boolean isNoGroup(String name) {
        return isMissing("group", name);
    }

    private boolean isMissing(String database, String name) {
        if (commands.find(GETENT).isEmpty()) {
            return run(
                            DIRECTORY_CACHE,
                            List.of("-q", database.equals("passwd") ? "user" : database, "-a", "name", name))
                    .filter(result -> result.succeeded()
                            && result.out().isBlank()
                            && result.err().isBlank())
                    .isPresent();
        }
        return run(GETENT, List.of(database, name))
                .filter(result -> result.exit() == NOT_FOUND)
                .isPresent();
    }

    /** Returns the name of a user's own group; empty where it cannot be told. */
    public Optional<String> groupOf(String user) {
        return run(ID, List.of("-gn", user))
                .filter(Commands.Result::succeeded)
                .map(result -> result.out().strip())
                .filter(name -> !name.isEmpty() && name.lines().count() == 1);
    }

    private Optional<Commands.Result> run(List<Path> command, List<String> arguments) {
        Optional<Path> program = commands.find(command);
        if (program.isEmpty() || arguments.getLast().startsWith("-")) {
            return Optional.empty();
        }
        try {
            return Optional.of(commands.run(
                    Stream.concat(Stream.of(program.get().toString()), arguments.stream())
                            .toList(),
                    ANSWER));
        } catch (UpdateFailure.Service e) {
            return Optional.empty();
        }
    }
}
