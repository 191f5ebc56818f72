package updater.packaging;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * What the preloaded library of {@code src/test/c/faults.c} does in a virtual machine; its head describes the modes.
 *
 * @param at number of an operation, from 1
 * @param errno of Linux; 0 where none is asked for
 * @param pattern part of operations' names; a dash where none is asked for
 */
record Fault(Mode mode, int at, int errno, String pattern) {

    static final Fault NONE = of(Mode.OFF, 0);
    static final Fault RECORDED = of(Mode.RECORD, 0);

    private static final Duration COMPILING = Duration.ofMinutes(1);

    enum Mode {
        OFF,
        RECORD,
        KILL_BEFORE,
        KILL_AFTER,
        HALF,
        FAIL,
        FAIL_STICKY,
        PRETEND,
        PAUSE
    }

    static Fault of(Mode mode, int at) {
        return new Fault(mode, at, 0, "-");
    }

    static Fault failing(Mode mode, int at, int errno) {
        return new Fault(mode, at, errno, "-");
    }

    /** Every operation of this kind is reported as done and left out: a planted bug. */
    static Fault pretending(String pattern) {
        return new Fault(Mode.PRETEND, 0, 0, pattern);
    }

    /** One operation of this kind is reported as done and left out: its failure goes unnoticed. */
    static Fault pretending(String pattern, int at) {
        return new Fault(Mode.PRETEND, at, 0, pattern);
    }

    String line() {
        return mode.name().toLowerCase(Locale.ROOT).replace('_', '-') + " " + at + " " + errno + " " + pattern + "\n";
    }

    /** Compiles the library. */
    static Path compile(Path library) {
        Path source = Path.of(System.getProperty("basedir", ""))
                .resolve("src/test/c/faults.c")
                .toAbsolutePath();
        Command.run(COMPILING, "gcc", "-O1", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                .ok();
        return library;
    }
}
