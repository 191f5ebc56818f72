package updater.app;

import java.util.List;
import updater.app.host.Host;

/** The start of the updater from the command line. */
public final class Main {
    private Main() {}

    /**
     * Runs one command and ends the process with its exit code, at once: {@code System.exit} first wakes the logging
     * system to ask whether it should log that, which takes a third of the time of a {@code --version}. Nothing here
     * has a shutdown hook.
     */
    public static void main(String[] args) {
        Runtime.getRuntime().halt(run(args));
    }

    /** An end by an error that nothing caught would be exit code 1, which says that everything was rolled back. */
    private static int run(String[] args) {
        try {
            return new Program(Host.real()).run(List.of(args));
        } catch (RuntimeException | Error e) {
            return ExitCode.INCOMPLETE.number();
        }
    }
}
