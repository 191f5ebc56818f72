package updater.transaction.context;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import updater.api.Probe;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.VendorCommands;
import updater.api.service.Commands;
import updater.api.service.Quotation;
import updater.json.Printable;
import updater.state.journal.JournalRecord.Begin;

/**
 * The vendor's hooks, run as the updater's own user. They lie in the runtime that this process runs from, which is its own copy
 * of the bundle's: nobody else can have changed them since the bundle was believed. A recovery runs those again that an updater
 * which died may have run.
 */
public record Hooks(UpdateContext context, Invocation invocation, EventLog log) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\[(INSTALLDIR|FROM|TO)\\]");
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}");

    /**
     * Checks that each hook can be run.
     *
     * @param runtime that the hooks are part of
     * @throws UpdateFailure.Refused when the bundle has not brought one
     */
    public void requireIn(Path runtime) throws UpdateFailure.Refused {
        VendorCommands commands = context.product().terms().commands();
        List<Probe.Command> all = Stream.of(commands.beforeStop(), commands.afterStart(), commands.afterRollback())
                .flatMap(List::stream)
                .toList();
        for (Probe.Command hook : all) {
            Path program = program(runtime, hook);
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
     * @param patience how long the agent that launched this updater waits for all of them; empty where none does
     * @param must whether each has to succeed: nothing that a failed version asks for keeps it from being taken back
     * @return which failed and how, where none must succeed
     * @throws UpdateFailure.Refused when one fails that must succeed; the others are not run then
     */
    public List<String> beforeStop(Begin begin, Optional<Duration> patience, boolean must)
            throws UpdateFailure.Refused {
        long start = context.clock().nanos();
        List<String> failures = new ArrayList<>();
        for (Probe.Command hook : context.product().terms().commands().beforeStop()) {
            Duration left = patience.map(all -> all.minus(context.clock().since(start)))
                    .filter(rest -> rest.compareTo(hook.bound()) < 0)
                    .orElse(hook.bound());
            Optional<String> failure = left.isPositive()
                    ? failure(hook, begin, left)
                    : Optional.of(shown(hook) + "no time is left of what the agent waits for its updater");
            if (failure.isPresent() && must) {
                throw new UpdateFailure.Refused(
                        RefusalCode.HOOK_FAILED,
                        "a hook of the vendor does not let the agent be stopped now, " + failure.get(),
                        "Do what it asks for, and start the update again; the agent was not stopped");
            }
            failure.ifPresent(said -> note(said, failures));
        }
        return failures;
    }

    /** Returns whether any hook comes with an outcome. */
    public boolean comeWith(UpdateResult outcome) {
        return !with(outcome).isEmpty();
    }

    private List<Probe.Command> with(UpdateResult outcome) {
        return switch (outcome.kind()) {
            case UPDATED ->
                outcome.activeAfter() ? context.product().terms().commands().afterStart() : List.of();
            case ROLLED_BACK -> context.product().terms().commands().afterRollback();
            case UNCHANGED, ROLLBACK_INCOMPLETE, REFUSED, ABORTED, SUPERSEDED -> List.of();
        };
    }

    private void note(String failure, List<String> failures) {
        log.warning("a hook failed", "hook", failure);
        failures.add("a hook of the vendor failed, " + failure);
    }

    /** Runs the hooks that come with an outcome, all of them, and returns which failed and how. */
    public List<String> after(UpdateResult outcome, Begin begin) {
        List<String> failures = new ArrayList<>();
        for (Probe.Command hook : with(outcome)) {
            failure(hook, begin, hook.bound()).ifPresent(failure -> note(failure, failures));
        }
        return failures;
    }

    /** Returns how a hook failed; empty when it succeeded. */
    private Optional<String> failure(Probe.Command hook, Begin begin, Duration bound) {
        String shown = shown(hook);
        long start = context.clock().nanos();
        try {
            Commands.Result result = invocation.runtime().commands().run(words(hook, begin), bound);
            Duration took = context.clock().since(start);
            log.info("ran a hook", "hook", shown, "exit", result.exit(), "took", took);
            if (result.succeeded()) {
                return Optional.empty();
            }
            String said = Printable.text(Quotation.ofAll(result));
            return Optional.of(shown + "it ended with " + result.exit() + (said.isEmpty() ? "" : ": " + said));
        } catch (UpdateFailure.Service e) {
            return Optional.of(shown + e.getMessage());
        }
    }

    private static String shown(Probe.Command hook) {
        return "'" + Printable.text(Quotation.ofCommand(hook.argv())) + "': ";
    }

    private List<String> words(Probe.Command hook, Begin begin) {
        List<String> words = new ArrayList<>(
                List.of(program(invocation.runtime().javaHome(), hook).toString()));
        for (String word : hook.argv().subList(1, hook.argv().size())) {
            words.add(PLACEHOLDER
                    .matcher(word)
                    .replaceAll(found -> Matcher.quoteReplacement(
                            switch (found.group(1)) {
                                case "FROM" -> version(begin.versions().from());
                                case "TO" -> version(begin.versions().to());
                                default -> context.layout().home() + "/";
                            })));
        }
        return words;
    }

    /** The agent writes its versions itself, and is not to tell root's programs what to do. */
    private static String version(String said) {
        return VERSION.matcher(said).matches() ? said : "";
    }

    private static Path program(Path runtime, Probe.Command hook) {
        return runtime.resolve(VendorCommands.HOOKS_DIRECTORY)
                .resolve(hook.argv().getFirst().substring(VendorCommands.HOOKS.length()));
    }
}
