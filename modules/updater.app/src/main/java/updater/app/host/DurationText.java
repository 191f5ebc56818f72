package updater.app.host;

import java.time.Duration;
import java.util.Locale;

/** Durations as text for people. */
public final class DurationText {
    private DurationText() {}

    /** Returns e.g. {@code 0.4 ms}, {@code 812 ms}, {@code 3.21 s}, {@code 2 min 05 s}. */
    public static String of(Duration duration) {
        double millis = duration.toNanos() / 1e6;
        if (millis < 9.95) {
            return String.format(Locale.ROOT, "%.1f ms", millis);
        }
        if (millis < 999.5) {
            return String.format(Locale.ROOT, "%.0f ms", millis);
        }
        if (millis < 59_995) {
            return String.format(Locale.ROOT, "%.2f s", millis / 1000);
        }
        long seconds = Math.round(millis / 1000);
        return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
    }
}
