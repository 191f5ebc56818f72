package updater.state.document;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/** The form of a value in JSON: how it is read, or refused, and how it is written. */
record JsonForm<T>(Reader<T> reader, Function<T, Json> writer) {
    static final JsonForm<String> TEXT = new JsonForm<>(JsonNode::text, Json.Text::new);
    static final JsonForm<Long> NUMBER = new JsonForm<>(JsonNode::number, Json::number);
    static final JsonForm<Boolean> BOOL = new JsonForm<>(JsonNode::bool, Json.Bool::new);
    static final JsonForm<Instant> INSTANT = TEXT.as(Instant::parse, Instant::toString, "an instant");
    static final JsonForm<Duration> DURATION = TEXT.as(Duration::parse, Duration::toString, "a duration");

    /** Waiting longer than this for anything is a slip of the pen. */
    private static final long MAX_MS = Duration.ofDays(1).toMillis();

    /** The way from JSON to a value. */
    @FunctionalInterface
    interface Reader<T> {
        T read(JsonNode node) throws JsonShapeException;
    }

    static JsonForm<Long> number(long least, long most, String expected) {
        return new JsonForm<>(node -> node.integer().orElse(-1), Json::number)
                .where(number -> number >= least && number <= most, expected);
    }

    static JsonForm<Integer> integer(int least, int most) {
        String expected = "a number from " + least + " to " + most;
        return number(least, most, expected).as(Long::intValue, Integer::longValue, expected);
    }

    static JsonForm<Duration> millis(long least) {
        String expected = "milliseconds " + (least == 0 ? ">= 0" : "> 0") + ", at most " + MAX_MS;
        return number(least, MAX_MS, expected).as(Duration::ofMillis, Duration::toMillis, expected);
    }

    T read(JsonNode node) throws JsonShapeException {
        return reader.read(node);
    }

    Json write(T value) {
        return writer.apply(value);
    }

    /** Returns a value as a record is stored. */
    byte[] stored(T value) {
        return JsonText.compact(write(value));
    }

    /** Returns what was stored; empty when it cannot be read. */
    Optional<T> ofStored(byte[] json) {
        try {
            return Optional.of(read(JsonNode.root(JsonText.parse(json, JsonText.Strictness.LENIENT))));
        } catch (JsonShapeException e) {
            return Optional.empty();
        }
    }

    /** Returns this form for the values that pass; the others are refused. */
    JsonForm<T> where(Predicate<T> passes, String expected) {
        return new JsonForm<>(
                node -> {
                    T value = read(node);
                    if (!passes.test(value)) {
                        throw node.expected(expected);
                    }
                    return value;
                },
                writer);
    }

    /** Returns this form for another type; a value that {@code to} cannot turn is refused. */
    <U> JsonForm<U> as(Function<T, U> to, Function<U, T> from, String expected) {
        return new JsonForm<>(
                node -> {
                    T value = read(node);
                    try {
                        return to.apply(value);
                    } catch (IllegalArgumentException | DateTimeException e) {
                        throw node.expected(expected);
                    }
                },
                from.andThen(writer));
    }

    /** Returns the form of an array of such values. */
    JsonForm<List<T>> list() {
        return new JsonForm<>(
                node -> {
                    List<T> values = new ArrayList<>();
                    for (JsonNode element : node.elements()) {
                        values.add(read(element));
                    }
                    return values;
                },
                values -> new Json.Elements(values.stream().map(writer).toList()));
    }
}
