package updater.transaction.rollback;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import updater.api.Reason;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.transaction.context.EventLog;

/** Work of which each part is tried whatever becomes of the others. What failed is logged and counted. */
public final class BestEffort {
    private static final int MAX_SHOWN = 200;

    /** What holds a service manager up for a moment, such as another caller's reload, is over by then. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final EventLog log;
    private final List<String> shown = new ArrayList<>();
    private long count;

    public BestEffort(EventLog log) {
        this.log = log;
    }

    /** One part of the work. */
    @FunctionalInterface
    public interface Part {
        void run() throws Exception;
    }

    /** Runs one part, and returns whether it went well and had no failure to {@link #add}. */
    public boolean tryTo(String what, Part part) throws InterruptedException {
        long before = count;
        try {
            part.run();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            add("could not " + what + ": " + Reason.at(e), e);
        }
        return count == before;
    }

    /**
     * As {@link #tryTo}, and once more when the service manager fails: a command of it that did not work, or did not say that
     * it had, is no reason to leave anything as it is. The work must be repeatable.
     */
    boolean tryAgainTo(String what, Ticker clock, Part part) throws InterruptedException {
        return tryTo(what, () -> {
            try {
                part.run();
            } catch (UpdateFailure.Service e) {
                log.warning("could not " + what + ", which is tried once more", e);
                clock.pause(PAUSE);
                part.run();
            }
        });
    }

    void add(String problem, Throwable cause) {
        count++;
        log.error(problem, cause);
        if (shown.size() < MAX_SHOWN) {
            shown.add(problem);
        }
    }

    boolean none() {
        return count == 0;
    }

    /** Returns the first problems, for the report. */
    List<String> shown() {
        return List.copyOf(shown);
    }
}
