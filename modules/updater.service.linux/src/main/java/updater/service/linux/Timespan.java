package updater.service.linux;

import java.time.Duration;
import java.util.Optional;

/** A time span as systemd prints it (systemd.time(7)): {@code 1min 30s}, {@code 500ms}, {@code infinity}. */
final class Timespan {
    private Timespan() {}

    /** Returns the span, empty for {@code infinity} and for text that is none. */
    static Optional<Duration> parse(String text) {
        Duration sum = Duration.ZERO;
        for (String word : text.strip().split(" +", -1)) {
            int unit = 0;
            while (unit < word.length() && (Character.isDigit(word.charAt(unit)) || word.charAt(unit) == '.')) {
                unit++;
            }
            Optional<Duration> part = part(word.substring(0, unit), word.substring(unit));
            if (part.isEmpty()) {
                return Optional.empty();
            }
            sum = sum.plus(part.get());
        }
        return Optional.of(sum);
    }

    private static Optional<Duration> part(String number, String unit) {
        double microseconds = switch (unit) {
            case "us" -> 1;
            case "ms" -> 1e3;
            case "s" -> 1e6;
            case "min" -> 60e6;
            case "h" -> 3600e6;
            case "d" -> 86_400e6;
            case "w" -> 7 * 86_400e6;
            // systemd's own: 30.44 and 365.25 days.
            case "month" -> 2_629_800e6;
            case "y" -> 31_557_600e6;
            case "" -> number.equals("0") ? 1 : Double.NaN;
            default -> Double.NaN;
        };
        try {
            double value = Double.parseDouble(number) * microseconds;
            return Double.isNaN(value) ? Optional.empty() : Optional.of(Duration.ofNanos(Math.round(value * 1e3)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
