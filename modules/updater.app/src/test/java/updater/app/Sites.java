package updater.app;

import updater.api.Ticker;
import updater.fs.Disk;
import updater.state.log.LogChannels;

/** Replace one part of what production code works with. */
final class Sites {
    private Sites() {}

    static Site with(Site site, Disk disk) {
        return of(site, disk, site.logs(), site.placing(), site.clock());
    }

    static Site with(Site site, LogChannels logs) {
        return of(site, site.disk(), logs, site.placing(), site.clock());
    }

    static Site with(Site site, Placing placing) {
        return of(site, site.disk(), site.logs(), placing, site.clock());
    }

    static Site with(Site site, Ticker clock) {
        return of(site, site.disk(), site.logs(), site.placing(), clock);
    }

    private static Site of(Site site, Disk disk, LogChannels logs, Placing placing, Ticker clock) {
        return new Site(
                site.product(),
                site.layout(),
                site.managerName(),
                site.service(),
                disk,
                logs,
                site.files(),
                placing,
                clock,
                site.uid());
    }
}
