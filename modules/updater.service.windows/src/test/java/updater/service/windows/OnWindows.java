package updater.service.windows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import updater.api.service.ServiceManager;

/** A bench of Windows, and the service manager that an updater opens there. */
abstract class OnWindows {
    WindowsBench bench;
    ServiceManager manager;

    @BeforeEach
    void makeBench() throws Exception {
        bench = new WindowsBench();
        manager = bench.open();
    }

    @AfterEach
    void closeBench() throws Exception {
        bench.close();
    }
}
