package updater.app.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import updater.api.UpdateFailure;
import updater.json.Printable;
import updater.transaction.context.EventLog;

/**
 * Format a log record as one line of JSON: {@code time}, {@code level}, {@code logger}, {@code message},
 * {@code fields}, {@code error}, {@code stack}. Numbers and truth values stay what they are, a {@link Duration} becomes
 * milliseconds, an empty {@link Optional} null, everything else its text.
 */
final class JsonLine extends Formatter {
    // In UTC: local time needs the runtime's time zone file, which may be gone by the time the last lines are written.
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    @Override
    public String format(LogRecord entry) {
        StringBuilder out = new StringBuilder(256);
        out.append("{\"time\":");
        string(out, TIME.format(entry.getInstant()));
        member(out, "level", level(entry.getLevel()));
        member(out, "logger", String.valueOf(entry.getLoggerName()));
        Map<String, Object> fields = fields(entry);
        member(out, "message", fields.isEmpty() ? formatMessage(entry) : String.valueOf(entry.getMessage()));
        if (!fields.isEmpty()) {
            out.append(",\"fields\":");
            object(out, fields);
        }
        Throwable error = entry.getThrown();
        if (error != null) {
            member(out, "error", error instanceof UpdateFailure failure ? failure.fullMessage() : error.toString());
            member(out, "stack", stack(error));
        }
        return out.append("}\n").toString();
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

    private static Map<String, Object> fields(LogRecord entry) {
        Object[] parameters = entry.getParameters();
        return parameters != null && parameters.length == 1 && parameters[0] instanceof EventLog.Fields fields
                ? fields.values()
                : Map.of();
    }

    private static String stack(Throwable error) {
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    private static void member(StringBuilder out, String name, String value) {
        out.append(",\"").append(name).append("\":");
        string(out, value);
    }

    private static void object(StringBuilder out, Map<?, ?> members) {
        char separator = '{';
        for (Map.Entry<?, ?> member : members.entrySet()) {
            out.append(separator);
            string(out, String.valueOf(member.getKey()));
            out.append(':');
            value(out, member.getValue());
            separator = ',';
        }
        out.append(separator == '{' ? "{}" : "}");
    }

    private static void array(StringBuilder out, Iterable<?> elements) {
        char separator = '[';
        for (Object element : elements) {
            out.append(separator);
            value(out, element);
            separator = ',';
        }
        out.append(separator == '[' ? "[]" : "]");
    }

    private static void value(StringBuilder out, @Nullable Object value) {
        switch (value) {
            case null -> out.append("null");
            case Double number when !Double.isFinite(number) -> string(out, number.toString());
            case Float number when !Float.isFinite(number) -> string(out, number.toString());
            case Number number -> out.append(number);
            case Boolean truth -> out.append(truth);
            case Duration duration -> out.append(duration.toNanos() / 1e6);
            case Instant instant -> string(out, TIME.format(instant));
            case Optional<?> optional -> value(out, optional.orElse(null));
            case Map<?, ?> map -> object(out, map);
            // A path is iterable as well.
            case java.nio.file.Path path -> string(out, path.toString());
            case Iterable<?> elements -> array(out, elements);
            default -> string(out, value.toString());
        }
    }

    private static void string(StringBuilder out, String text) {
        String escaped = whole(text)
                .replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n")
                .replace("\t", "\\t");
        // What it escapes, it escapes as JSON does.
        out.append('"').append(Printable.text(escaped)).append('"');
    }

    /** Half a surrogate pair has no place in JSON, not even escaped: strict readers refuse the whole line. */
    private static String whole(String text) {
        return text.chars().noneMatch(c -> Character.isSurrogate((char) c))
                ? text
                : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
