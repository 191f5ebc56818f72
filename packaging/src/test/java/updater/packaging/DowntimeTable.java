package updater.packaging;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The record of what was measured: the page {@code docs/measurements/downtime.md}, and the chart in it. */
final class DowntimeTable {

    private static final String EXPLANATION = """

            Medians, each with least and most, the number of runs, and beside a downtime the median of bare restarts of the
            same agent in the same run. Files of 800 MB at most; small files have 1,000 bytes; the agent reports success
            0.2 s after its start; its unit has the stop timeout of the real one, 20 s, which decides the budget of the
            preparation. "Whole run" is the life of the updater's process, of which it watches the agent for 0.7 s.
            "Written" is what the kernel counts for the updater's process.
            """;
    private static final String CHART = "\n![Downtime by the size of what is replaced](downtime.svg)\n";

    private DowntimeTable() {}

    /** Median and range of a figure. */
    record Figure(double median, double least, double most, int count) {
        static Figure of(List<Double> values) {
            List<Double> sorted = values.stream().sorted().toList();
            int half = sorted.size() / 2;
            double median = sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
            return new Figure(median, sorted.getFirst(), sorted.getLast(), sorted.size());
        }
    }

    /**
     * One line of the table.
     *
     * @param restart of the same agent in the same run; empty where the figure is no downtime
     */
    record Row(String name, String unit, Figure figure, Optional<Figure> restart) {
        static Row of(String name, String unit, List<Double> values) {
            return new Row(name, unit, Figure.of(values), Optional.empty());
        }

        Row beside(Figure bare) {
            return new Row(name, unit, figure, Optional.of(bare));
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %d | %s | %s |",
                    name,
                    number(figure.median()),
                    number(figure.least()),
                    number(figure.most()) + " " + unit,
                    figure.count(),
                    restart.map(bare -> number(bare.median()) + " ms").orElse(""),
                    restart.map(bare -> String.format(Locale.ROOT, "%.1f", figure.median() / bare.median()))
                            .orElse(""));
        }

        private static String number(double value) {
            return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
        }
    }

    /**
     * Writes the page, and the chart {@code downtime.svg} beside it.
     *
     * @param root of the checkout
     */
    static void write(Path root, List<Row> rows, Map<String, Double> downtimes) throws IOException {
        String table =
                "| figure | median | least | most | runs | bare restart | ratio |\n|---|---|---|---|---|---|---|\n"
                        + rows.stream().map(row -> row + "\n").collect(Collectors.joining());
        Files.writeString(root.resolve("docs/measurements/downtime.svg"), DowntimeChart.of(downtimes));
        List<String> command = List.of(
                root.resolve("tools/measured").toString(), "downtime", "Downtime of updates", "tools/bench --write");
        Process page = Command.prepare(command)
                .redirectInput(ProcessBuilder.Redirect.PIPE)
                .start();
        try (Writer body = page.outputWriter(StandardCharsets.UTF_8)) {
            body.write(table + EXPLANATION + CHART);
        }
        System.out.print(Command.finish(Duration.ofMinutes(1), command, page).ok());
    }
}
