package updater.service.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An agent without a service manager, on this host. */
abstract class SupervisedAgent {
    static final Duration BOUND = Duration.ofSeconds(10);
    static final String RUNS_ON = "exec sleep 300\n";
    TestHost host;
    ProcessService service;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        host = new TestHost(directory);
        service = host.service();
    }

    @AfterEach
    void close() {
        host.close();
    }

    static String readString(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
