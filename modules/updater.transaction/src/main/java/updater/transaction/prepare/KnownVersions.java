package updater.transaction.prepare;

import java.io.IOException;
import updater.api.Versions;
import updater.state.document.HistoryEntry;
import updater.state.document.PreviousVersion;
import updater.state.document.StatusDocument.PackageStatus;
import updater.state.document.UpdateReport;
import updater.transaction.backup.TreeSource;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.Offer;

/**
 * The versions of an update. What the agent's status file says of them comes first; where it says nothing, or there is none,
 * the new one is what was offered, and the old one what the last successful update here had installed. For people: nothing is
 * decided by them.
 */
record KnownVersions(TreeSource source, HistoryFile history) {
    /** Returns them; a version that nobody knows is empty. */
    Versions besides(PackageStatus said) {
        return new Versions(
                said.agentVersion().isEmpty() ? installed() : said.agentVersion(),
                said.serverVersion().isEmpty() ? offered() : said.serverVersion());
    }

    private String offered() {
        return switch (source) {
            case TreeSource.Staged _ -> "";
            case TreeSource.Unpacked(Offer offer) -> offer.version();
            case TreeSource.Previous(PreviousVersion version, boolean _) -> version.version();
        };
    }

    private String installed() {
        if (source instanceof TreeSource.Previous(PreviousVersion version, boolean _)
                && !version.replacedBy().isEmpty()) {
            return version.replacedBy();
        }
        try {
            return history.read().reversed().stream()
                    .filter(entry -> entry.outcome() == UpdateReport.Outcome.UPDATED)
                    .map(HistoryEntry::versions)
                    .map(Versions::to)
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
