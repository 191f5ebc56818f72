package updater.transaction.prepare;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.Leftovers;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.Offer;
import updater.transaction.context.OfferedStatus;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.WrittenMounts;

/**
 * The making ready of an update while the old agent still runs: plan, back up the bulk, and force it all to disk. Until it
 * returns, nothing is changed but below {@code home/tmp} and in the state directory.
 */
public record Preparation(
        UpdateContext context,
        StatusFile status,
        RuntimeCopy runtime,
        Invocation invocation,
        Optional<Offer> offer,
        EventLog log) {
    /** The plan, and the one step that changes the service's definition, when there is one. */
    private record Planned(Plan plan, Optional<Step> definition) {}

    /**
     * Prepares.
     *
     * @throws UpdateFailure when the update cannot be; whatever was made ready has been removed again
     */
    public Prepared run() throws UpdateFailure, IOException, InterruptedException {
        long start = context.clock().nanos();
        if (offer.isPresent()) {
            new OfferedStatus(context).announce(offer.get().version());
        }
        Preflight.Findings found = new Preflight(context, status, offer).run();
        WorkDirectory.check(context);
        if (offer.isPresent()) {
            Leftovers.discardButOffered(context);
        } else {
            Leftovers.discard(context);
        }
        Leftovers.discardKept(context);
        // Before anything is moved: whoever recovers needs a runtime, and the staged one is not run from home.
        runtime.adopt();
        HomeBackup backup = new HomeBackup(context, new BackupTree(context));
        OutsideBackup outside = new OutsideBackup(context);
        Optional<Prepared> prepared = Optional.empty();
        try {
            prepared = Optional.of(prepare(start, found, backup, outside));
            return prepared.get();
        } catch (UpdateFailure | IOException | RuntimeException e) {
            abort(e);
            throw e;
        } finally {
            if (prepared.isEmpty()) {
                try (backup) {
                    outside.close();
                }
            }
        }
    }

    private Prepared prepare(long start, Preflight.Findings found, HomeBackup backup, OutsideBackup outside)
            throws UpdateFailure, IOException, InterruptedException {
        try (Directory home = context.disk().open(context.layout().home());
                Directory state = context.disk().open(context.layout().state())) {
            Begin begin = begin(found);
            Journal journal = Journal.create(context.layout().journal(), begin, context.clock(), context.logs());
            WorkDirectory.create(context);
            StagedTree claimed =
                    offer.isPresent() ? StagedTree.offered(context, offer.get()) : StagedTree.claim(context);
            ReleaseCheck.Checked release =
                    new ReleaseCheck(context, invocation.platform(), begin.id(), log).run(claimed);
            StagedTree staged = release.tree();
            outside.create();
            backup.tree().create();
            SpaceReserve.take(context);
            TimeBudget budget = TimeBudget.of(
                    start,
                    invocation.uptime().get(),
                    found.facts().stopBound(),
                    context.product().prepareBudget());
            Planned planned = plan(home, staged, journal, backup.tree(), outside, budget);
            SpaceNeeds needs = new SpaceCheck(context).needs(home, backup.tree(), planned.plan());
            needs.require();
            release.pend(context);
            new GuardTrial(invocation.runtime().commands(), context.layout(), log).run(runtime.own());
            backup.bulk(home, budget.deadline(), budget.checksumDeadline());
            log.debug("first pass", "whole", backup.whole());
            home.syncFileSystem();
            WrittenMounts.forceBackup(context);
            state.syncFileSystem();
            journal.reached(Phase.PREPARED, planned.plan().steps() + " file steps");
            context.service().guard().arm(RecoveryCommand.write(context, invocation));
            return new Prepared(
                    new OpenJournal(journal, JournalView.read(context.layout().journal(), context.logs()), begin),
                    planned.plan(),
                    planned.definition(),
                    backup,
                    outside,
                    warnings(found, budget, backup, planned.plan()));
        }
    }

    /**
     * Checks that the agent has not given the update up meanwhile.
     *
     * @throws UpdateFailure.Refused when the launcher that it started, and that waits for this process, is gone
     */
    public void requireCaller() throws UpdateFailure.Refused {
        if (!invocation.runtime().wanted().getAsBoolean()) {
            throw new UpdateFailure.Refused(
                    "the launcher that the agent started, and that waited for this updater, was ended before the agent"
                            + " was to be stopped",
                    "The agent gave the update up; start it again");
        }
    }

    /** Returns the journal's first record: all that a recovery must know of the host and of this update. */
    private Begin begin(Preflight.Findings found) {
        Instant now = context.clock().now();
        return new Begin(
                JournalRecord.FORMAT,
                invocation.version(),
                now.toString().replace(":", "").replace(".", "-"),
                now,
                context.product(),
                context.layout().home(),
                context.layout().state(),
                context.managerName(),
                found.facts(),
                Optional.of(found.status()),
                found.agent().agentVersion(),
                found.agent().serverVersion(),
                invocation.boot().id());
    }

    /** Writes all steps to the journal, in the order in which they will be applied. */
    private Planned plan(
            Directory home,
            StagedTree staged,
            Journal journal,
            BackupTree tree,
            OutsideBackup outside,
            TimeBudget budget)
            throws UpdateFailure, IOException {
        try (Planner planner = new Planner(context, staged, journal, tree, outside)) {
            ContentComparer contents = new ContentComparer(context.clock(), budget.comparingDeadline(context.clock()));
            journal.planned(new Step.StopService(context.serviceName()));
            Plan plan = planner.plan(home, contents);
            log.debug("planned", "steps", plan.steps(), "unchanged", plan.unchanged());
            Optional<Step> definition = new DefinitionPlan(context, staged, outside, tree).plan(plan.copied());
            if (definition.isPresent()) {
                journal.planned(definition.get());
            }
            journal.planned(new Step.StartService(context.serviceName()));
            journal.complete();
            return new Planned(plan, definition);
        }
    }

    private static List<String> warnings(Preflight.Findings found, TimeBudget budget, HomeBackup backup, Plan plan) {
        List<String> warnings = new ArrayList<>(found.warnings());
        if (!backup.whole()) {
            warnings.add("preparation ran out of its " + budget.allowed().toMillis()
                    + " ms: the rest of the backup was taken while the agent was down");
        }
        warnings.addAll(plan.warnings());
        return List.copyOf(warnings);
    }

    private void abort(Exception cause) {
        try {
            context.service().guard().disarm();
            StagedTree.putBack(context);
            Leftovers.discard(context);
        } catch (UpdateFailure.Service | IOException e) {
            cause.addSuppressed(e);
            log.warning("could not remove what was prepared", e);
        }
    }
}
