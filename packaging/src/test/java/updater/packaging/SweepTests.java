package updater.packaging;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** Sweeps of every {@link SweptRun} on one host, whose vendor has hooks, a migration and a probation. */
@SystemTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SweepTests {
    private static final int MEBIBYTES = 640;

    SweepHost host;

    @BeforeAll
    void setUp(Bundles bundles) {
        host = SweepHost.ofVendor(SweepDisk.mount("ext4", MEBIBYTES, "noauto_da_alloc"), bundles.runtimeTree());
    }

    @AfterAll
    void tearDown() {
        host.close();
    }

    /** Up to the start of what fails, a run is the one that does not: returns the first operation that is of its own. */
    static int from(SweptRun run, List<String> operations) {
        return run.failing ? SweepSample.start(operations) : 1;
    }
}
