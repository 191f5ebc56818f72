package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.Step;
import updater.api.SystemTicker;
import updater.api.UpdateFailure;
import updater.api.Versions;
import updater.api.service.ServiceFacts;
import updater.app.host.Console;
import updater.state.document.ProductJson;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord;
import updater.state.journal.Phase;
import updater.state.log.LogChannels;

class JournalCommandTests {
    private static final Path HOME = Path.of("/opt/agent");
    private static final String PRODUCT = """
        {"name": "agent", "package": "agent", "home": {"linux": {"directory": "/opt/agent"}},
         "services": {"systemd": {"name": "agent", "definition": "install/agent.service"}}}
        """;
    private static final Path STATE = Path.of("/var/lib/agent-updater");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Set<StandardOpenOption> opened = new HashSet<>();

    @TempDir
    Path directory;

    private Path journal() {
        return directory.resolve("journal");
    }

    private void write() throws IOException, UpdateFailure {
        JournalRecord.Begin begin = new JournalRecord.Begin(
                new JournalRecord.Begin.Writer(JournalRecord.FORMAT, "1.0"),
                "update-1",
                new SystemTicker().now(),
                ProductJson.read(PRODUCT.getBytes(StandardCharsets.UTF_8), ""),
                new HomeLayout(HOME, STATE),
                new JournalRecord.Begin.Before(
                        "systemd",
                        new ServiceFacts(true, "enabled", List.of(), Duration.ofSeconds(1), ""),
                        Optional.empty(),
                        "boot"),
                new Versions("1", "2"));
        try (Journal journal = Journal.create(journal(), begin, new SystemTicker(), LogChannels.ofFileSystem())) {
            journal.planned(new Step.StopService("agent.service"));
            journal.planned(new Step.CreateDirectory(new Place(HOME, "d"), 0750, 0, 7));
            journal.planned(file("a\u001b[2J\n0  reached  COMMITTED"));
            journal.planned(new Step.StartService("agent.service"));
            journal.complete();
            journal.reached(Phase.PREPARED, "");
            journal.reached(Phase.ROLLING_BACK, "why\nnot");
        }
    }

    private static Step.PlaceFile file(String path) {
        return new Step.PlaceFile(
                new Place(HOME, "tmp/latest/" + path),
                new Place(HOME, path),
                new Place(HOME, "tmp/rollback/" + path),
                true,
                true,
                12);
    }

    private int run() {
        Console console = new Console(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                false);
        LogChannels channels = (file, options, attributes) -> {
            options.stream()
                    .filter(StandardOpenOption.class::isInstance)
                    .map(StandardOpenOption.class::cast)
                    .forEach(opened::add);
            return LogChannels.ofFileSystem().open(file, options, attributes);
        };
        return new JournalCommand(journal(), channels, console).run(false);
    }

    private List<String> lines() {
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst("^[0-9]+  ", ""))
                .toList();
    }

    @Test
    void run_journal_isOneLineARecordAndNothingIsWritten() throws IOException, UpdateFailure {
        write();
        byte[] before = Files.readAllBytes(journal());

        assertThat(run()).isZero();

        assertThat(lines()).hasSize(9);
        assertThat(lines().get(0)).startsWith("begin    update-1 at ").contains("home /opt/agent");
        assertThat(lines().get(1)).isEqualTo("step 0   stop service agent.service");
        assertThat(lines().get(2)).isEqualTo("step 1   create directory /opt/agent/d, mode 750, owner 0:7");
        assertThat(lines().get(3))
                .startsWith("step 2   place /opt/agent/a\\u001B[2J\\u000A0  reached  COMMITTED from ")
                .contains(" by rename, 12 bytes, backup /opt/agent/tmp/rollback/a");
        assertThat(lines().get(4)).isEqualTo("step 3   start service agent.service");
        assertThat(lines().get(5)).isEqualTo("planned  4 steps");
        assertThat(lines().get(6)).startsWith("padding  ");
        assertThat(lines().get(7)).startsWith("reached  PREPARED at ");
        assertThat(lines().get(8)).startsWith("reached  ROLLING_BACK at ").endsWith(": why\\u000Anot");
        assertThat(err.size()).isZero();
        assertThat(Files.readAllBytes(journal())).isEqualTo(before);
        assertThat(opened).containsExactly(StandardOpenOption.READ);
    }

    @Test
    void run_tornTail_isSaidAndLeft() throws IOException, UpdateFailure {
        write();
        byte[] whole = Files.readAllBytes(journal());
        Files.write(journal(), Arrays.copyOf(whole, whole.length - 3));

        assertThat(run()).isZero();

        assertThat(lines()).hasSize(9);
        assertThat(lines().getLast()).startsWith("torn: ");
        assertThat(Files.size(journal())).isEqualTo(whole.length - 3);
    }

    @Test
    void run_damaged_printsWhatIsBeforeIt() throws IOException, UpdateFailure {
        write();
        byte[] whole = Files.readAllBytes(journal());
        whole[whole.length - 20] ^= 1;
        Files.write(journal(), whole);

        assertThat(run()).isEqualTo(5);

        assertThat(lines()).hasSize(8);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("is damaged at byte ");
    }

    @Test
    void run_none_saysSo() {
        assertThat(run()).isEqualTo(5);

        assertThat(out.size()).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no journal " + journal());
    }
}
