package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import updater.packaging.FleetSimulation.Result;
import updater.packaging.FleetSimulation.Setting;

/** The page {@code docs/measurements/fleet.md} and the chart in it; {@code tools/fleet} writes both. */
final class FleetChart {
    static final long SEED = 20261129;

    private static final List<Duration> SPREADS = List.of(
            Duration.ZERO, Duration.ofMinutes(10), Duration.ofMinutes(30), Duration.ofMinutes(45), Duration.ofHours(2));
    private static final List<String> COLOURS = List.of("#c0392b", "#e67e22", "#2980b9", "#27ae60", "#7f8c8d");

    private static final int LEFT = 60;
    private static final int TOP = 30;
    private static final int WIDTH = 640;
    private static final int HEIGHT = 260;
    private static final double MINUTES = 130;
    private static final double DOWNLOADS = 520;

    private FleetChart() {}

    /** Writes page and chart into the directory that is named. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Files.writeString(directory.resolve("fleet.svg"), svg());
        Files.writeString(directory.resolve("fleet.md"), page());
    }

    /** Returns the page. It says nothing of the machine: the simulation's clock is its own. */
    static String page() {
        return """
                # 10,000 agents, simulated

                Written by `tools/fleet`; do not edit. What is simulated: [fleet](../fleet.md#10000-agents-simulated).

                | spread | downloads at a time | sent | updated |
                |---|---|---|---|
                """ + table() + "\n![Downloads at a time, by spread](fleet.svg)\n";
    }

    private static Map<Duration, Result> results() {
        Map<Duration, Result> results = new LinkedHashMap<>();
        for (Duration spread : SPREADS) {
            results.put(spread, FleetSimulation.run(Setting.of(spread), SEED));
        }
        return results;
    }

    /** Returns the rows of the table: one for each spread, and one without resuming. */
    private static String table() {
        StringBuilder rows = new StringBuilder();
        results().forEach((spread, result) -> rows.append(row(spread.toMinutes() + " min", result)));
        Setting restarting = Setting.of(Duration.ofMinutes(45)).withoutResuming();
        rows.append(row("45 min, restarted instead of resumed", FleetSimulation.run(restarting, SEED)));
        return rows.toString();
    }

    private static String row(String name, Result result) {
        return String.format(
                Locale.ROOT,
                "| %s | %d; %d turned away, %d a second at most | %.1f GB | half after %.0f min, 99 %% after %.0f min; %d gave up |%n",
                name,
                result.peak(),
                result.refusals(),
                result.refusalsPerSecond(),
                result.bytes() / 1e9,
                result.median() / 60,
                result.most() / 60,
                result.failed());
    }

    /** Returns the chart: downloads at a time, over time. */
    static String svg() {
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n",
                LEFT + WIDTH + 20,
                TOP + HEIGHT + 50));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.append("<text x=\"60\" y=\"18\">Downloads at a time, 10,000 agents, by spread</text>\n");
        for (int minutes = 0; minutes <= MINUTES; minutes += 30) {
            text(svg, x(minutes), TOP + HEIGHT + 18, "middle", minutes + " min");
        }
        for (int downloads = 0; downloads <= 500; downloads += 100) {
            double y = y(downloads);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
                    LEFT,
                    y,
                    LEFT + WIDTH,
                    y));
            text(svg, LEFT - 8, y + 4, "end", Integer.toString(downloads));
        }
        int number = 0;
        for (Map.Entry<Duration, Result> entry : results().entrySet()) {
            String colour = COLOURS.get(number);
            line(svg, entry.getValue(), colour);
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%d\" fill=\"%s\">%d min</text>%n",
                    LEFT + 10 + 80 * number,
                    TOP + HEIGHT + 40,
                    colour,
                    entry.getKey().toMinutes()));
            number++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void line(StringBuilder svg, Result result, String colour) {
        svg.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" points=\"");
        for (int i = 0; i < result.active().size(); i++) {
            double minutes = i * FleetSimulation.sampleSeconds() / 60;
            if (minutes <= MINUTES) {
                svg.append(String.format(
                        Locale.ROOT, "%.1f,%.1f ", x(minutes), y(result.active().get(i))));
            }
        }
        svg.append("\"/>\n");
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text));
    }

    private static double x(double minutes) {
        return LEFT + minutes / MINUTES * WIDTH;
    }

    private static double y(double downloads) {
        return TOP + HEIGHT - downloads / DOWNLOADS * HEIGHT;
    }
}
