package updater.transaction.context;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.processes.ProcessUser;

/**
 * Commands that a product names, run as the agent's own user: what they run may be the agent's to change. None of them gets
 * more than that user has; no program with set-ID bits gives it back.
 *
 * @param ownUser the updater's own numeric user
 */
public record AgentCommands(Commands commands, long ownUser) {
    /** The program of util-linux that becomes somebody else and then another program. */
    private static final List<Path> SETPRIV = List.of(Path.of("/usr/bin/setpriv"), Path.of("/bin/setpriv"));

    /**
     * Runs a command to its end.
     *
     * @param prefix the words that make something ready for it, run as the updater's own user; they end in running it
     * @param user whose it is to be; empty when that cannot be told
     * @param argv the command, by absolute path, and its arguments
     * @param bound after this long it is killed and the call fails
     * @throws UpdateFailure.Service when it cannot be run as that user, or does not end in time
     */
    public Commands.Result run(List<String> prefix, Optional<ProcessUser> user, List<String> argv, Duration bound)
            throws UpdateFailure.Service {
        if (user.isEmpty()) {
            throw new UpdateFailure.Service(
                    "it cannot be told as which user '" + String.join(" ", argv) + "' is to be run", "");
        }
        List<String> words = new ArrayList<>(prefix);
        if (isOwn(user.get())) {
            words.addAll(argv);
            return commands.run(words, bound);
        }
        Optional<Path> setpriv = commands.find(SETPRIV);
        if (setpriv.isEmpty()) {
            throw new UpdateFailure.Service(
                    "there is no setpriv on this host, with which '" + String.join(" ", argv)
                            + "' could be run as the agent's user",
                    "Install util-linux");
        }
        words.addAll(List.of(
                setpriv.get().toString(),
                "--reuid=" + user.get().user(),
                "--regid=" + user.get().group(),
                user.get().groups().isEmpty()
                        ? "--clear-groups"
                        : "--groups=" + list(user.get().groups()),
                "--no-new-privs",
                "--inh-caps=-all",
                "--"));
        words.addAll(argv);
        return commands.run(words, bound);
    }

    /** Returns whether the updater itself is that user. */
    public boolean isOwn(ProcessUser user) {
        return user.user() == ownUser;
    }

    /** Returns whether the updater is root. */
    public boolean privileged() {
        return ownUser == 0;
    }

    private static String list(List<Long> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
