package updater.service.macos;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import updater.service.macos.PropertyList.Malformed;

/** The text of a property list, in which placeholders are expanded. */
final class PropertyListText {
    private PropertyListText() {}

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /**
     * Replaces every placeholder and leaves all other bytes as they are. That the result means what it should (a placeholder
     * may stand in a CDATA section, the file be in another encoding than UTF-8) is proven by parsing both and comparing them.
     *
     * @param placeholders what each of them stands for, not escaped
     */
    static byte[] expand(byte[] content, Map<String, String> placeholders) throws Malformed {
        PropertyList before = PropertyList.parse(content);
        String text = new String(content, StandardCharsets.ISO_8859_1);
        for (Map.Entry<String, String> placeholder : placeholders.entrySet()) {
            byte[] escaped = escape(placeholder.getValue()).getBytes(StandardCharsets.UTF_8);
            text = text.replace(placeholder.getKey(), new String(escaped, StandardCharsets.ISO_8859_1));
        }
        byte[] expanded = text.getBytes(StandardCharsets.ISO_8859_1);
        List<String> wanted = before.texts().stream()
                .map(value -> replaced(value, placeholders))
                .toList();
        if (!PropertyList.parse(expanded).texts().equals(wanted)) {
            throw new Malformed("its placeholders cannot be replaced by " + placeholders
                    + "; it must be in UTF-8, with no placeholder in a CDATA section");
        }
        return expanded;
    }

    private static String replaced(String text, Map<String, String> placeholders) {
        String replaced = text;
        for (Map.Entry<String, String> placeholder : placeholders.entrySet()) {
            replaced = replaced.replace(placeholder.getKey(), placeholder.getValue());
        }
        return replaced;
    }
}
