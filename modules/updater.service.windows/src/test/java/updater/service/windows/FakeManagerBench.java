package updater.service.windows;

import java.nio.file.Path;
import updater.api.HomeLayout;
import updater.api.Ticker;
import updater.api.conformance.ManualTicker;
import updater.api.conformance.ServiceBench;

/** A bench on the fake of the service control manager. Its clock stands still but for pauses. */
abstract class FakeManagerBench implements ServiceBench {
    static final String AGENT = "agent";

    final ManualTicker clock = new ManualTicker();
    final FakeServiceControl control = new FakeServiceControl(clock);
    final HomeLayout layout;
    final FakeService agent;

    /**
     * Installs the agent.
     *
     * @param program its file in home
     * @param systemRoot where the registry says that Windows is
     */
    FakeManagerBench(HomeLayout layout, String program, String systemRoot) {
        this.layout = layout;
        control.registry.put("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SystemRoot", systemRoot);
        agent = control.install(
                AGENT, "\"" + layout.installDir() + program + "\" --config \"" + layout.installDir() + "c.yaml\"");
    }

    @Override
    public final String name() {
        return AGENT;
    }

    @Override
    public final Ticker clock() {
        return clock;
    }

    @Override
    public final Path staged() {
        return layout.staged();
    }

    @Override
    public final void crash() {
        agent.crash();
    }

    @Override
    public final int processes() {
        return agent.livingProcesses();
    }

    @Override
    public final void uninstall() {
        control.uninstall(AGENT);
    }

    @Override
    public final void hang() {
        control.hang();
    }

    @Override
    public final void reboot() {
        control.services().forEach(FakeService::reboot);
    }
}
