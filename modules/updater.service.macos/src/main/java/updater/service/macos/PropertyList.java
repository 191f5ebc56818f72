package updater.service.macos;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * The top level of an XML property list.
 *
 * <p>Its document type names {@code http://www.apple.com/DTDs/PropertyList-1.0.dtd}: that is allowed, and neither
 * loaded nor looked up. A document type of the file's own making is refused, as it is by the parser of macOS.
 *
 * @param texts every key and text in it, in the order of the file
 */
record PropertyList(Map<String, Element> values, List<String> texts) {
    private static final byte[] BINARY = {'b', 'p', 'l', 'i', 's', 't'};
    private static final Set<String> CONTAINERS = Set.of("plist", "dict", "array");

    /** The statement of what is wrong with a property list. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    /** Returns whether it is in the binary format, which launchd reads and this class does not. */
    static boolean isBinary(byte[] content) {
        return content.length > BINARY.length && Arrays.equals(content, 0, BINARY.length, BINARY, 0, BINARY.length);
    }

    static PropertyList parse(byte[] content) throws Malformed {
        Document document = document(content);
        if (document.getDoctype() != null && document.getDoctype().getInternalSubset() != null) {
            throw new Malformed("its document type declares something of its own");
        }
        Element root = document.getDocumentElement();
        List<Element> inRoot = children(root);
        if (!root.getTagName().equals("plist")
                || inRoot.size() != 1
                || !inRoot.getFirst().getTagName().equals("dict")) {
            throw new Malformed("it is no plist with one dict in it");
        }
        List<String> texts = new ArrayList<>();
        Map<String, Element> values = dictionary(inRoot.getFirst());
        check(inRoot.getFirst(), texts);
        return new PropertyList(values, List.copyOf(texts));
    }

    private static Document document(byte[] content) throws Malformed {
        try {
            DocumentBuilder builder = builder();
            builder.setErrorHandler(new Strict());
            builder.setEntityResolver((publicId, systemId) -> new InputSource(new StringReader("")));
            return builder.parse(new ByteArrayInputStream(content));
        } catch (SAXException e) {
            throw new Malformed("it is not well-formed: " + e.getMessage());
        } catch (IOException e) {
            throw new Malformed("it cannot be read as XML: " + e.getMessage());
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("the parser of this runtime lacks a feature", e);
        }
    }

    private static DocumentBuilder builder() throws ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
        factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
        factory.setXIncludeAware(false);
        factory.setExpandEntityReferences(false);
        factory.setIgnoringComments(true);
        factory.setCoalescing(true);
        return factory.newDocumentBuilder();
    }

    /** Reads keys and values, which must take turns. */
    private static Map<String, Element> dictionary(Element dict) throws Malformed {
        Map<String, Element> values = new LinkedHashMap<>();
        List<Element> children = children(dict);
        for (int i = 0; i < children.size(); i += 2) {
            if (!children.get(i).getTagName().equals("key") || i + 1 == children.size()) {
                throw new Malformed("keys and values do not take turns in a dict, at <"
                        + children.get(i).getTagName() + ">");
            }
            String key = children.get(i).getTextContent();
            if (values.put(key, children.get(i + 1)) != null) {
                throw new Malformed("it has two values for the key " + key);
            }
        }
        return values;
    }

    private static void check(Element value, List<String> texts) throws Malformed {
        switch (value.getTagName()) {
            case "dict" -> {
                for (Map.Entry<String, Element> entry : dictionary(value).entrySet()) {
                    texts.add(entry.getKey());
                    check(entry.getValue(), texts);
                }
            }
            case "array" -> {
                for (Element child : children(value)) {
                    check(child, texts);
                }
            }
            case "true", "false" -> requireLeaf(value);
            case "integer" -> {
                requireLeaf(value);
                if (!value.getTextContent().strip().matches("[+-]?(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,19})")) {
                    throw new Malformed("<integer>" + value.getTextContent() + "</integer> is no integer");
                }
            }
            case "string", "real", "date", "data" -> {
                requireLeaf(value);
                texts.add(value.getTextContent());
            }
            default -> throw new Malformed("<" + value.getTagName() + "> is no type of a property list");
        }
    }

    private static void requireLeaf(Element value) throws Malformed {
        if (!children(value).isEmpty()) {
            throw new Malformed("<" + value.getTagName() + "> holds an element");
        }
    }

    private static List<Element> children(Element parent) throws Malformed {
        List<Element> children = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            switch (child) {
                case Element element -> children.add(element);
                case org.w3c.dom.EntityReference reference ->
                    throw new Malformed("it refers to an entity of its own, " + reference.getNodeName());
                default -> {
                    boolean text = child.getNodeType() == Node.TEXT_NODE;
                    if (text
                            && CONTAINERS.contains(parent.getTagName())
                            && !child.getTextContent().isBlank()) {
                        throw new Malformed("text stands between the elements of a <" + parent.getTagName() + ">");
                    }
                }
            }
        }
        return children;
    }

    Optional<String> string(String key) {
        return typed(key, "string").map(Element::getTextContent);
    }

    /** Returns the strings of an array, empty where there is none. */
    List<String> strings(String key) throws Malformed {
        List<String> strings = new ArrayList<>();
        Optional<Element> array = typed(key, "array");
        if (array.isPresent()) {
            for (Element child : children(array.get())) {
                strings.add(child.getTextContent());
            }
        }
        return strings;
    }

    boolean isTrue(String key) {
        return typed(key, "true").isPresent();
    }

    Optional<Duration> seconds(String key) {
        return typed(key, "integer")
                .map(value -> value.getTextContent().strip())
                .filter(text -> text.matches("\\d{1,9}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }

    private Optional<Element> typed(String key, String type) {
        return Optional.ofNullable(values.get(key))
                .filter(value -> value.getTagName().equals(type));
    }

    /** An error handler for which nothing is a warning, and which prints nothing. */
    private static final class Strict implements ErrorHandler {
        @Override
        public void warning(SAXParseException exception) throws SAXException {
            throw exception;
        }

        @Override
        public void error(SAXParseException exception) throws SAXException {
            throw exception;
        }

        @Override
        public void fatalError(SAXParseException exception) throws SAXException {
            throw exception;
        }
    }
}
