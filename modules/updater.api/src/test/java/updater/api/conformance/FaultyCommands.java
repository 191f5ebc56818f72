package updater.api.conformance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.api.service.Commands;

/** Commands of which some do not do what they should, by their number. */
public final class FaultyCommands implements Commands {
    /** What becomes of a command. */
    public enum Fault {
        /** It fails, and has done nothing. */
        FAILS,
        /** It fails although it has done what was asked. */
        WORKS_AND_FAILS,
        /** It does not end until its bound has passed, and has done nothing. */
        HANGS,
        /** It does not end until its bound has passed, and what was asked was done. */
        WORKS_AND_HANGS,
        /** It succeeds, has done what was asked, and says what nobody can read. */
        GARBAGE,
        /** It succeeds, has done what was asked, and says nothing. */
        SILENT
    }

    private static final String NOISE =
            "\u0000\u001b[2J=\n\n[Service\nActiveState\nMainPID=99999999999999999999\nId==\n";

    private final Commands next;
    private final Ticker clock;
    private final Fault fault;
    private final int from;
    private final int until;
    private final List<String> ran = new ArrayList<>();

    /**
     * @param clock the time that the commands below live by: a command that hangs takes its whole bound on it
     * @param from the number of the first one that is faulty, from 1 on
     * @param until the number of the first one that is not any more
     */
    public FaultyCommands(Commands next, Ticker clock, Fault fault, int from, int until) {
        this.next = next;
        this.clock = clock;
        this.fault = fault;
        this.from = from;
        this.until = until;
    }

    /** Returns the commands that were run, faulty ones included. */
    public List<String> ran() {
        return List.copyOf(ran);
    }

    @Override
    public Optional<Path> find(List<Path> candidates) {
        return next.find(candidates);
    }

    private boolean isFaulty(List<String> argv) {
        ran.add(Path.of(argv.getFirst()).getFileName() + " " + String.join(" ", argv.subList(1, argv.size())));
        return ran.size() >= from && ran.size() < until;
    }

    @Override
    public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
        if (!isFaulty(argv)) {
            return next.run(argv, bound);
        }
        return switch (fault) {
            case FAILS -> new Result(1, "", "no luck");
            case WORKS_AND_FAILS -> {
                next.run(argv, bound);
                yield new Result(1, "", "no luck, in the end");
            }
            case HANGS -> throw hung(argv, bound);
            case WORKS_AND_HANGS -> {
                next.run(argv, bound);
                throw hung(argv, bound);
            }
            case GARBAGE -> {
                next.run(argv, bound);
                yield new Result(0, NOISE, NOISE);
            }
            case SILENT -> {
                next.run(argv, bound);
                yield new Result(0, "", "");
            }
        };
    }

    private UpdateFailure.Service hung(List<String> argv, Duration bound) throws UpdateFailure.Service {
        clock.pause(bound, "while a command hung");
        return new UpdateFailure.Service(argv.getFirst() + " did not end within " + bound.toSeconds() + " s", "");
    }

    @Override
    public long startDetached(List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output)
            throws UpdateFailure.Service {
        if (isFaulty(argv) && (fault == Fault.FAILS || fault == Fault.HANGS)) {
            throw new UpdateFailure.Service("could not start " + argv.getFirst(), "");
        }
        return next.startDetached(argv, directory, environment, output);
    }
}
