package updater.app.host;

import java.io.PrintStream;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import updater.json.Printable;

/**
 * One line on a terminal that says what is being done, and is written over again and again. It is driven by what happens, and
 * has no thread: what comes too soon after the last time is not shown. Colours are not used.
 */
final class LiveLine {
    private static final long PAUSE_NANOS = 200_000_000;

    /** What is longer would be broken by a narrow terminal, and could not be erased. */
    private static final int WIDTH = 79;

    private static final String ERASE = "\r\033[K";

    private final PrintStream terminal;
    private final LongSupplier nanos;
    private String phase = "";
    private long shownAt;
    private boolean shown;

    LiveLine(PrintStream terminal, LongSupplier nanos) {
        this.terminal = terminal;
        this.nanos = nanos;
    }

    /** Shows what begins, at once: it may be long before anything happens in it. */
    void begins(String name) {
        phase = name;
        show(name);
    }

    /** Shows what is going on, if it is time to show something. */
    void says(Supplier<String> what) {
        if (!shown || nanos.getAsLong() - shownAt >= PAUSE_NANOS) {
            show(phase.isEmpty() ? what.get() : phase + ": " + what.get());
        }
    }

    /** Removes the line, so that something else can be printed. */
    void erase() {
        if (shown) {
            terminal.print(ERASE);
            terminal.flush();
            shown = false;
        }
    }

    /** Removes the line, of what is over. */
    void ends() {
        phase = "";
        erase();
    }

    private void show(String text) {
        String line = Printable.text(text);
        terminal.print(ERASE + (line.length() > WIDTH ? line.substring(0, WIDTH) : line));
        terminal.flush();
        shownAt = nanos.getAsLong();
        shown = true;
    }
}
