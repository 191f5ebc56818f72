package updater.app.host;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import updater.api.Ticker;
import updater.fs.Disk;
import updater.service.process.ProcessProvider;
import updater.transaction.context.OwnUser;

/** This host as root sees it, without a service manager, but for what a test wants otherwise. */
public final class RootHost {
    private final Host real = Host.real();
    private final Console console;
    private Signals signals = Signals.none();
    private Ticker clock = real.clock();
    private Disk disk = real.disk();

    private RootHost(OutputStream out, OutputStream err) {
        console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
    }

    /** Prints into streams, which may be one. */
    public static RootHost printing(OutputStream out, OutputStream err) {
        return new RootHost(out, err);
    }

    public RootHost signals(Signals other) {
        signals = other;
        return this;
    }

    public RootHost clock(Ticker other) {
        clock = other;
        return this;
    }

    public RootHost disk(Disk other) {
        disk = other;
        return this;
    }

    /** Returns it. */
    public Host host() {
        Host.OperatingSystem system = real.system();
        Host.Lifetime lifetime = real.lifetime();
        return new Host(
                new Host.OperatingSystem(system.os(), system.boot(), system.commands(), List.of(new ProcessProvider())),
                real.process(),
                new OwnUser(true, real.user().uid()),
                new Host.Lifetime(lifetime.uptime(), lifetime.wanted(), signals),
                console,
                clock,
                disk);
    }
}
