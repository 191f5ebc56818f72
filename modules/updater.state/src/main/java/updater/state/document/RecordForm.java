package updater.state.document;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import updater.json.Json;
import updater.json.JsonMembers;
import updater.json.JsonNode;
import updater.json.JsonShapeException;

/**
 * Forms of objects that are records: a table names every member once, and what is allowed, read and written follows.
 *
 * <p>The table has one field for each component of the record, in the same order. In this order they are written.
 */
final class RecordForm {
    private RecordForm() {}

    /**
     * One member of an object.
     *
     * @param missing returns the value that an object without this member has, or refuses the object
     */
    record Field<T>(String name, JsonForm<T> form, JsonForm.Reader<T> missing) {
        T read(JsonNode object) throws JsonShapeException {
            Optional<JsonNode> found = object.optional(name);
            return found.isPresent() ? form.read(found.get()) : missing.read(object);
        }

        @SuppressWarnings("unchecked") // The table is of the record that the value comes from.
        void write(Object value, JsonMembers members) {
            if (!value.equals(Optional.empty()) && !value.equals(OptionalLong.empty())) {
                members.add(name, form.write((T) value));
            }
        }
    }

    /** Returns a member that every object must have. */
    static <T> Field<T> field(String name, JsonForm<T> form) {
        return new Field<>(name, form, object -> form.read(object.member(name)));
    }

    /** Returns a member that has a default. */
    static <T> Field<T> field(String name, JsonForm<T> form, T missing) {
        return new Field<>(name, form, object -> missing);
    }

    /** Returns the form of an object in which other members are refused. */
    static <R extends Record> JsonForm<R> strict(Class<R> type, Field<?>... fields) {
        Set<String> names = Arrays.stream(fields).map(Field::name).collect(Collectors.toSet());
        return new JsonForm<>(
                object -> {
                    object.allowOnly(names);
                    return read(type, fields, object);
                },
                value -> write(value, fields));
    }

    /** Returns the form of an object in which other members are skipped. */
    static <R extends Record> JsonForm<R> lenient(Class<R> type, Field<?>... fields) {
        return new JsonForm<>(object -> read(type, fields, object), value -> write(value, fields));
    }

    private static <R extends Record> R read(Class<R> type, Field<?>[] fields, JsonNode object)
            throws JsonShapeException {
        Object[] values = new Object[fields.length];
        for (int i = 0; i < fields.length; i++) {
            values[i] = fields[i].read(object);
        }
        try {
            // These records have no constructor but the canonical one.
            return type.cast(type.getConstructors()[0].newInstance(values));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Json write(Record value, Field<?>[] fields) {
        JsonMembers members = new JsonMembers();
        try {
            for (int i = 0; i < fields.length; i++) {
                fields[i].write(
                        value.getClass().getRecordComponents()[i].getAccessor().invoke(value), members);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return members.toJson();
    }
}
