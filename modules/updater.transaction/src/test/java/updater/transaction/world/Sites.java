package updater.transaction.world;

import updater.api.Ticker;
import updater.fs.Disk;
import updater.state.log.LogChannels;
import updater.transaction.context.Site;

/** Replace one part of what production code works with. */
public final class Sites {
    private Sites() {}

    public static Site with(Site site, Disk disk) {
        return of(site, disk, site.logs(), site.clock());
    }

    public static Site with(Site site, LogChannels logs) {
        return of(site, site.disk(), logs, site.clock());
    }

    public static Site with(Site site, Ticker clock) {
        return of(site, site.disk(), site.logs(), clock);
    }

    private static Site of(Site site, Disk disk, LogChannels logs, Ticker clock) {
        return new Site(
                site.product(), site.layout(), site.managerName(), site.service(), disk, logs, site.files(), clock);
    }
}
