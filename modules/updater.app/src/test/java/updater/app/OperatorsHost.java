package updater.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.SystemTicker;
import updater.api.Ticker;
import updater.app.host.RootHost;

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
