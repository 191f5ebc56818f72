package updater.agent.download;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What is to be downloaded.
 *
 * @param file http or https
 * @param headers sent to the scheme, host and port of {@code file}, and to no other
 * @param sha256 of the whole file, 64 hexadecimal digits
 * @param size of the whole file, where somebody trusted says it
 */
public record DownloadSource(URI file, List<Map.Entry<String, String>> headers, String sha256, OptionalLong size) {
    /** Copies the list. */
    public DownloadSource {
        headers = List.copyOf(headers);
    }
}
