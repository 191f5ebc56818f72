package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceFacts;
import updater.state.document.StatusDocument.PackageStatus;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;

/** What the checks of one preflight work with, and what they found. */
final class PreflightRun {
    private final UpdateContext context;
    private final StatusFile status;
    private final Invocation invocation;
    private final boolean ownRuntime;
    private final EventLog log;
    private final List<String> warnings = new ArrayList<>();

    /** The tree that would be installed; empty where there is none yet. */
    Optional<StagedTree> tree = Optional.empty();

    /** Whether the tree is the one in {@code home/tmp}. */
    boolean fromTmp;

    /** Whether an update would first write into the status file what is to come, whatever is there now. */
    boolean unannounced;

    /** Whether a version would be put back that the updater has kept. */
    boolean goesBack;

    /** Whether the checks may wait for what holds an update up; {@code doctor} shows it at once. */
    boolean patient;

    /** Whether its vendor vouches for it, so that who else could have changed it does not matter: a copy is installed. */
    boolean believed;

    /** What would become of the files of the tree; nothing until that was asked for. */
    PlanPreview.Files files = PlanPreview.Files.NONE;

    /** What names the tree by its content; empty until that was asked for. */
    String digest = "";

    Optional<ServiceFacts> facts = Optional.empty();
    StatusFile.Seen seen = StatusFile.Seen.NOTHING;
    Optional<PackageStatus> agent = Optional.empty();
    DefinitionChange definition = new DefinitionChange.None();

    PreflightRun(UpdateContext context, StatusFile status, Invocation invocation, boolean ownRuntime, EventLog log) {
        this.context = context;
        this.status = status;
        this.invocation = invocation;
        this.ownRuntime = ownRuntime;
        this.log = log;
    }

    UpdateContext context() {
        return context;
    }

    StatusFile status() {
        return status;
    }

    Invocation invocation() {
        return invocation;
    }

    /** Whether this process runs from the state directory, as one does that a launcher started. */
    boolean ownRuntime() {
        return ownRuntime;
    }

    /** Returns the updater's user. The state directory is his, once there is one. */
    long user() throws IOException {
        return Files.isDirectory(context.layout().state())
                ? WorkDirectory.user(context)
                : invocation.user().uid();
    }

    EventLog log() {
        return log;
    }

    StagedTree stagedTree() {
        return tree.orElseThrow();
    }

    /** Notes what an operator should know although it is no reason to refuse. */
    void warn(String warning) {
        warnings.add(warning);
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }
}
