package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.UpdateFailure;
import updater.api.service.Quotation;
import updater.api.service.ServiceContext;
import updater.processes.ProcessId;
import updater.processes.Processes;
import updater.processes.Shell;

/**
 * The run of an init script's {@code start} beside the updater, and how it went.
 *
 * <p>The daemon that a script starts inherits the script's output wherever the script does not redirect it. A pipe to
 * the updater would kill it at its next line once the updater is gone; a file would grow for as long as it lives. So
 * there is a pipe whose reader keeps the first 64 KiB, drops the rest, and lives as long as a process may write into
 * it: no longer than the script itself where it behaves.
 */
final class ScriptedStart {
    /** Arguments: file for the output, file for the exit code, command. The umask is the one that init has at boot. */
    private static final String SCRIPT = """
            umask 022
            out=$1
            code=$2
            shift 2
            { "$@" 2>&1; echo "$?" >"$code"; } | { head -c 65536 >"$out"; exec cat >/dev/null; }
            """;

    /** What init gives a script, and nothing of the updater's own. */
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C", "TERM", "dumb");

    private static final String OUTPUT = "start.out";
    private static final String EXIT_CODE = "start.exit";
    private static final Duration READING = Duration.ofMillis(500);

    private final ServiceContext context;
    private final Processes processes;
    private final Path output;
    private final Path exitCode;
    private Optional<ProcessId> shell = Optional.empty();
    private long startedAt;
    private OptionalLong endedAt = OptionalLong.empty();

    ScriptedStart(ServiceContext context, Processes processes) {
        this.context = context;
        this.processes = processes;
        this.output = output(context);
        this.exitCode = context.layout().state().resolve(EXIT_CODE);
    }

    /** Returns the file for a script's output; every shell that starts one has it as an argument. */
    static Path output(ServiceContext context) {
        return context.layout().state().resolve(OUTPUT);
    }

    /** Removes what the last start has written. Idempotent. */
    static void discard(ServiceContext context) throws IOException {
        context.files().delete(context.layout().state().resolve(EXIT_CODE));
        context.files().delete(context.layout().state().resolve(OUTPUT));
    }

    /** How far a start is. */
    sealed interface Progress {}

    /** This updater has started nothing. */
    record None() implements Progress {}

    record Running(Duration since) implements Progress {}

    /** @param since it was dispatched */
    record Ended(int exit, String said, Duration since) implements Progress {
        boolean succeeded() {
            return exit == 0;
        }
    }

    /** Returns the process that it has made for it; empty where that has ended already. */
    Optional<ProcessId> dispatch(List<String> command) throws UpdateFailure.Service {
        forget();
        Path sh = context.commands()
                .find(Shell.SHELLS)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "no init script runs without a shell: none of " + Shell.SHELLS + " is here", ""));
        List<String> argv =
                new ArrayList<>(List.of(sh.toString(), "-c", SCRIPT, "sh", output.toString(), exitCode.toString()));
        argv.addAll(command);
        Path root = output.toAbsolutePath().getRoot();
        long pid = context.commands().startDetached(argv, root == null ? output : root, ENVIRONMENT, Optional.empty());
        shell = processes.find(pid);
        startedAt = context.clock().nanos();
        endedAt = OptionalLong.empty();
        return shell;
    }

    Progress progress() throws UpdateFailure.Service {
        if (shell.isEmpty()) {
            return new None();
        }
        Duration since = context.clock().since(startedAt);
        Optional<String> code = read(exitCode).filter(text -> text.endsWith("\n"));
        if (code.isPresent()) {
            String number = code.get().strip();
            Ended ended = new Ended(number.matches("[0-9]{1,3}") ? Integer.parseInt(number) : -1, said(), since);
            return isComplete(ended) ? ended : new Running(since);
        }
        return processes.lives(shell.get()) ? new Running(since) : new Ended(-1, said(), since);
    }

    /** The reader of the pipe may be a moment behind the script; why that failed is worth the moment. */
    private boolean isComplete(Ended ended) {
        if (endedAt.isEmpty()) {
            endedAt = OptionalLong.of(context.clock().nanos());
        }
        return ended.succeeded()
                || !ended.said().isEmpty()
                || !processes.lives(shell.orElseThrow())
                || context.clock().passed(READING, endedAt.getAsLong());
    }

    private String said() throws UpdateFailure.Service {
        return Quotation.of(read(output).orElse(""));
    }

    /** Removes what the start has written. Idempotent. */
    void forget() throws UpdateFailure.Service {
        shell = Optional.empty();
        try {
            discard(context);
        } catch (IOException e) {
            throw failure("remove", e);
        }
    }

    private Optional<String> read(Path file) throws UpdateFailure.Service {
        try {
            return context.files().read(file).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw failure("read", e);
        }
    }

    private UpdateFailure.Service failure(String verb, IOException cause) {
        return new UpdateFailure.Service(
                "could not " + verb + " what the start of " + context.spec().name() + " has written, " + output + ": "
                        + cause,
                "The state directory must be writable for the updater",
                cause);
    }
}
