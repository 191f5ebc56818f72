package updater.packaging;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The chart of downtime against the size of what is replaced, beside what is known of the original. */
final class DowntimeChart {

    /** The original updater's downtimes in seconds, the middle of what was seen of it on a machine of this kind. */
    private static final Map<String, Double> ORIGINAL = Map.of("50 MB", 0.7, "250 MB", 1.45, "1 GB", 5.05);

    private static final int WIDTH = 720;
    private static final int HEIGHT = 360;
    private static final int LEFT = 70;
    private static final int BOTTOM = 310;
    private static final int TOP = 40;
    private static final double LEAST = 0.01;
    private static final double MOST = 10;

    private DowntimeChart() {}

    /** Returns an SVG. @param downtimes medians in milliseconds by size, smallest first */
    static String of(Map<String, Double> downtimes) {
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n"
                        + "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n"
                        + "<text x=\"%d\" y=\"22\" font-size=\"15\">Downtime of an update, by the size of what is replaced</text>%n",
                WIDTH,
                HEIGHT,
                WIDTH,
                HEIGHT,
                LEFT));
        for (double second : new double[] {0.01, 0.1, 1, 10}) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ccc\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s s</text>%n",
                    LEFT,
                    WIDTH - 20,
                    y(second),
                    y(second),
                    LEFT - 8,
                    y(second) + 4,
                    second));
        }
        List<String> sizes = new ArrayList<>(downtimes.keySet());
        double step = (WIDTH - LEFT - 60.0) / Math.max(1, sizes.size());
        for (int i = 0; i < sizes.size(); i++) {
            double x = LEFT + 20 + step * i;
            bar(svg, x, step * 0.3, downtimes.get(sizes.get(i)) / 1000, "#1f6feb");
            if (ORIGINAL.containsKey(sizes.get(i))) {
                bar(svg, x + step * 0.36, step * 0.3, ORIGINAL.get(sizes.get(i)), "#bbb");
            }
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    x + step * 0.33,
                    BOTTOM + 18,
                    sizes.get(i)));
        }
        return svg.append(String.format(
                        Locale.ROOT,
                        "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"#1f6feb\"/><text x=\"%d\" y=\"%d\">this updater (median)</text>%n"
                                + "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"#bbb\"/><text x=\"%d\" y=\"%d\">the original</text>%n</svg>%n",
                        LEFT,
                        HEIGHT - 22,
                        LEFT + 18,
                        HEIGHT - 11,
                        LEFT + 200,
                        HEIGHT - 22,
                        LEFT + 218,
                        HEIGHT - 11))
                .toString();
    }

    private static void bar(StringBuilder svg, double x, double width, double seconds, String colour) {
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>"
                        + "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.2f</text>%n",
                x,
                y(seconds),
                width,
                BOTTOM - y(seconds),
                colour,
                x + width / 2,
                y(seconds) - 5,
                seconds));
    }

    /** A logarithmic scale: a bare restart and the original are two orders of magnitude apart. */
    private static double y(double seconds) {
        double share = Math.log(Math.clamp(seconds, LEAST, MOST) / LEAST) / Math.log(MOST / LEAST);
        return BOTTOM - share * (BOTTOM - TOP);
    }
}
