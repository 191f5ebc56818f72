package updater.transaction.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import updater.fs.faulty.FaultyDisk;

/**
 * The numbered points of everything the updater does to the world, at each of which it can be killed or made to fail.
 *
 * <p>A kill point lies before and behind every disk operation and service call, and before every look at the clock, which
 * precedes every mark in the journal. Only disk operations and service calls can fail.
 */
public final class CrashPoints {
    private final List<String> log = new ArrayList<>();
    private int killAt = Integer.MAX_VALUE;
    private Optional<String> killAfter = Optional.empty();
    private Optional<String> killBefore = Optional.empty();
    private int failAt = Integer.MAX_VALUE;
    private int failUntil = Integer.MAX_VALUE;
    private int operations;
    private boolean dead;
    private Predicate<String> failing = what -> false;
    private int actAt = Integer.MAX_VALUE;
    private FakeService.Deed act = () -> {};

    /** Is told of each path that was forced. */
    public Consumer<String> forced = path -> {};

    /** Stands for the end of the process: production code must not catch it and go on. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        public Killed(String where) {
            super("killed at " + where);
        }
    }

    /** Begins a new process, which numbers from 1. */
    public void begin() {
        log.clear();
        operations = 0;
        dead = false;
        killAfter = Optional.empty();
        killBefore = Optional.empty();
        killAt = Integer.MAX_VALUE;
        failAt = Integer.MAX_VALUE;
        actAt = Integer.MAX_VALUE;
    }

    public void killAt(int point) {
        killAt = point;
    }

    /** Kills at a point that is named, once another one was passed: numbers differ from run to run with the host's pace. */
    public void killAtFirst(String point, String after) {
        killBefore = Optional.of(point);
        killAfter = Optional.of(after);
    }

    /** Lets somebody else do something at a point. */
    public void actAt(int point, FakeService.Deed deed) {
        actAt = point;
        act = deed;
    }

    /** Lets operations from this number on fail. */
    public void fail(int from, int howMany) {
        failAt = from;
        failUntil = from + howMany;
    }

    /** Lets operations fail whose names are chosen, in this process and those that follow. */
    public void failWhere(Predicate<String> chosen) {
        failing = chosen;
    }

    /** Returns how many points were passed. */
    public int count() {
        return log.size();
    }

    int operations() {
        return operations;
    }

    boolean dead() {
        return dead;
    }

    public List<String> log() {
        return List.copyOf(log);
    }

    void reached(String what) {
        if (dead) {
            throw new Killed(what);
        }
        log.add(what);
        if (log.size() >= actAt) {
            actAt = Integer.MAX_VALUE;
            act();
        }
        boolean isNamed = killBefore.filter(what::equals).isPresent()
                && killAfter.filter(log::contains).isPresent();
        if (log.size() >= killAt || isNamed) {
            dead = true;
            throw new Killed(what);
        }
    }

    private void act() {
        try {
            act.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns whether the operation that begins now is one that fails. */
    boolean failsNow(String what) {
        reached("before " + what);
        operations++;
        return operations >= failAt && operations < failUntil || failing.test(what);
    }

    FaultyDisk watch(FaultyDisk disk) {
        return disk.failingBefore(operation -> {
                    if (isLog(operation)) {
                        return;
                    }
                    if (failsNow(operation.name() + " " + operation.path())) {
                        throw new IOException("no luck with " + operation.name() + " " + operation.path());
                    }
                })
                .failingAfter(operation -> {
                    if (operation.name().equals("force")) {
                        forced.accept(operation.path());
                    }
                    if (!isLog(operation)) {
                        reached("after " + operation.name() + " " + operation.path());
                    }
                });
    }

    /** What happens to the log decides nothing, and there is much of it. */
    private static boolean isLog(FaultyDisk.Operation operation) {
        return operation.path().endsWith("/updater.log");
    }
}
