package updater.packaging;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A user without privileges, with a home directory of its own, and two versions of an agent. */
abstract class OnUnprivilegedHost {
    static final SampleAgent V1 = UnprivilegedHost.agent("v1");
    static final SampleAgent V2 = UnprivilegedHost.agent("v2");

    UnprivilegedHost host;

    @BeforeEach
    void open() {
        host = UnprivilegedHost.open();
    }

    @AfterEach
    void close() {
        host.close();
    }
}
