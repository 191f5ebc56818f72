package updater.state.document;

import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.JsonNodeFactory;
import dev.harrel.jsonschema.SimpleType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import updater.json.Json;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/** A JSON value as the validator of schemas wants to see it: what it judges is what the updater has parsed. */
record SchemaNode(Json json, String getJsonPointer) implements JsonNode {
    /** Makes such values. */
    static final JsonNodeFactory FACTORY = new JsonNodeFactory() {
        @Override
        public JsonNode wrap(Object node) {
            return node instanceof Json json ? new SchemaNode(json, "") : (JsonNode) node;
        }

        @Override
        public JsonNode create(String text) {
            try {
                return wrap(JsonText.parse(text.getBytes(StandardCharsets.UTF_8), JsonText.Strictness.STRICT));
            } catch (JsonShapeException e) {
                throw new IllegalArgumentException(e);
            }
        }
    };

    @Override
    public SimpleType getNodeType() {
        return switch (json) {
            case Json.Members _ -> SimpleType.OBJECT;
            case Json.Elements _ -> SimpleType.ARRAY;
            case Json.Text _ -> SimpleType.STRING;
            case Json.Bool _ -> SimpleType.BOOLEAN;
            case Json.Null _ -> SimpleType.NULL;
            case Json.Num(String literal) ->
                new BigDecimal(literal).stripTrailingZeros().scale() <= 0 ? SimpleType.INTEGER : SimpleType.NUMBER;
        };
    }

    @Override
    public boolean asBoolean() {
        return ((Json.Bool) json).value();
    }

    @Override
    public String asString() {
        // Messages show values of every kind by this.
        return json instanceof Json.Text(String text)
                ? text
                : new String(JsonText.compact(json), StandardCharsets.UTF_8);
    }

    @Override
    public BigInteger asInteger() {
        return asNumber().toBigInteger();
    }

    @Override
    public BigDecimal asNumber() {
        return new BigDecimal(((Json.Num) json).literal());
    }

    @Override
    public List<JsonNode> asArray() {
        List<JsonNode> nodes = new ArrayList<>();
        for (Json element : ((Json.Elements) json).values()) {
            nodes.add(new SchemaNode(element, getJsonPointer + "/" + nodes.size()));
        }
        return nodes;
    }

    @Override
    public Map<String, JsonNode> asObject() {
        Map<String, JsonNode> nodes = new LinkedHashMap<>();
        ((Json.Members) json)
                .values()
                .forEach((name, member) -> nodes.put(
                        name, new SchemaNode(member, getJsonPointer + "/" + JsonNode.encodeJsonPointer(name))));
        return nodes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SchemaNode node && node.json.equals(json);
    }

    @Override
    public int hashCode() {
        return json.hashCode();
    }
}
