package updater.transaction.prepare;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Probe;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.ServiceState;
import updater.json.Printable;
import updater.processes.ProcessUser;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.UpdateContext;

/**
 * The rehearsal of a new version while the old agent runs: the commands that the product names must succeed on the staged
 * tree. They run as the agent's user, see the tree read-only, and have a temporary directory of their own.
 */
record Rehearsal(UpdateContext context, AgentCommands commands, StagedTree staged) {
    /** The program of util-linux that runs another one with mounts of its own. */
    private static final List<Path> UNSHARE = List.of(Path.of("/usr/bin/unshare"), Path.of("/bin/unshare"));

    private static final List<Path> SHELL = List.of(Path.of("/bin/sh"), Path.of("/usr/bin/sh"));
    private static final List<Path> PLACES = List.of(Path.of("/tmp"), Path.of("/mnt"), Path.of("/srv"));
    private static final Duration TRIAL = Duration.ofSeconds(5);
    private static final String LEFT_OUT = "the rehearsal of the new version was left out: ";
    private static final int MOST_OUTPUT = 600;

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
     * What a command is run in.
     *
     * @param prefix the words before it
     * @param tree where it sees the staged tree, with a trailing separator
     */
    private record Room(List<String> prefix, String tree) {}

    /**
     * Rehearses.
     *
     * @return why there was no rehearsal although the product asks for one; empty when it succeeded
     * @throws UpdateFailure.Refused when the new version has failed it
     */
    Optional<String> run() throws UpdateFailure {
        if (context.product().commands().rehearsal().isEmpty()) {
            return Optional.empty();
        }
        ServiceState state = context.service().state();
        Optional<ProcessUser> user = state.processes().stream().findFirst().flatMap(ProcessUser::of);
        if (user.isEmpty()) {
            return Optional.of(LEFT_OUT + "the agent does not run, so that it cannot be told as which user");
        }
        Optional<Room> room = commands.privileged() ? room() : Optional.empty();
        if (room.isEmpty() && !commands.isOwn(user.get())) {
            return Optional.of(
                    LEFT_OUT + "this host lets the updater mount nothing, and the agent's user may not enter the"
                            + " staged tree where it lies");
        }
        Room in = room.orElse(new Room(List.of(), staged.root().display() + "/"));
        for (Probe.Command command : context.product().commands().rehearsal()) {
            rehearse(command, user, in);
        }
        return Optional.empty();
    }

    private void rehearse(Probe.Command command, Optional<ProcessUser> user, Room room) throws UpdateFailure.Refused {
        String shown = "'" + Printable.text(String.join(" ", command.argv())) + "'";
        Commands.Result result;
        try {
            result = commands.run(room.prefix(), user, argv(command, room), command.bound());
        } catch (UpdateFailure.Service e) {
            throw refused(shown + " failed: " + e.getMessage());
        }
        if (!result.succeeded()) {
            String output = (result.out() + result.err()).strip();
            String end = Printable.text(output.substring(Math.max(0, output.length() - MOST_OUTPUT)));
            throw refused(shown + " ended with " + result.exit() + (end.isEmpty() ? "" : ": " + end));
        }
    }

    private static UpdateFailure.Refused refused(String what) {
        return new UpdateFailure.Refused(
                RefusalCode.REHEARSAL_FAILED,
                "the new version failed its rehearsal, " + what,
                "Mend what it complains of, or get another bundle; the agent was not stopped");
    }

    private List<String> argv(Probe.Command command, Room room) {
        return command.argv().stream()
                .map(word -> word.replace("[STAGED]", room.tree())
                        .replace("[INSTALLDIR]", context.layout().home() + "/"))
                .toList();
    }

    /** Returns a room with mounts of its own; empty where this host lets nobody make one. */
    private Optional<Room> room() {
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
        return makes(prefix, shell.get()) ? Optional.of(new Room(prefix, place.get() + "/staged/")) : Optional.empty();
    }

    private boolean makes(List<String> prefix, Path shell) {
        List<String> nothing = new ArrayList<>(prefix);
        nothing.addAll(List.of(shell.toString(), "-c", ":"));
        try {
            return commands.commands().run(nothing, TRIAL).succeeded();
        } catch (UpdateFailure.Service e) {
            return false;
        }
    }
}
