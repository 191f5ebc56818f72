package updater.app.log;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import updater.api.UpdateFailure;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonText;
import updater.json.Printable;
import updater.transaction.context.EventLog;

/**
 * The log file as a handler of {@code java.util.logging}: one JSON object a line, as {@code docs/report.md} describes it.
 *
 * <p>A line is one unbuffered write: what was logged before the updater is killed is in the file. An update does not fail
 * for its log: a line that cannot be written is dropped.
 */
public final class JsonLogHandler extends Handler implements AutoCloseable {
    // The updater's own loggers only: with the root logger at this level the JDK would log every command it starts.
    // It stands here because java.util.logging holds loggers weakly, and the handler would go with this one.
    private static final Logger UPDATER = Logger.getLogger("updater");

    // In UTC: local time needs the runtime's time zone file, which may be gone by the time the last lines are written.
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private final OutputStream file;
    private boolean torn;

    private JsonLogHandler(OutputStream file) {
        this.file = file;
    }

    /** The named values of an event, as the only parameter of its record. */
    private record Values(Map<String, Object> named) {}

    /** Starts logging at debug level to {@code file}, which {@link #close()} closes. */
    static JsonLogHandler open(OutputStream file) {
        JsonLogHandler handler = new JsonLogHandler(file);
        UPDATER.setUseParentHandlers(false);
        UPDATER.setLevel(Level.FINE);
        UPDATER.addHandler(handler);
        return handler;
    }

    /** Returns the log named {@code updater.<name>}. */
    public EventLog log(String name) {
        Logger logger = Logger.getLogger(UPDATER.getName() + "." + name);
        return (level, message, values, error) -> {
            // The severities are the numbers of java.util.logging.
            LogRecord entry = new LogRecord(Level.parse(Integer.toString(level.getSeverity())), message);
            entry.setLoggerName(logger.getName());
            entry.setParameters(new Object[] {new Values(values)});
            error.ifPresent(entry::setThrown);
            logger.log(entry);
        };
    }

    @Override
    public synchronized void publish(LogRecord entry) {
        if (!isLoggable(entry)) {
            return;
        }
        // After a failed write the file may end in half a line, which must not swallow the next one.
        String line = (torn ? "\n" : "") + line(entry) + "\n";
        try {
            file.write(line.getBytes(StandardCharsets.UTF_8));
            file.flush();
            torn = false;
        } catch (IOException e) {
            torn = true;
        }
    }

    @Override
    public void flush() {}

    /** Stops logging and closes the file. Does nothing the second time. */
    @Override
    public synchronized void close() {
        UPDATER.removeHandler(this);
        try {
            file.close();
        } catch (IOException e) {
            torn = true;
        }
    }

    private static String line(LogRecord entry) {
        Object[] parameters = entry.getParameters();
        Map<String, Object> values = parameters != null
                        && parameters.length == 1
                        && parameters[0] instanceof Values(Map<String, Object> named)
                ? named
                : Map.of();
        JsonMembers line = new JsonMembers()
                .add("time", TIME.format(entry.getInstant()))
                .add("level", level(entry.getLevel()))
                .add("logger", text(String.valueOf(entry.getLoggerName())))
                .add(
                        "message",
                        text(values.isEmpty() ? new SimpleFormatter().formatMessage(entry) : entry.getMessage()));
        if (!values.isEmpty()) {
            JsonMembers fields = new JsonMembers();
            values.forEach((name, value) -> fields.add(whole(name), value(value)));
            line.add("fields", fields);
        }
        Throwable error = entry.getThrown();
        if (error != null) {
            StringWriter stack = new StringWriter();
            error.printStackTrace(new PrintWriter(stack, true));
            line.add("error", text(error instanceof UpdateFailure failure ? failure.fullMessage() : error.toString()))
                    .add("stack", text(stack.toString()));
        }
        // What is left to be escaped stands within strings, and is escaped there as JSON does it.
        return Printable.text(new String(JsonText.compact(line.toJson()), StandardCharsets.UTF_8));
    }

    private static String level(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "error";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "warn";
        }
        return level.intValue() >= Level.INFO.intValue() ? "info" : "debug";
    }

    private static Json value(Object value) {
        return switch (value) {
            case Long number -> Json.number(number);
            case Integer number -> Json.number(number);
            case Boolean truth -> new Json.Bool(truth);
            default -> text(String.valueOf(value));
        };
    }

    private static Json text(String text) {
        return new Json.Text(whole(text));
    }

    /** Half a surrogate pair becomes a question mark: strict readers refuse a line that has one, even escaped. */
    private static String whole(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
