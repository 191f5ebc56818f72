package updater.transaction.context;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import updater.api.Probe;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.VendorCommands;
import updater.api.service.Commands;
import updater.json.Printable;
import updater.state.journal.JournalRecord.Begin;

/**
 * The vendor's hooks, run as the updater's own user. They lie in the runtime that this process runs from, which is its own copy
 * of the bundle's: nobody else can have changed them since the bundle was believed. A recovery runs those again that an updater
 * which died may have run.
 */
public record Hooks(UpdateContext context, Invocation invocation, EventLog log) {
    private static final int MOST_OUTPUT = 600;

    /**
     * Checks that each hook can be run.
     *
     * @throws UpdateFailure.Refused when the bundle has not brought one
     */
    public void requireThere() throws UpdateFailure.Refused {
        VendorCommands commands = context.product().commands();
        List<Probe.Command> all = Stream.of(commands.beforeStop(), commands.afterStart(), commands.afterRollback())
                .flatMap(List::stream)
                .toList();
        for (Probe.Command hook : all) {
            Path program = program(hook);
            if (!Files.isRegularFile(program, LinkOption.NOFOLLOW_LINKS) || !Files.isExecutable(program)) {
                throw new UpdateFailure.Refused(
                        RefusalCode.HOOK_MISSING,
                        "the product descriptor names the hook " + hook.argv().getFirst() + ", and " + program
                                + " is no program",
                        "Get another bundle: 'packaging/bundle' builds none that lacks a hook");
            }
        }
    }

    /**
     * Runs the hooks before the stop.
     *
     * @throws UpdateFailure.Refused when one fails; the others are not run then
     */
    public void beforeStop(Begin begin) throws UpdateFailure.Refused {
        for (Probe.Command hook : context.product().commands().beforeStop()) {
            Optional<String> failure = failure(hook, begin);
            if (failure.isPresent()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.HOOK_FAILED,
                        "a hook of the vendor does not let the agent be stopped now, " + failure.get(),
                        "Do what it asks for, and start the update again; the agent was not stopped");
            }
        }
    }

    /** Runs the hooks that come with an outcome, all of them, and returns which failed and how. */
    public List<String> after(UpdateResult outcome, Begin begin) {
        List<Probe.Command> hooks = switch (outcome.kind()) {
            case UPDATED -> outcome.activeAfter() ? context.product().commands().afterStart() : List.of();
            case ROLLED_BACK -> context.product().commands().afterRollback();
            case UNCHANGED, ROLLBACK_INCOMPLETE, REFUSED, ABORTED, SUPERSEDED -> List.of();
        };
        List<String> failures = new ArrayList<>();
        for (Probe.Command hook : hooks) {
            failure(hook, begin).ifPresent(failure -> {
                log.warning("a hook failed", "hook", failure);
                failures.add("a hook of the vendor failed, " + failure);
            });
        }
        return failures;
    }

    /** Returns how a hook failed; empty when it succeeded. */
    private Optional<String> failure(Probe.Command hook, Begin begin) {
        String shown = "'" + Printable.text(String.join(" ", hook.argv())) + "': ";
        long start = context.clock().nanos();
        try {
            Commands.Result result = invocation.runtime().commands().run(words(hook, begin), hook.bound());
            Duration took = context.clock().since(start);
            log.info("ran a hook", "hook", shown, "exit", result.exit(), "took", took);
            if (result.succeeded()) {
                return Optional.empty();
            }
            String output = (result.out() + result.err()).strip();
            String end = Printable.text(output.substring(Math.max(0, output.length() - MOST_OUTPUT)));
            return Optional.of(shown + "it ended with " + result.exit() + (end.isEmpty() ? "" : ": " + end));
        } catch (UpdateFailure.Service e) {
            return Optional.of(shown + e.getMessage());
        }
    }

    private List<String> words(Probe.Command hook, Begin begin) {
        List<String> words = new ArrayList<>(List.of(program(hook).toString()));
        hook.argv().stream()
                .skip(1)
                .map(word -> word.replace("[INSTALLDIR]", context.layout().home() + "/")
                        .replace("[FROM]", begin.fromVersion())
                        .replace("[TO]", begin.toVersion()))
                .forEach(words::add);
        return words;
    }

    private Path program(Probe.Command hook) {
        return invocation
                .runtime()
                .javaHome()
                .resolve(VendorCommands.HOOKS_DIRECTORY)
                .resolve(hook.argv().getFirst().substring(VendorCommands.HOOKS.length()));
    }
}
