package updater.transaction.prepare;

import java.io.IOException;
import updater.api.Place;
import updater.api.Stat;
import updater.api.Step;
import updater.fs.Directory;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.context.UpdateContext;

/**
 * The steps that remove what goes, which is linked into the backup before.
 *
 * @param plan takes the steps
 */
record Removal(UpdateContext context, BackupTree backup, OutsideBackup outside, Steps plan)
        implements DroppedFiles.Going {
    /** What takes the steps of a plan, in order. */
    @FunctionalInterface
    interface Steps {
        void planned(Step step) throws IOException;
    }

    @Override
    public void file(Directory parent, Place place, Stat stat) throws IOException {
        boolean inHome = place.anchor().equals(context.layout().home());
        if (inHome) {
            backup.link(parent, place.name(), place.path());
        }
        Place kept = inHome ? backup.placeOf(place.path()) : outside.keepBehindLink(place);
        plan.planned(new Step.RemoveFile(place, kept, stat.size(), stat.inode(), stat.modified()));
    }

    @Override
    public void directory(Place place, Stat stat) throws IOException {
        if (!place.anchor().equals(context.layout().home())) {
            outside.changesBehindLink(place);
        }
        plan.planned(new Step.RemoveDirectory(place, stat.mode(), stat.uid(), stat.gid()));
    }

    @Override
    public void stays(String path) {
        // It is counted, and a warning names it.
    }
}
