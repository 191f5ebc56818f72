package updater.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The members of an object in the making, in the order in which they are added. */
public final class JsonMembers {
    private final Map<String, Json> values = new LinkedHashMap<>();

    /** Begins an object without members. */
    public JsonMembers() {
        // Members are added one by one.
    }

    /** Adds a member, or replaces the value of the one of that name. */
    public JsonMembers add(String name, Json value) {
        values.put(name, value);
        return this;
    }

    public JsonMembers add(String name, String text) {
        return add(name, new Json.Text(text));
    }

    public JsonMembers add(String name, long number) {
        return add(name, Json.number(number));
    }

    public JsonMembers add(String name, boolean value) {
        return add(name, new Json.Bool(value));
    }

    public JsonMembers add(String name, JsonMembers members) {
        return add(name, members.toJson());
    }

    /** Adds an array of texts. */
    public JsonMembers addTexts(String name, Iterable<String> texts) {
        List<Json> elements = new ArrayList<>();
        texts.forEach(text -> elements.add(new Json.Text(text)));
        return add(name, new Json.Elements(elements));
    }

    /** Returns the object as it is now. */
    public Json.Members toJson() {
        return new Json.Members(new LinkedHashMap<>(values));
    }
}
