package updater.transaction.context;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import updater.api.HomeLayout;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SmallFile;
import updater.state.document.HistoryJson;
import updater.state.document.Hold;
import updater.state.document.PreviousBeside;
import updater.state.document.PreviousSettings;
import updater.state.document.PreviousVersion;
import updater.state.document.Probation;
import updater.state.document.ProductJson;

/**
 * Those of the records in the state directory that cannot be read. Updates go on without most of them, as if there were none, so
 * that nobody would notice. What is remembered of releases is not among them: without it every update is refused.
 */
public record DamagedRecords(Disk disk, HomeLayout layout) {
    private static final int MAX_BYTES = 1 << 22;

    /** Returns them, a sentence each, the one that keeps updates back first; none where the directory is not to be read. */
    public List<String> find() {
        List<String> damaged = new ArrayList<>();
        try (Directory state = disk.open(layout.state())) {
            find(state, StateFiles.HOLD, json -> Hold.read(json).isPresent())
                    .map(HoldFile::keepsBack)
                    .ifPresent(damaged::add);
            find(state, StateFiles.HISTORY, DamagedRecords::isHistory)
                    .map(what ->
                            what + ": what failed or was taken back here may be installed again; the next update writes"
                                    + " it anew")
                    .ifPresent(damaged::add);
            find(state, StateFiles.PREVIOUS, json -> PreviousVersion.read(json).isPresent())
                    .map(what -> what + ": the last update cannot be taken back by 'updater rollback'")
                    .ifPresent(damaged::add);
            find(state, StateFiles.PREVIOUS_PRODUCT, DamagedRecords::isProduct)
                    .map(what -> what + ": the version before would be judged by the rule of the one that is installed")
                    .ifPresent(damaged::add);
            find(
                            state,
                            StateFiles.PREVIOUS_SETTINGS,
                            json -> PreviousSettings.read(json).isPresent())
                    .map(what -> what + ": 'updater rollback' would leave the service's settings as they are")
                    .ifPresent(damaged::add);
            find(
                            state,
                            StateFiles.PREVIOUS_BESIDE,
                            json -> PreviousBeside.read(json).isPresent())
                    .map(what -> what + ": 'updater rollback' would leave the definition beside the operator's")
                    .ifPresent(damaged::add);
            find(state, StateFiles.PROBATION, json -> Probation.read(json).isPresent())
                    .map(what -> what + ": nobody looks at whether the installed version stays well")
                    .ifPresent(damaged::add);
        } catch (IOException e) {
            // There is none yet, or it is not for this user to read.
        }
        return damaged;
    }

    private static boolean isProduct(byte[] json) {
        try {
            ProductJson.read(json, "of the previous version");
            return true;
        } catch (UpdateFailure.Usage e) {
            return false;
        }
    }

    private static boolean isHistory(byte[] lines) {
        return lines.length == 0 || !HistoryJson.read(lines).isEmpty();
    }

    /** Returns that it is damaged; empty where it is not, or is not there. */
    private Optional<String> find(Directory state, String name, Predicate<byte[]> readable) {
        try {
            return SmallFile.read(state, name, MAX_BYTES)
                    .filter(content -> !readable.test(content))
                    .map(content -> layout.state().resolve(name) + " is damaged");
        } catch (IOException e) {
            return Optional.of(layout.state().resolve(name) + " cannot be read: " + Reason.of(e));
        }
    }
}
