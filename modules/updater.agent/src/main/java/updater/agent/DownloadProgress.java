package updater.agent;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How far a download is.
 *
 * @param bytes that are here, those of earlier attempts included
 * @param total bytes of the whole file; empty as long as nobody has said it
 * @param bytesPerSecond over the last second or so
 */
public record DownloadProgress(long bytes, OptionalLong total, double bytesPerSecond) {
    /** Returns how much of it is here, 0 to 100; empty as long as the total is not known. */
    public OptionalDouble percent() {
        if (total.isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(total.getAsLong() == 0 ? 100 : Math.min(100, 100.0 * bytes / total.getAsLong()));
    }
}
