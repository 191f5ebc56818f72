package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Probe;
import updater.api.Stat;
import updater.api.UpdateFailure;
import updater.fs.DirectoryChain;
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
record StagedSandbox(List<String> prefix, String tree) {
    /** The program of util-linux that runs another one with mounts of its own. */
    private static final List<Path> UNSHARE = List.of(Path.of("/usr/bin/unshare"), Path.of("/bin/unshare"));

    private static final List<Path> SHELL = List.of(Path.of("/bin/sh"), Path.of("/usr/bin/sh"));
    private static final List<Path> PLACES = List.of(Path.of("/tmp"), Path.of("/mnt"), Path.of("/srv"));
    private static final Duration TRIAL = Duration.ofSeconds(5);

    /**
     * Makes a sandbox and becomes the command in it. What is mounted is gone when that ends. Who owns home can put a
     * link in the tree's place, to a directory that he may not reach: so what was mounted has to be the tree, by device
     * and inode.
     */
    private static final String SCRIPT = """
            room=$1; tree=$2; inode=$3; shift 3
            mount -t tmpfs -o mode=1777,nosuid,nodev updater-rehearsal "$room" &&
                mkdir "$room/staged" && mount --bind "$tree" "$room/staged" &&
                mount -o remount,bind,ro,nosuid,nodev "$room/staged" && cd / || exit 125
            if [ "$(stat -c %d:%i "$room/staged")" != "$inode" ]; then
                echo "something else lies at $tree now" >&2
                exit 125
            fi
            TMPDIR=$room; export TMPDIR
            exec "$@"
            """;

    /**
     * Returns a sandbox for the commands of a user.
     *
     * @return empty where this host lets the updater make none, and the user is another one, who may not enter the staged tree
     *     where it lies
     */
    static Optional<StagedSandbox> of(
            UpdateContext context, AgentCommands commands, StagedTree staged, ProcessUser user) throws IOException {
        Optional<StagedSandbox> made = commands.privileged() ? made(context, commands, staged) : Optional.empty();
        return made.isPresent() || !commands.isOwn(user)
                ? made
                : Optional.of(new StagedSandbox(List.of(), staged.root().display() + "/"));
    }

    /** Returns the words of a command, with the names that places have in here. */
    List<String> words(Probe.Command command, UpdateContext context) {
        return command.argv().stream()
                .map(word -> word.replace("[STAGED]", tree)
                        .replace("[INSTALLDIR]", context.layout().home() + "/"))
                .toList();
    }

    private static Optional<StagedSandbox> made(UpdateContext context, AgentCommands commands, StagedTree staged)
            throws IOException {
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
                tree.toString(),
                inode(context, staged));
        return makes(commands, prefix, shell.get())
                ? Optional.of(new StagedSandbox(prefix, place.get() + "/staged/"))
                : Optional.empty();
    }

    private static String inode(UpdateContext context, StagedTree staged) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Stat stat = opened.directory(staged.root().anchor(), staged.root().path())
                    .self();
            return stat.device() + ":" + stat.inode();
        }
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
