package updater.app.host;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.json.Printable;
import updater.transaction.context.Progress;

/**
 * The console of the process that started the updater. Progress is for people only: without a terminal it is silent, and
 * the log has it all. A console that is closed or full changes nothing about an update.
 */
public final class Console implements Progress {
    private static final int NAME_WIDTH = 24;
    private static final double MEGABYTE = 1e6;

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private final Optional<LiveLine> live;

    /**
     * @param out the standard output; like {@code err} it swallows its errors, as {@link PrintStream}s do
     * @param terminal whether {@code out} is a terminal
     */
    public Console(PrintStream out, PrintStream err, boolean terminal) {
        this(out, err, terminal, Optional.empty());
    }

    /** @param live where what is being done is shown; empty where nobody could see it, or it could not be erased */
    Console(PrintStream out, PrintStream err, boolean terminal, Optional<LiveLine> live) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.live = live;
    }

    /** Returns that of this process. */
    static Console ofThisProcess() {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out));
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err));
        boolean terminal = isTerminal(Path.of("/proc/self/fd/1"));
        String kind = Optional.ofNullable(System.getenv("TERM")).orElse("");
        boolean erases = !kind.isEmpty() && !kind.equals("dumb");
        Optional<PrintStream> seen =
                terminal ? Optional.of(out) : Optional.of(err).filter(stream -> isTerminal(Path.of("/proc/self/fd/2")));
        return new Console(
                out, err, terminal, seen.filter(stream -> erases).map(to -> new LiveLine(to, System::nanoTime)));
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
    public void phaseBegins(String name) {
        live.ifPresent(line -> line.begins(name));
    }

    @Override
    public void filesDone(long done, long all) {
        live.ifPresent(line -> line.says(() -> all == 0 ? done + " files" : done + " of " + all + " files"));
    }

    @Override
    public void bytesDone(long done, long all) {
        live.ifPresent(line -> line.says(
                () -> all == 0 ? megabytes(done) + " MB" : megabytes(done) + " of " + megabytes(all) + " MB"));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / MEGABYTE);
    }

    @Override
    public void waits(String what, Duration waited, Duration most) {
        live.ifPresent(line -> line.says(
                () -> "waiting for " + what + ", " + waited.toSeconds() + " s of " + most.toSeconds() + " s"));
    }

    /** Removes what is shown of something that is not over yet. */
    public void settle() {
        live.ifPresent(LiveLine::ends);
    }

    @Override
    public void phaseDone(String name, Duration took) {
        settle();
        if (terminal) {
            line(out, String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s %8s", name, DurationText.of(took)));
        }
    }

    /** Returns whether a person reads what is printed. */
    public boolean isTerminal() {
        return terminal;
    }

    /** Prints a line of text that was asked for, terminal or not. */
    public void print(String line) {
        line(out, line);
    }

    /** Prints text of several lines that was asked for, as it is. */
    public void printText(String text) {
        live.ifPresent(LiveLine::erase);
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
        failure(message, advice.isEmpty() ? List.of() : List.of(advice));
    }

    /** Prints what failed, and what else there is to say, each on a line of its own. */
    public void failure(String message, List<String> more) {
        line(err, "updater: " + message);
        more.forEach(text -> line(err, "         " + text));
    }

    private void line(PrintStream stream, String text) {
        live.ifPresent(LiveLine::erase);
        stream.print(Printable.text(text) + "\n");
        stream.flush();
    }
}
