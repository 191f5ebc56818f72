package updater.transaction.prepare;

import java.util.List;
import updater.state.document.UpdateReport;

/**
 * The summary of a plan, whose steps are in the journal.
 *
 * @param steps how many
 * @param files what becomes of the files of the bundle, and of those of the last one
 * @param copied what it takes to place those that cannot be renamed into place
 * @param warnings what an operator should know, for the report
 */
public record Plan(long steps, UpdateReport.FileCounts files, SpaceNeeds copied, List<String> warnings) {}
