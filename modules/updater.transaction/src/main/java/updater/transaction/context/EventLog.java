package updater.transaction.context;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Log a fixed message and what varies beside it, as named values: a reader can search for both. */
public final class EventLog {
    private final Logger logger;

    public EventLog(Logger logger) {
        this.logger = logger;
    }

    /** The named values of an event, in the order they were given. */
    public record Fields(Map<String, Object> values) {
        /**
         * Returns names and values as fields.
         *
         * @param named a name, its value, a name, its value, …
         * @throws IllegalArgumentException when a value is missing or a name is not a string
         */
        public static Fields of(Object... named) {
            if (named.length % 2 != 0) {
                throw new IllegalArgumentException("a name without a value");
            }
            Map<String, Object> values = new LinkedHashMap<>();
            for (int i = 0; i < named.length; i += 2) {
                if (!(named[i] instanceof String name)) {
                    throw new IllegalArgumentException("not a name: " + named[i]);
                }
                values.put(name, named[i + 1]);
            }
            return new Fields(values);
        }
    }

    public void debug(String message, Object... named) {
        log(Level.FINE, message, named);
    }

    public void info(String message, Object... named) {
        log(Level.INFO, message, named);
    }

    public void warning(String message, Object... named) {
        log(Level.WARNING, message, named);
    }

    public void warning(String message, Throwable error, Object... named) {
        log(Level.WARNING, message, error, named);
    }

    public void error(String message, Object... named) {
        log(Level.SEVERE, message, named);
    }

    public void error(String message, Throwable error, Object... named) {
        log(Level.SEVERE, message, error, named);
    }

    private void log(Level level, String message, Object... named) {
        if (logger.isLoggable(level)) {
            logger.log(entry(level, message, named));
        }
    }

    private void log(Level level, String message, Throwable error, Object... named) {
        if (logger.isLoggable(level)) {
            LogRecord entry = entry(level, message, named);
            entry.setThrown(error);
            logger.log(entry);
        }
    }

    private LogRecord entry(Level level, String message, Object... named) {
        LogRecord entry = new LogRecord(level, message);
        entry.setLoggerName(logger.getName());
        entry.setParameters(new Object[] {Fields.of(named)});
        return entry;
    }
}
