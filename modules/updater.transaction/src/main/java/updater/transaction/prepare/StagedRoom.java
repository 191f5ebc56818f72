package updater.transaction.prepare;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Probe;
import updater.api.UpdateFailure;
import updater.processes.ProcessUser;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.UpdateContext;

/**
 * What a command of the new version is run in before that is installed: it sees the staged tree read-only, and has a temporary
 * directory of its own.
 *
 * @param prefix the words before the command
 * @param tree where it sees the staged tree, with a trailing separator
 */
record StagedRoom(List<String> prefix, String tree) {
    /** The program of util-linux that runs another one with mounts of its own. */
    private static final List<Path> UNSHARE = List.of(Path.of("/usr/bin/unshare"), Path.of("/bin/unshare"));

    private static final List<Path> SHELL = List.of(Path.of("/bin/sh"), Path.of("/usr/bin/sh"));
    private static final List<Path> PLACES = List.of(Path.of("/tmp"), Path.of("/mnt"), Path.of("/srv"));
    private static final Duration TRIAL = Duration.ofSeconds(5);

    /** Makes a room and becomes the command in it. What is mounted is gone when that ends. */
    private static final String SCRIPT = """
            room=$1; shift
            mount -t tmpfs -o mode=1777,nosuid,nodev updater-rehearsal "$room" &&
                mkdir "$room/staged" && mount --bind "$1" "$room/staged" &&
                mount -o remount,bind,ro,nosuid,nodev "$room/staged" && cd / || exit 125
            TMPDIR=$room; export TMPDIR
            shift; exec "$@"
            """;

    /**
     * Returns a room for the commands of a user.
     *
     * @return empty where this host lets the updater make none, and the user is another one, who may not enter the staged tree
     *     where it lies
     */
    static Optional<StagedRoom> of(UpdateContext context, AgentCommands commands, StagedTree staged, ProcessUser user) {
        Optional<StagedRoom> made = commands.privileged() ? made(context, commands, staged) : Optional.empty();
        return made.isPresent() || !commands.isOwn(user)
                ? made
                : Optional.of(new StagedRoom(List.of(), staged.root().display() + "/"));
    }

    /** Returns the words of a command, with the names that places have in here. */
    List<String> words(Probe.Command command, UpdateContext context) {
        return command.argv().stream()
                .map(word -> word.replace("[STAGED]", tree)
                        .replace("[INSTALLDIR]", context.layout().home() + "/"))
                .toList();
    }

    private static Optional<StagedRoom> made(UpdateContext context, AgentCommands commands, StagedTree staged) {
        Optional<Path> unshare = commands.commands().find(UNSHARE);
        Optional<Path> shell = commands.commands().find(SHELL);
        Path tree = staged.root().display();
        Optional<Path> place = PLACES.stream()
                .filter(each ->
                        !tree.startsWith(each) && !context.layout().home().startsWith(each))
                .findFirst();
        if (unshare.isEmpty() || shell.isEmpty() || place.isEmpty()) {
            return Optional.empty();
        }
        List<String> prefix = List.of(
                unshare.get().toString(),
                "--mount",
                shell.get().toString(),
                "-c",
                SCRIPT,
                "rehearsal",
                place.get().toString(),
                tree.toString());
        return makes(commands, prefix, shell.get())
                ? Optional.of(new StagedRoom(prefix, place.get() + "/staged/"))
                : Optional.empty();
    }

    private static boolean makes(AgentCommands commands, List<String> prefix, Path shell) {
        List<String> nothing = new ArrayList<>(prefix);
        nothing.addAll(List.of(shell.toString(), "-c", ":"));
        try {
            return commands.commands().run(nothing, TRIAL).succeeded();
        } catch (UpdateFailure.Service e) {
            return false;
        }
    }
}
