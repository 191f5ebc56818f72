package updater.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** A value that must have a certain shape; every refusal names the path of the member. */
public record JsonNode(Json value, String path) {

    public static JsonNode root(Json value) {
        return new JsonNode(value, "");
    }

    public JsonShapeException expected(String what) {
        return JsonShapeException.at(path, what, value.describe());
    }

    private Map<String, Json> object() throws JsonShapeException {
        if (value instanceof Json.Members members) {
            return members.values();
        }
        throw expected("an object");
    }

    private String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Checks that the value is an object without members other than these. */
    public void allowOnly(Set<String> names) throws JsonShapeException {
        for (String name : object().keySet()) {
            if (!names.contains(name)) {
                throw JsonShapeException.at(
                        pathOf(Printable.text(name)), "one of " + String.join(", ", new TreeSet<>(names)), "this name");
            }
        }
    }

    public JsonNode member(String name) throws JsonShapeException {
        Optional<JsonNode> found = optional(name);
        if (found.isEmpty()) {
            throw JsonShapeException.at(pathOf(name), "a value", "no such member");
        }
        return found.get();
    }

    public Optional<JsonNode> optional(String name) throws JsonShapeException {
        return Optional.ofNullable(object().get(name)).map(found -> new JsonNode(found, pathOf(name)));
    }

    /** Returns the members in the order they were written. */
    public Map<String, JsonNode> members() throws JsonShapeException {
        Map<String, JsonNode> nodes = new LinkedHashMap<>();
        object().forEach((name, found) -> nodes.put(name, new JsonNode(found, pathOf(Printable.text(name)))));
        return nodes;
    }

    public List<JsonNode> elements() throws JsonShapeException {
        if (!(value instanceof Json.Elements elements)) {
            throw expected("an array");
        }
        List<JsonNode> nodes = new ArrayList<>(elements.values().size());
        for (Json element : elements.values()) {
            nodes.add(new JsonNode(element, path + "[" + nodes.size() + "]"));
        }
        return nodes;
    }

    public List<String> texts() throws JsonShapeException {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : elements()) {
            texts.add(element.text());
        }
        return texts;
    }

    public String text() throws JsonShapeException {
        if (value instanceof Json.Text text) {
            return text.value();
        }
        throw expected("a text");
    }

    /** Returns the text of a member; empty when there is none of that name. */
    public Optional<String> optionalText(String name) throws JsonShapeException {
        Optional<JsonNode> found = optional(name);
        return found.isPresent() ? Optional.of(found.get().text()) : Optional.empty();
    }

    public boolean bool() throws JsonShapeException {
        if (value instanceof Json.Bool bool) {
            return bool.value();
        }
        throw expected("true or false");
    }

    public OptionalLong integer() {
        if (value instanceof Json.Num number) {
            try {
                return OptionalLong.of(Long.parseLong(number.literal()));
            } catch (NumberFormatException e) {
                return OptionalLong.empty();
            }
        }
        return OptionalLong.empty();
    }

    public long number() throws JsonShapeException {
        return integer().orElseThrow(() -> expected("a whole number"));
    }

    public int smallNumber() throws JsonShapeException {
        long number = number();
        if (number != (int) number) {
            throw expected("a whole number of at most 32 bits");
        }
        return (int) number;
    }
}
