package updater.agent;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An agent in a home of its own. */
abstract class AtHome {
    @TempDir
    Path home;

    AgentHome host = new AgentHome(Path.of(""));

    @BeforeEach
    void open() {
        host = new AgentHome(home);
    }

    @AfterEach
    void close() throws Exception {
        host.close();
    }
}
