package updater.transaction.world;

import updater.api.Ticker;
import updater.fs.Disk;
import updater.state.log.LogChannels;
import updater.transaction.context.UpdateContext;

/** Variants of what production code works with, in which one part is another. */
public final class Contexts {
    private Contexts() {}

    public static UpdateContext with(UpdateContext context, Disk disk) {
        return of(context, disk, context.logs(), context.clock());
    }

    public static UpdateContext with(UpdateContext context, LogChannels logs) {
        return of(context, context.disk(), logs, context.clock());
    }

    public static UpdateContext with(UpdateContext context, Ticker clock) {
        return of(context, context.disk(), context.logs(), clock);
    }

    private static UpdateContext of(UpdateContext context, Disk disk, LogChannels logs, Ticker clock) {
        return new UpdateContext(
                context.product(), context.layout(), context.manager(), disk, logs, context.files(), clock);
    }
}
