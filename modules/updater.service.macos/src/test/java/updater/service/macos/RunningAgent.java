package updater.service.macos;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.service.ServiceManager;

/** An agent that runs under a launchd with made-up time and processes. */
abstract class RunningAgent {
    static final Duration BOUND = Duration.ofSeconds(30);
    static final String TARGET = "system/" + VirtualMac.LABEL;

    @TempDir
    Path directory;

    VirtualMac mac;
    ServiceManager service;

    @BeforeEach
    void install() throws Exception {
        mac = new VirtualMac(directory.toRealPath());
        mac.install(mac.definition(""));
        mac.launchd.boot();
        mac.launchd.forgetRequests();
        service = mac.open();
    }

    final Duration timed(Act act) throws Exception {
        long start = mac.clock.nanos();
        act.run();
        return mac.clock.since(start);
    }

    @FunctionalInterface
    interface Act {
        void run() throws Exception;
    }

    final void update() throws Exception {
        service.stop(BOUND);
        service.start();
    }

    final boolean runs() throws Exception {
        return service.state().running();
    }
}
