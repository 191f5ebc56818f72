package updater.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.HomeLayout;
import updater.api.SystemTicker;
import updater.api.Ticker;
import updater.api.Versions;
import updater.api.service.ServiceFacts;
import updater.app.host.RootHost;
import updater.state.document.ProductJson;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.Phase;
import updater.state.log.LogChannels;

/** A host with a home that holds no agent, and what an operator reads of the commands typed there. */
abstract class OperatorsHost {
    @TempDir
    Path directory;

    Ticker clock = new SystemTicker();
    Path home;
    Path state;
    Path product;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeEach
    void begin() throws IOException {
        Path root = directory.toRealPath();
        home = Files.createDirectory(root.resolve("home"));
        state = root.resolve("state");
        product = Files.writeString(root.resolve("product.json"), """
            {"name": "agent", "package": "agent", "home": {"linux": {"directory": "/opt/agent"}},
             "state-directory": {"linux": "%s"},
             "services": {"process": {"name": "agent", "definition": "install/agent.process"}}}
            """.formatted(state));
    }

    /** Leaves the journal of an update of a running agent that has reached these phases. */
    final void leaveUnfinished(Phase... reached) throws Exception {
        Begin begin = new Begin(
                new Begin.Writer(JournalRecord.FORMAT, "test"),
                "id",
                Instant.EPOCH,
                ProductJson.read(Files.readAllBytes(product), "here"),
                new HomeLayout(home, state),
                new Begin.Before(
                        "process",
                        new ServiceFacts(true, "", List.of(), Duration.ofSeconds(5), ""),
                        Optional.empty(),
                        ""),
                new Versions("1", "2"));
        try (Journal journal =
                Journal.create(state.resolve("journal"), begin, new SystemTicker(), LogChannels.ofFileSystem())) {
            journal.complete();
            for (Phase phase : reached) {
                journal.reached(phase, "");
            }
        }
    }

    final int run(String... command) {
        out.reset();
        Program program = new Program(RootHost.printing(out, out).clock(clock).host());
        return program.run(
                Stream.concat(Stream.of(command), Stream.of("--product", product.toString(), "--home", home.toString()))
                        .toList());
    }

    /** Returns what the last command printed. */
    final String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
