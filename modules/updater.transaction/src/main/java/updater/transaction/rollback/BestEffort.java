package updater.transaction.rollback;

import java.util.ArrayList;
import java.util.List;
import updater.transaction.context.EventLog;

/** Collect what an undo could not do, while it carries on with the rest. */
public final class BestEffort {
    private static final int SHOWN = 200;

    private final EventLog log;
    private final List<String> shown = new ArrayList<>();
    private long count;

    public BestEffort(EventLog log) {
        this.log = log;
    }

    /** One thing an undo does. */
    @FunctionalInterface
    public interface Attempt {
        void run() throws Exception;
    }

    /** Tries, and notes the failure instead of passing it on. */
    public void attempt(String what, Attempt attempt) throws InterruptedException {
        try {
            attempt.run();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            add("could not " + what + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()), e);
        }
    }

    void add(String problem, Throwable cause) {
        count++;
        log.error(problem, cause);
        if (shown.size() < SHOWN) {
            shown.add(problem);
        }
    }

    void add(String problem) {
        count++;
        log.error(problem);
        if (shown.size() < SHOWN) {
            shown.add(problem);
        }
    }

    boolean none() {
        return count == 0;
    }

    long count() {
        return count;
    }

    /** Returns the first of them, for the report. */
    List<String> shown() {
        return List.copyOf(shown);
    }
}
