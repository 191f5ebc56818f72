package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A version that turned out bad three days after its update, while it is still on probation; and one that turned out bad when it
 * was too late. The days are real to every program of the updater: libfaketime, named in its runtime's {@code environment}, sets
 * its clock on. That of the host, which is the tests' own as well, stays.
 */
@SystemTest
final class DaysLaterSystemTests {
    private static final Path LIBRARIES = Path.of("/usr/lib");
    private static final String OLD_JAR = "/opt/jmx-exporter/jmx_prometheus_httpserver-0.20.0.jar";
    private static final String NEW_JAR = "/opt/jmx-exporter/jmx_prometheus_httpserver-1.0.1.jar";
    private static final String STATE = "/var/lib/jmx-exporter-updater";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int AT_WORK = 3;

    /** A day, the most there is, of running: a clock that is set does not end it. */
    private static final String PROBATION = """
        sed -i 's/"health": {/"health": {"probation-ms": 86400000, /' examples/jmx-exporter/product.json
        grep -q probation-ms examples/jmx-exporter/product.json
        """;

    private static final String ENVIRONMENT = """
        LD_PRELOAD=%s
        FAKETIME=+%dd
        FAKETIME_DONT_FAKE_MONOTONIC=1
        DONT_FAKE_MONOTONIC=1
        NO_FAKE_STAT=1
        """;

    @TempDir
    Path scratch;

    private static Optional<Path> library() throws IOException {
        try (Stream<Path> found =
                Files.find(LIBRARIES, 3, (path, is) -> path.endsWith(Path.of("faketime", "libfaketimeMT.so.1")))) {
            return found.findFirst();
        }
    }

    /** What follows is that many days after the update. */
    private static void later(Box box, int days) throws IOException {
        box.write(
                STATE + "/runtime/environment", ENVIRONMENT.formatted(library().orElseThrow(), days), "rw-r--r--");
    }

    /** What the guard does every so often. */
    private static void look(Box box) {
        box.systemctl("start", "jmx-exporter-updater-guard.service");
    }

    @Test
    void rollback_threeDaysLaterWhileOnProbation_bringsTheOldJarBack_andAfterRetentionIsRefused(
            Box box, Bundles bundles) throws Exception {
        assumeTrue(library().isPresent(), "libfaketime is not installed");
        PageCommands commands = PageCommands.open(box, bundles, scratch);
        commands.atTheVendors(PROBATION);
        try {
            toFirstUpdate(commands);
            String old =
                    commands.onTheHost("sha256sum jmx-exporter-0.20.0/*.jar").split(" ")[0];
            assertThat(box.exists(OLD_JAR)).isFalse();
            assertThat(box.exists(NEW_JAR)).isTrue();

            later(box, 3);
            look(box);

            assertThat(status(box)).contains("ON PROBATION", "of 86400 s");
            assertThat(Long.parseLong(member(status(box, "--json"), "ran_ms")))
                    .isLessThan(Duration.ofMinutes(30).toMillis());
            Command.Result back = box.exec(LIMIT, STATE + "/updater", "rollback");

            assertThat(back.exit()).as(back.toString()).isZero();
            commands.onTheHost(
                    "curl -sf --retry 20 --retry-delay 1 --retry-all-errors http://127.0.0.1:9404/-/healthy");
            assertThat(box.exec("sha256sum", OLD_JAR).ok()).startsWith(old);
            assertThat(box.exists(NEW_JAR)).isFalse();
            assertThat(box.read("/opt/jmx-exporter/config.yaml")).contains("java.lang<type=Memory>");
            assertThat(box.init().guardTraces(box))
                    .as("a probation that is over")
                    .isEmpty();
            assertThat(finished(box)).isBetween(inDays(2), inDays(4));

            // What was taken back is kept like any other version: for seven days, which then are over.
            later(box, 11);
            Command.Result late = box.exec(LIMIT, STATE + "/updater", "rollback");

            assertThat(late.exit()).as(late.toString()).isEqualTo(5);
            assertThat(late.err()).contains("[no-previous-version]");
            assertThat(box.exists(OLD_JAR)).isTrue();
        } finally {
            box.exec("sh", "-c", """
                %1$s/updater purge; systemctl disable --now jmx-exporter.service
                rm -rf /opt/jmx-exporter /etc/systemd/system/jmx-exporter.service %1$s %2$s
                userdel jmx-exporter
                """.formatted(STATE, PageCommands.ON_THE_HOST));
        }
    }

    /** The page up to where the first update is made, and looked at. */
    private static void toFirstUpdate(PageCommands commands) throws IOException {
        for (PageCommands.Block block : PageCommands.blocks("docs/adopt.md")) {
            if (block.text().contains("UseConcMarkSweepGC")) {
                return;
            }
            switch (block.kind()) {
                case "sh" -> commands.atTheVendors(block.text());
                case "sh host" -> commands.onTheHost(block.text());
                default -> {
                    // A file that is shown.
                }
            }
        }
        throw new AssertionError("the page has no release that does not start any more");
    }

    /** Returns what it prints between two turns of the guard, whose timer goes on. */
    private static String status(Box box, String... options) {
        List<String> command = new ArrayList<>(List.of(STATE + "/updater", "status"));
        command.addAll(List.of(options));
        AtomicReference<Command.Result> last = new AtomicReference<>();
        Await.until(LIMIT, () -> "a status of an updater at rest: " + last.get(), () -> {
            last.set(box.exec(command.toArray(String[]::new)));
            return last.get().exit() != AT_WORK;
        });
        return last.get().ok();
    }

    private static Instant finished(Box box) {
        return Instant.parse(member(box.read(STATE + "/updater-report.json"), "finished_at"));
    }

    private static String member(String json, String name) {
        return json.replaceAll("(?s).*?\"" + name + "\" ?: ?\"?([^\",]*).*", "$1");
    }

    private static Instant inDays(int days) {
        return Instant.now().plus(Duration.ofDays(days));
    }
}
