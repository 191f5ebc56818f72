package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The record of what was measured: a table in {@code docs/performance.md}, and a chart beside it. */
final class DowntimeTable {

    private static final String BEGIN = "<!-- measured by packaging/bench -->\n";
    private static final String END = "<!-- end of what was measured -->";

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

    /** Replaces the table between the markers of {@code performance.md}, and the chart {@code downtime.svg}. */
    static void write(Path docs, List<Row> rows, Map<String, Double> downtimes) throws IOException {
        Path page = docs.resolve("performance.md");
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(page + " has no place for the table: expected " + BEGIN.strip() + " and " + END);
        }
        String table =
                "| figure | median | least | most | runs | bare restart | ratio |\n|---|---|---|---|---|---|---|\n"
                        + rows.stream().map(row -> row + "\n").collect(Collectors.joining());
        Files.writeString(page, text.substring(0, begin) + BEGIN + table + text.substring(end));
        Files.writeString(docs.resolve("downtime.svg"), DowntimeChart.of(downtimes));
    }
}
