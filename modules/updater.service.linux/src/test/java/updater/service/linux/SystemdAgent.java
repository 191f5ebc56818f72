package updater.service.linux;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import updater.api.conformance.ManualTicker;
import updater.api.service.ServiceManager;
import updater.testkit.PlainHostFiles;

/** An agent that runs under a systemd of the tests. */
abstract class SystemdAgent {
    @TempDir
    Path root;

    final FakeSystemd systemd = new FakeSystemd();
    final ManualTicker clock = new ManualTicker();
    ServiceManager agent;

    @BeforeEach
    void open() throws IOException {
        FakeProc.in(root);
        agent = new SystemdProvider(root)
                .open(Contexts.context(
                        "agent", root.resolve("home"), systemd, new PlainHostFiles(), clock, Contexts.PID));
        systemd.unit(
                "agent.service",
                "LoadState=loaded",
                "ActiveState=active",
                "SubState=running",
                "UnitFileState=enabled",
                "MainPID=77",
                "Job=",
                "Result=success",
                "TimeoutStopUSec=20s");
    }

    void idle() {
        systemd.unit("agent.service", "ActiveState=inactive", "SubState=dead", "MainPID=0");
    }
}
