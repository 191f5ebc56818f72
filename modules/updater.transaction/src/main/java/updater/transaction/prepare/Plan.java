package updater.transaction.prepare;

import java.util.List;
import updater.api.FileEntry;
import updater.state.document.UpdateReport;

/**
 * The summary of a plan, whose steps are in the journal.
 *
 * @param steps how many
 * @param files what becomes of the files of the bundle, and of those of the last one
 * @param copied what it takes to place those that cannot be renamed into place
 * @param warnings what an operator should know, for the report
 * @param migrated the files of the operator that the vendor migrates, as they were then; by their paths in home
 */
public record Plan(
        long steps, UpdateReport.FileCounts files, SpaceNeeds copied, List<String> warnings, List<FileEntry> migrated) {
    /** Makes a plan that migrates nothing. */
    Plan(long steps, UpdateReport.FileCounts files, SpaceNeeds copied, List<String> warnings) {
        this(steps, files, copied, warnings, List.of());
    }

    /** Returns the same with the migration of these files, a step each. */
    Plan migrating(List<FileEntry> more) {
        UpdateReport.FileCounts counts = new UpdateReport.FileCounts(
                files.replaced() + more.size(),
                files.added(),
                files.unchanged(),
                files.preserved(),
                files.bytes() + more.stream().mapToLong(FileEntry::size).sum(),
                files.removed(),
                files.stayed());
        return new Plan(steps + more.size(), counts, copied, warnings, List.copyOf(more));
    }
}
