package updater.transaction.context;

import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A log of events: each has a fixed message and, beside it, named values; a reader can search for both. */
@FunctionalInterface
public interface EventLog {
    /** Nobody reads what is logged here. */
    EventLog NONE = (level, message, values, error) -> {};

    /** Logs an event. */
    void log(Level level, String message, Map<String, Object> values, Optional<Throwable> error);

    /** Logs an event with values: a name, its value, a name, its value, … */
    default void debug(String message, Object... named) {
        log(Level.DEBUG, message, values(named), Optional.empty());
    }

    default void info(String message, Object... named) {
        log(Level.INFO, message, values(named), Optional.empty());
    }

    default void warning(String message, Object... named) {
        log(Level.WARNING, message, values(named), Optional.empty());
    }

    default void warning(String message, Throwable error, Object... named) {
        log(Level.WARNING, message, values(named), Optional.of(error));
    }

    default void error(String message, Object... named) {
        log(Level.ERROR, message, values(named), Optional.empty());
    }

    default void error(String message, Throwable error, Object... named) {
        log(Level.ERROR, message, values(named), Optional.of(error));
    }

    private static Map<String, Object> values(Object... named) {
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
        return values;
    }
}
