package updater.service.macos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.api.service.Commands.Result;
import updater.api.service.Quotation;

/** The connection to launchd. One call is one process. */
record Launchctl(Commands commands, List<Path> candidates) {
    /** Longer than any healthy answer: launchd answers from memory. */
    static final Duration ANSWER = Duration.ofSeconds(20);

    private static final Pattern FAILED = Pattern.compile("failed: (\\d+)(?::|\\s|$)");

    Launchctl(Commands commands, Path root) {
        this(commands, candidates(root));
    }

    static List<Path> candidates(Path root) {
        return List.of(root.resolve("bin/launchctl"));
    }

    /** Runs to the end, whatever its exit code. */
    Result run(Duration bound, String... arguments) throws UpdateFailure.Service {
        List<String> argv = new ArrayList<>();
        argv.add(executable().toString());
        argv.addAll(List.of(arguments));
        try {
            return commands.run(argv, bound);
        } catch (UpdateFailure.Service e) {
            throw new UpdateFailure.Service(
                    "launchctl " + String.join(" ", arguments) + " did not end: " + e.getMessage(),
                    "Check that launchd itself still answers: launchctl print-disabled system",
                    e);
        }
    }

    Path executable() throws UpdateFailure.Service {
        return commands.find(candidates)
                .orElseThrow(() -> new UpdateFailure.Service(
                        "launchctl is missing: looked for " + candidates, "It is part of macOS: repair the system"));
    }

    /**
     * Returns launchd's error number. Newer versions end with it; older ones end with 1 and only print it, as in
     * {@code Bootstrap failed: 5: Input/output error}.
     */
    static int error(Result result) {
        Matcher printed = FAILED.matcher(result.err());
        return result.succeeded() || !printed.find() ? result.exit() : Integer.parseInt(printed.group(1));
    }

    /** Returns whether this launchctl is older than the subcommand: {@code bootout} came with OS X 10.11. */
    static boolean unknownSubcommand(Result result) {
        String said = (result.err() + result.out()).toLowerCase(Locale.ROOT);
        return !result.succeeded() && (said.contains("unrecognized subcommand") || said.contains("unknown subcommand"));
    }

    /** @param attempt what was tried, as {@code could not …} */
    static UpdateFailure.Service failure(String attempt, String subcommand, Result result, String advice) {
        String said = oneLine(result);
        return new UpdateFailure.Service(
                attempt + ": launchctl " + subcommand + " ended with " + result.exit()
                        + (said.isEmpty() ? "" : ": " + said),
                advice);
    }

    /** Returns what a command said as part of a sentence. */
    static String oneLine(Result result) {
        String said = result.err().isBlank() ? result.out() : result.err();
        // It is said of every error, also when root asks.
        List<String> lines = said.lines()
                .filter(line -> !line.strip().startsWith("Try re-running the command as root"))
                .toList();
        return Quotation.of(String.join("\n", lines));
    }

    static String seeLog(String label) {
        return "See: launchctl print system/" + label
                + "; log show --last 5m --predicate 'process == \"launchd\" AND eventMessage CONTAINS \"" + label
                + "\"'";
    }
}
