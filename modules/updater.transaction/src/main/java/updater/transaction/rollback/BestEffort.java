package updater.transaction.rollback;

import java.util.ArrayList;
import java.util.List;
import updater.transaction.context.EventLog;

/** Work of which each part is tried whatever becomes of the others. What failed is logged and counted. */
public final class BestEffort {
    private static final int MAX_SHOWN = 200;

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
            add("could not " + what + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()), e);
        }
        return count == before;
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
