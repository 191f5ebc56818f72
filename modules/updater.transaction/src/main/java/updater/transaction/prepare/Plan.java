package updater.transaction.prepare;

import java.util.List;

/**
 * The summary of a plan, whose steps are in the journal.
 *
 * @param steps how many
 * @param replaced files that replace one
 * @param created files where there was none
 * @param unchanged staged files that are in place already, byte for byte
 * @param preserved staged files that are never installed because of their name
 * @param bytes bytes of all files to be placed
 * @param copied what it takes to place those that cannot be renamed into place
 * @param warnings what an operator should know, for the report
 */
public record Plan(
        long steps,
        long replaced,
        long created,
        long unchanged,
        long preserved,
        long bytes,
        SpaceNeeds copied,
        List<String> warnings) {}
