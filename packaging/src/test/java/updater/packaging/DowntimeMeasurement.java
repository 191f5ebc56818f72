package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import updater.packaging.DowntimeAgent.Reports;
import updater.packaging.DowntimeHost.Sample;
import updater.state.document.UpdateReport.PhaseTime;

/**
 * The downtime measurement: updates by the packaged runtime under a real systemd, each beside a bare restart of the same
 * agent in the same run. {@code tools/bench} runs it.
 */
final class DowntimeMeasurement {

    private static final long MEGABYTE = DowntimeAgent.MEGABYTE;
    private static final double MEBIBYTE = 1 << 20;

    private final DowntimeHost host;
    private final int runs;
    private final List<DowntimeTable.Row> rows = new ArrayList<>();
    private final Map<String, List<Sample>> byScenario = new TreeMap<>();

    private DowntimeMeasurement(DowntimeHost host, int runs) {
        this.host = host;
        this.runs = runs;
    }

    /** What is installed, and what an update replaces of it. */
    record Case(String name, DowntimeAgent agent) {}

    static List<Case> cases() {
        DowntimeAgent medium = DowntimeAgent.replacing(5, 50 * MEGABYTE);
        return List.of(
                new Case("50 MB", DowntimeAgent.replacing(1, 50 * MEGABYTE)),
                new Case("250 MB", medium),
                new Case("1 GB", DowntimeAgent.replacing(4, 250 * MEGABYTE)),
                new Case("4 GB", DowntimeAgent.replacing(5, 800 * MEGABYTE)),
                new Case(
                        "unit changed",
                        DowntimeAgent.replacing(1, 50 * MEGABYTE).withUnits()),
                new Case("1 GB kept", DowntimeAgent.replacing(1, MEGABYTE).keeping(1000 * MEGABYTE, false)),
                new Case(
                        "1 GB kept, 10 MB changing",
                        DowntimeAgent.replacing(1, MEGABYTE).keeping(1000 * MEGABYTE, true)),
                new Case("10,000 files", DowntimeAgent.replacing(10_000, 1000)),
                new Case("20,000 files", DowntimeAgent.replacing(20_000, 1000)),
                new Case("100,000 files", DowntimeAgent.replacing(100_000, 1000)),
                new Case(
                        "50 MB, failure",
                        DowntimeAgent.replacing(1, 50 * MEGABYTE).that(Reports.FAILURE)),
                new Case("250 MB, failure", medium.that(Reports.FAILURE)),
                new Case(
                        "1 GB, failure",
                        DowntimeAgent.replacing(4, 250 * MEGABYTE).that(Reports.FAILURE)),
                new Case(
                        "unit changed, failure",
                        DowntimeAgent.replacing(1, 50 * MEGABYTE).withUnits().that(Reports.FAILURE)),
                new Case("250 MB, exits", medium.that(Reports.EXITS)));
    }

    /** Updates that are taken back, each right after it was made. */
    static List<Case> takenBack() {
        DowntimeAgent plain = DowntimeAgent.replacing(1, 50 * MEGABYTE);
        return List.of(
                new Case("50 MB, taken back", plain),
                new Case("250 MB, taken back", DowntimeAgent.replacing(5, 50 * MEGABYTE)),
                new Case("unit changed, taken back", plain.withUnits()),
                new Case("10,000 files, taken back", DowntimeAgent.replacing(10_000, 1000)));
    }

    public static void main(String[] arguments) throws IOException {
        List<String> words = List.of(arguments);
        Path packaging = Path.of(words.get(0));
        int runs = Integer.parseInt(option(words, "--runs", "7"));
        String only = option(words, "--only", ".*");
        if (words.contains("--write") && words.contains("--only")) {
            throw new IllegalArgumentException("--write writes all cases, so it does not go with --only");
        }
        Path directory = Files.createTempDirectory(
                Files.createDirectories(Path.of(
                        option(words, "--directory", packaging.resolve("target").toString()))),
                "bench");
        Path unpacked = Files.createTempDirectory("bundles");
        try (DowntimeHost host = DowntimeHost.boot(Bundles.open(unpacked), directory)) {
            DowntimeMeasurement measurement = new DowntimeMeasurement(host, runs);
            for (Case next : cases()) {
                if (next.name().matches(only)) {
                    measurement.measure(next);
                }
            }
            for (Case next : takenBack()) {
                if (next.name().matches(only)) {
                    measurement.measureWayBack(next);
                }
            }
            // Last, as it leaves an updater at work.
            if ("commands".matches(only)) {
                measurement.commands();
            }
            measurement.print();
            if (words.contains("--write")) {
                DowntimeTable.write(packaging.resolveSibling("."), measurement.rows, measurement.sizes());
            }
        } finally {
            Command.run(java.time.Duration.ofMinutes(1), "rm", "-rf", unpacked.toString());
        }
    }

    private static String option(List<String> words, String name, String without) {
        int at = words.indexOf(name);
        return at < 0 ? without : words.get(at + 1);
    }

    private void measure(Case what) {
        host.install(what.agent());
        List<Sample> samples = new ArrayList<>();
        List<Double> restarts = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            host.stage(false);
            restarts.add(host.restart());
            Sample sample = host.update();
            samples.add(sample);
            System.out.printf(
                    Locale.ROOT,
                    "%s: restart %.0f ms, downtime %.0f ms, whole %.0f ms, %.1f MiB, written %.1f MB%s%n  %s%n",
                    what.name(),
                    restarts.getLast(),
                    sample.downtime(),
                    sample.whole(),
                    sample.memory() / MEBIBYTE,
                    sample.written() / 1e6,
                    Double.isNaN(sample.toOld()) ? "" : String.format(Locale.ROOT, ", to old %.0f ms", sample.toOld()),
                    phases(sample));
        }
        byScenario.put(what.name(), samples);
        DowntimeTable.Figure restart = DowntimeTable.Figure.of(restarts);
        row(what.name() + ": downtime", samples, Sample::downtime, restart);
        row(what.name() + ": whole run", samples, Sample::whole, restart);
        if (what.agent().reports() != Reports.SUCCESS) {
            row(what.name() + ": until the old agent runs", samples, Sample::toOld, restart);
        }
        rows.add(DowntimeTable.Row.of(
                what.name() + ": peak memory",
                "MiB",
                samples.stream().map(s -> s.memory() / MEBIBYTE).toList()));
        rows.add(DowntimeTable.Row.of(
                what.name() + ": written",
                "MB",
                samples.stream().map(s -> s.written() / 1e6).toList()));
        if (what.agent().bytes() >= 250 * MEGABYTE && what.agent().reports() == Reports.SUCCESS) {
            host.stage(true);
            Sample dirty = host.update();
            System.out.printf(
                    Locale.ROOT, "%s, dirty: downtime %.0f ms%n  %s%n", what.name(), dirty.downtime(), phases(dirty));
            row(what.name() + ", staged data dirty: downtime", List.of(dirty), Sample::downtime, restart);
        }
    }

    /** The ratio is of an update and its own way back: what a busy host does to one it does to the other. */
    private void measureWayBack(Case what) {
        host.install(what.agent());
        List<Double> restarts = new ArrayList<>();
        List<Sample> forth = new ArrayList<>();
        List<Sample> back = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            host.stage(false);
            restarts.add(host.restart());
            forth.add(host.update());
            back.add(host.goBack());
            ratios.add(back.getLast().downtime() / forth.getLast().downtime());
            System.out.printf(
                    Locale.ROOT,
                    "%s: update %.0f ms, way back %.0f ms%n  %s%n  %s%n",
                    what.name(),
                    forth.getLast().downtime(),
                    back.getLast().downtime(),
                    phases(forth.getLast()),
                    phases(back.getLast()));
        }
        DowntimeTable.Figure restart = DowntimeTable.Figure.of(restarts);
        row(what.name() + ": downtime of the update", forth, Sample::downtime, restart);
        row(what.name() + ": downtime of the way back", back, Sample::downtime, restart);
        rows.add(DowntimeTable.Row.of(what.name() + ": way back by update", "times", ratios));
    }

    private void row(String name, List<Sample> samples, ToDoubleFunction<Sample> what, DowntimeTable.Figure restart) {
        rows.add(DowntimeTable.Row.of(
                        name, "ms", samples.stream().map(what::applyAsDouble).toList())
                .beside(restart));
    }

    private void commands() {
        host.install(DowntimeAgent.replacing(1, MEGABYTE));
        host.stage(false);
        host.update();
        List<Double> version = new ArrayList<>();
        for (int i = 0; i < 3 * runs; i++) {
            version.add(host.command("--version"));
        }
        rows.add(DowntimeTable.Row.of("`updater --version`", "ms", version));
        host.install(DowntimeAgent.replacing(5, 50 * MEGABYTE));
        host.stage(false);
        host.update();
        host.stage(false);
        List<Double> plans = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            plans.add(host.plan());
        }
        rows.add(DowntimeTable.Row.of("`updater plan` of 250 MB", "ms", plans));
        host.install(DowntimeAgent.replacing(1, MEGABYTE).that(Reports.NOTHING));
        host.stage(false);
        rows.add(DowntimeTable.Row.of("another updater is at work", "ms", host.refusedWhileAnotherWorks(2 * runs)));
    }

    private Map<String, Double> sizes() {
        Map<String, Double> downtimes = new java.util.LinkedHashMap<>();
        for (String name : List.of("50 MB", "250 MB", "1 GB", "4 GB")) {
            if (byScenario.containsKey(name)) {
                downtimes.put(
                        name,
                        DowntimeTable.Figure.of(byScenario.get(name).stream()
                                        .map(Sample::downtime)
                                        .toList())
                                .median());
            }
        }
        return downtimes;
    }

    private static String phases(Sample sample) {
        StringBuilder text = new StringBuilder();
        for (PhaseTime phase : sample.report().times().phases()) {
            text.append(String.format(
                    Locale.ROOT, "%s %.1f, ", phase.name(), phase.took().toNanos() / 1e6));
        }
        return text.toString();
    }

    private void print() {
        rows.forEach(System.out::println);
    }
}
