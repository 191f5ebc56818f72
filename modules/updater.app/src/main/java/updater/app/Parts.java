package updater.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.state.ProductJson;

/** Put together what one run under the lock consists of. */
final class Parts {
    private final Host host;
    private final Site site;
    private final Log log;
    private final Timeline timeline;
    private final StatusStore status;
    private final String version;

    Parts(Host host, Installation installation, Log log) {
        this.host = host;
        this.site = installation.site();
        this.log = log;
        this.timeline = new Timeline(host.clock(), host.console(), log);
        this.status = new StatusStore(site);
        this.version = VersionText.load().version();
    }

    Update update(CommandLine line) throws UpdateFailure {
        Preparation preparation = new Preparation(
                site,
                status,
                new RuntimeCopy(
                        site.disk(),
                        site.files(),
                        site.layout(),
                        new RuntimeCopy.User(host.privileged(), host.uid()),
                        host.javaHome(),
                        log),
                guardOrder(line),
                host.boot(),
                host.uptime().get(),
                version,
                log);
        return new Update(site, preparation, status, timeline, reporting(false), rollBack(), log);
    }

    /** @param giveUp whether a rollback that cannot be finished is to be ended all the same */
    Recovery recovery(boolean giveUp) {
        return new Recovery(site, status, timeline, reporting(true), rollBack(), host.boot(), giveUp, log);
    }

    private Reporting reporting(boolean recovered) {
        return new Reporting(site, timeline, version, recovered, log);
    }

    private RollBack rollBack() {
        return new RollBack(site, status, timeline, host.boot(), log);
    }

    /** The guard must find the same product and home as this run, whatever has become of {@code home/tmp} by then. */
    private GuardOrder guardOrder(CommandLine line) throws UpdateFailure {
        HomeLayout layout = site.layout();
        java.nio.file.Path product = layout.state().resolve("product.json");
        try {
            site.files().write(product, ProductJson.write(site.product()), 0644);
        } catch (java.io.IOException e) {
            throw new UpdateFailure.Disk("write", product, e);
        }
        List<String> command = new ArrayList<>(List.of(
                layout.stateLauncher().toString(),
                "recover",
                "--home",
                layout.home().toString(),
                "--product",
                product.toString()));
        Optional<String> manager = line.serviceManager();
        if (manager.isPresent()) {
            command.add("--service-manager");
            command.add(manager.get());
        }
        return new GuardOrder(command);
    }
}
