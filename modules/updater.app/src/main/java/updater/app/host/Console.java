package updater.app.host;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import updater.api.UpdateFailure;
import updater.json.Printable;
import updater.transaction.context.Progress;

/**
 * The console of the process that started the updater. Progress is for people only: without a terminal it is silent, and
 * the log has it all. A console that is closed or full changes nothing about an update.
 */
public final class Console implements Progress {
    private static final int NAME_WIDTH = 24;

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;

    /**
     * @param out the standard output; like {@code err} it swallows its errors, as {@link PrintStream}s do
     * @param terminal whether {@code out} is a terminal
     */
    public Console(PrintStream out, PrintStream err, boolean terminal) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /**
     * Returns whether a standard output described by {@code descriptor}, a link such as {@code /proc/self/fd/1}, is a
     * terminal. The null device is a character device too, and {@link System#console()} wants standard input to be a
     * terminal as well, so the name it links to decides. False where the host has no such links.
     */
    static boolean isTerminal(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    @Override
    public void phaseDone(String name, Duration took) {
        if (terminal) {
            line(out, String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s %8s", name, DurationText.of(took)));
        }
    }

    /** Prints a line of text that was asked for, terminal or not. */
    public void print(String line) {
        line(out, line);
    }

    /** Prints text of several lines that was asked for, as it is. */
    public void printText(String text) {
        out.print(text);
        out.flush();
    }

    /** Prints what failed and its code, and what to do about it. */
    public void failure(UpdateFailure failure) {
        String code = failure.code().map(known -> " [" + known.text() + "]").orElse("");
        failure(failure.getMessage() + code, failure.advice());
    }

    /**
     * Prints what failed, and what to do about it.
     *
     * @param advice empty when there is nothing to say
     */
    public void failure(String message, String advice) {
        line(err, "updater: " + message);
        if (!advice.isEmpty()) {
            line(err, "         " + advice);
        }
    }

    private static void line(PrintStream stream, String text) {
        stream.print(Printable.text(text) + "\n");
        stream.flush();
    }
}
