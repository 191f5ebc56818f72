package updater.api.conformance;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Every test that a provider must pass, unchanged. Its subclass says how to make a bench, and nothing else. */
public abstract class ServiceConformance
        implements StateConformance, StopStartConformance, DefinitionConformance, GuardConformance {
    private ServiceBench bench;

    /**
     * Makes the bench for one test.
     *
     * @param directory an empty one, removed after the test
     */
    protected abstract ServiceBench open(Path directory) throws Exception;

    /** Takes a bench from elsewhere, for running the suite without an engine. */
    protected final void use(ServiceBench other) {
        bench = other;
    }

    @Override
    public final ServiceBench bench() {
        return bench;
    }

    @BeforeEach
    final void openBench(@TempDir Path directory) throws Exception {
        bench = open(directory.toRealPath());
    }

    @AfterEach
    final void closeBench() throws Exception {
        if (bench != null) {
            bench.close();
        }
    }
}
