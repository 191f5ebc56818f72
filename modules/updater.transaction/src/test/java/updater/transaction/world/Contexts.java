package updater.transaction.world;

import updater.api.Ticker;
import updater.fs.Disk;
import updater.state.log.LogChannels;
import updater.transaction.context.UpdateContext;

/** Replace one part of what production code works with. */
public final class Contexts {
    private Contexts() {}

    public static UpdateContext with(UpdateContext site, Disk disk) {
        return of(site, disk, site.logs(), site.clock());
    }

    public static UpdateContext with(UpdateContext site, LogChannels logs) {
        return of(site, site.disk(), logs, site.clock());
    }

    public static UpdateContext with(UpdateContext site, Ticker clock) {
        return of(site, site.disk(), site.logs(), clock);
    }

    private static UpdateContext of(UpdateContext site, Disk disk, LogChannels logs, Ticker clock) {
        return new UpdateContext(
                site.product(), site.layout(), site.managerName(), site.service(), disk, logs, site.files(), clock);
    }
}
