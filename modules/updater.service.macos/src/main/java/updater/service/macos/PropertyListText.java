package updater.service.macos;

import java.nio.charset.StandardCharsets;
import java.util.List;
import updater.service.macos.PropertyList.Malformed;

/** The text of a property list, in which placeholders are expanded. */
final class PropertyListText {
    private static final String PLACEHOLDER = "[INSTALLDIR]";

    private PropertyListText() {}

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /**
     * Replaces every {@code [INSTALLDIR]} and leaves all other bytes as they are. That the result means what it should
     * (a placeholder may stand in a CDATA section, the file be in another encoding than UTF-8) is proven by parsing
     * both and comparing them.
     *
     * @param directory what the placeholder stands for, not escaped
     */
    static byte[] expand(byte[] content, String directory) throws Malformed {
        PropertyList before = PropertyList.parse(content);
        String text = new String(content, StandardCharsets.ISO_8859_1);
        String escaped = new String(escape(directory).getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        byte[] expanded = text.replace(PLACEHOLDER, escaped).getBytes(StandardCharsets.ISO_8859_1);
        List<String> wanted = before.texts().stream()
                .map(value -> value.replace(PLACEHOLDER, directory))
                .toList();
        if (!PropertyList.parse(expanded).texts().equals(wanted)) {
            throw new Malformed(PLACEHOLDER + " cannot be replaced by " + directory
                    + " in it; it must be in UTF-8, with no placeholder in a CDATA section");
        }
        return expanded;
    }
}
