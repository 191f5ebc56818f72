package updater.state.document;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;

/**
 * Forms of objects that are records: a table names every member once, and what is allowed, read and written follows.
 *
 * <p>The table has one field for each component of the record, in the same order. In this order they are written. A
 * record that groups what the object has side by side takes its values by their names. No reflection: the first use of
 * it takes longer than all else that {@code --version} does.
 */
final class RecordForm {
    private RecordForm() {}

    /**
     * One member of an object.
     *
     * @param component what the record has for it
     * @param missing returns the value that an object without this member has, or refuses the object
     */
    record Field<R, T>(String name, JsonForm<T> form, Function<R, T> component, JsonForm.Reader<T> missing) {
        T read(JsonNode object) throws JsonShapeException {
            Optional<JsonNode> found = object.optional(name);
            return found.isPresent() ? form.read(found.get()) : missing.read(object);
        }

        void write(R record, JsonMembers members) {
            T value = component.apply(record);
            if (!Optional.empty().equals(value) && !OptionalLong.empty().equals(value)) {
                members.add(name, form.write(value));
            }
        }
    }

    /** The values of an object's fields, in their order. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // The table is of the record that is made.
    static final class Values {
        private final SequencedMap<String, Object> values = new LinkedHashMap<>();

        /** Returns the value of the first field that was not taken. */
        <T> T next() {
            return of(values.firstEntry().getKey());
        }

        /** Takes the value of a field. */
        <T> T of(String name) {
            return (T) requireNonNull(values.remove(name), name);
        }
    }

    /** Returns a member that every object must have. */
    static <R, T> Field<R, T> field(String name, JsonForm<T> form, Function<R, T> component) {
        return new Field<>(name, form, component, object -> form.read(object.member(name)));
    }

    /** Returns a member that has a default. */
    static <R, T> Field<R, T> field(String name, JsonForm<T> form, Function<R, T> component, T missing) {
        return new Field<>(name, form, component, object -> missing);
    }

    /** Returns the form of an object in which other members are refused. */
    @SafeVarargs
    @SuppressWarnings("varargs") // The fields are only read.
    static <R> JsonForm<R> strict(Function<Values, R> make, Field<R, ?>... fields) {
        Set<String> names = Arrays.stream(fields).map(Field::name).collect(Collectors.toSet());
        JsonForm<R> form = lenient(make, fields);
        return new JsonForm<>(
                object -> {
                    object.allowOnly(names);
                    return form.read(object);
                },
                form.writer());
    }

    /** Returns the form of an object in which other members are skipped. */
    @SafeVarargs
    static <R> JsonForm<R> lenient(Function<Values, R> make, Field<R, ?>... fields) {
        return new JsonForm<>(
                object -> {
                    Values values = new Values();
                    for (Field<R, ?> field : fields) {
                        values.values.put(field.name(), field.read(object));
                    }
                    return make.apply(values);
                },
                value -> {
                    JsonMembers members = new JsonMembers();
                    for (Field<R, ?> field : fields) {
                        field.write(value, members);
                    }
                    return members.toJson();
                });
    }
}
