package updater.app;

import java.util.List;

/** Start the updater from the command line. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new Program(Host.real()).run(List.of(args)));
    }
}
