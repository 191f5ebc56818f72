package updater.transaction.context;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.ServiceState;
import updater.fs.Directory;
import updater.processes.ProcessUser;

/**
 * Commands that a product names, run as the agent's own user: what they run may be the agent's to change. None of them gets
 * more than that user has; no program with set-ID bits gives it back. They are in a session of their own: one that has the
 * terminal of root's shell can put words into that (TIOCSTI in ioctl_tty(2)).
 *
 * @param ownUser the updater's own numeric user
 */
public record AgentCommands(Commands commands, long ownUser) {
    /** The program of util-linux that becomes somebody else and then another program. */
    private static final List<Path> SETPRIV = List.of(Path.of("/usr/bin/setpriv"), Path.of("/bin/setpriv"));

    /** The program of util-linux that begins a session and becomes another program. */
    private static final List<Path> SETSID = List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));

    /**
     * Runs a command to its end.
     *
     * @param prefix the words that make something ready for it, run as the updater's own user; they end in running it
     * @param user whose it is to be
     * @param argv the command, by absolute path, and its arguments
     * @param bound after this long it is killed and the call fails
     * @throws UpdateFailure.Service when it cannot be run as that user, or does not end in time
     */
    public Commands.Result run(List<String> prefix, ProcessUser user, List<String> argv, Duration bound)
            throws UpdateFailure.Service {
        List<String> words = new ArrayList<>(prefix);
        if (isOwn(user)) {
            words.addAll(argv);
            return commands.run(words, bound);
        }
        words.add(program(SETSID, argv));
        words.addAll(List.of(
                program(SETPRIV, argv),
                "--reuid=" + user.user(),
                "--regid=" + user.group(),
                user.groups().isEmpty() ? "--clear-groups" : "--groups=" + list(user.groups()),
                "--no-new-privs",
                "--inh-caps=-all",
                "--"));
        words.addAll(argv);
        return commands.run(words, bound);
    }

    private String program(List<Path> candidates, List<String> argv) throws UpdateFailure.Service {
        return commands.find(candidates)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "there is no " + candidates.getFirst().getFileName() + " on this host, with which '"
                                + String.join(" ", argv) + "' could be run as the agent's user",
                        "Install util-linux"))
                .toString();
    }

    /**
     * Returns the agent's user: whom its main process acts for. The agent can become another program, also one with set-ID
     * bits, and may write its own pid file. So what its process acts for is held against what the service manager says, and
     * without that against whose home is.
     *
     * @param state of a service that may not run
     * @throws UpdateFailure.Service when that cannot be told, or contradicts the rest
     */
    public ProcessUser agent(UpdateContext context, ServiceState state) throws UpdateFailure.Service {
        Optional<Long> pid = state.processes().stream().findFirst();
        Optional<ProcessUser> found = pid.flatMap(ProcessUser::of);
        if (pid.isEmpty() || found.isEmpty()) {
            throw untold("the agent does not run", "Start the agent, and then the update again");
        }
        if (privileged()) {
            requireBelievable(context, pid.get(), found.get().user());
        }
        return found.get();
    }

    private static void requireBelievable(UpdateContext context, long pid, long user) throws UpdateFailure.Service {
        String process = "process " + pid + " of " + context.serviceName();
        Optional<Long> defined = context.service().user();
        if (defined.isPresent() && defined.get() != 0) {
            if (defined.get() != user) {
                throw untold(
                        process + " acts for user " + user + ", and the service is defined to run as user "
                                + defined.get(),
                        "Look at what it runs");
            }
            return;
        }
        if (ProcessUser.runsSetIdProgram(pid)) {
            throw untold(process + " runs a program with set-ID bits", "Look at what it runs");
        }
        if (defined.isEmpty()) {
            long owner = owner(context);
            if (owner != 0 && owner != user) {
                throw untold(
                        process + " acts for user " + user + ", and "
                                + context.layout().home() + " belongs to user " + owner,
                        "Give home to the agent's user");
            }
        }
    }

    private static long owner(UpdateContext context) throws UpdateFailure.Service {
        try (Directory home = context.disk().open(context.layout().home())) {
            return home.self().uid();
        } catch (IOException e) {
            throw untold("it cannot be told whose home is: " + Reason.at(e), "");
        }
    }

    private static UpdateFailure.Service untold(String because, String advice) {
        return new UpdateFailure.Service(
                because + ", so that it cannot be told as which user to run a command", advice);
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
