package updater.service.macos.fake;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

/** A property list as launchd reads it when a job is loaded. Knows nothing of how the provider reads it. */
final class Plist {
    private final Map<String, Object> values;

    private Plist(Map<String, Object> values) {
        this.values = values;
    }

    /** Returns it, empty when launchd would call it invalid. */
    static Optional<Plist> read(byte[] content) {
        try {
            DocumentBuilder builder =
                    DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
            builder.setErrorHandler(null);
            builder.setEntityResolver((publicId, systemId) -> new InputSource(new StringReader("")));
            Element root = builder.parse(new ByteArrayInputStream(content)).getDocumentElement();
            if (value(elements(root).getFirst()) instanceof Map<?, ?> map) {
                Map<String, Object> values = new LinkedHashMap<>();
                map.forEach((key, value) -> values.put((String) key, value));
                return Optional.of(new Plist(values));
            }
            return Optional.empty();
        } catch (Exception e) {
            return Optional.empty();
        }
    }

    private static Object value(Element element) {
        return switch (element.getTagName()) {
            case "dict" -> {
                Map<String, Object> map = new LinkedHashMap<>();
                List<Element> children = elements(element);
                for (int i = 0; i + 1 < children.size(); i += 2) {
                    map.put(children.get(i).getTextContent(), value(children.get(i + 1)));
                }
                yield map;
            }
            case "array" -> elements(element).stream().map(Plist::value).toList();
            case "true" -> true;
            case "false" -> false;
            case "integer" -> Long.parseLong(element.getTextContent().strip());
            default -> element.getTextContent();
        };
    }

    private static List<Element> elements(Element parent) {
        List<Element> elements = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element) {
                elements.add(element);
            }
        }
        return elements;
    }

    String label() {
        return String.valueOf(values.get("Label"));
    }

    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        if (values.get("ProgramArguments") instanceof List<?> list) {
            list.forEach(argument -> arguments.add((String) argument));
        }
        if (values.get("Program") instanceof String program) {
            if (arguments.isEmpty()) {
                arguments.add(program);
            } else {
                arguments.set(0, program);
            }
        }
        return arguments;
    }

    boolean isTrue(String key) {
        return Boolean.TRUE.equals(values.get(key));
    }

    long number(String key, long otherwise) {
        return values.get(key) instanceof Long number ? number : otherwise;
    }

    /** Returns whether a process that ended so is to be spawned again: launchd.plist(5), KeepAlive. */
    boolean keptAliveAfter(Spawner.End end) {
        if (values.get("KeepAlive") instanceof Map<?, ?> conditions) {
            boolean well = !end.bySignal() && end.code() == 0;
            return conditions.get("SuccessfulExit") instanceof Boolean wanted && wanted == well;
        }
        return isTrue("KeepAlive");
    }

    /** Returns whether it is spawned without anybody asking for it. */
    boolean runsAtLoad() {
        return isTrue("RunAtLoad") || isTrue("KeepAlive") || values.get("KeepAlive") instanceof Map<?, ?>;
    }
}
