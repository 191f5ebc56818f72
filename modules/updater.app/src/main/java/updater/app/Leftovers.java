package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import updater.fs.Directory;

/** Remove what an update makes beside what it installs: backup, manifests and journal. */
final class Leftovers {
    private Leftovers() {}

    /**
     * Removes everything, the journal last: as long as it is there, a recovery knows that there is something to do.
     * Idempotent; the journal's removal is forced.
     */
    static void discard(Site site) throws IOException {
        Reserve.release(site);
        BackupStore.discard(site);
        OutsideBackup.discard(site);
        Files.deleteIfExists(DefinitionPlan.stagedDefinition(site.layout()));
        Files.deleteIfExists(Backup.bulkManifest(site.layout()));
        Files.deleteIfExists(OutsideBackup.manifest(site.layout()));
        Files.deleteIfExists(site.layout().manifest());
        Files.deleteIfExists(site.layout().journal());
        try (Directory state = site.disk().open(site.layout().state())) {
            state.force();
        }
    }
}
