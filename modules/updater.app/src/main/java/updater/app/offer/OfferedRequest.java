package updater.app.offer;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import updater.json.Json;
import updater.json.JsonNode;
import updater.json.JsonShapeException;
import updater.json.JsonText;

/**
 * What an agent asks for. Names are plain names in the directory of the request.
 *
 * @param bundle the tarball
 * @param release the signed statement about it
 * @param version what the statement has to say that it is, where the agent says so
 */
public record OfferedRequest(String bundle, String release, Optional<String> version) {
    /** As many bytes as a request may have. */
    public static final int MAX_BYTES = 4096;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,127}");
    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");

    /**
     * Reads a request.
     *
     * @throws JsonShapeException when it is not one object with these members and no others
     */
    public static OfferedRequest parse(byte[] text) throws JsonShapeException {
        Json json = JsonText.parse(text, JsonText.Strictness.STRICT);
        JsonNode node = JsonNode.root(json);
        node.allowOnly(Set.of("bundle", "release", "version"));
        String bundle = plain(node.member("bundle"), NAME);
        Optional<JsonNode> release = node.optional("release");
        Optional<JsonNode> version = node.optional("version");
        return new OfferedRequest(
                bundle,
                release.isPresent() ? plain(release.get(), NAME) : bundle + ".release",
                version.isPresent() ? Optional.of(plain(version.get(), VERSION)) : Optional.empty());
    }

    private static String plain(JsonNode node, Pattern pattern) throws JsonShapeException {
        String text = node.text();
        if (!pattern.matcher(text).matches()) {
            throw node.expected("a plain name of letters, digits, dots, underscores, plus and minus signs");
        }
        return text;
    }
}
