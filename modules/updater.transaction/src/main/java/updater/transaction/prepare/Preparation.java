package updater.transaction.prepare;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Probe;
import updater.api.RefusalCode;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.fs.Directory;
import updater.state.document.PreviousBeside;
import updater.state.document.PreviousVersion;
import updater.state.document.Probation;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.Leftovers;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.PreviousTree;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.TreeSource;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.AgentCommands;
import updater.transaction.context.EventLog;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.Invocation;
import updater.transaction.context.Offer;
import updater.transaction.context.OfferedStatus;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.ProductFile;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.Withdrawal;
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
        TreeSource source,
        EventLog log) {
    /** The plan, and the one step that changes the service's definition, when there is one. */
    private record Planned(Plan plan, Optional<Step> definition, List<String> warnings) {}

    /**
     * Prepares.
     *
     * @throws UpdateFailure when the update cannot be; whatever was made ready has been removed again
     */
    public Prepared run() throws UpdateFailure, IOException, InterruptedException {
        long start = context.clock().nanos();
        requireGoingOn();
        announce();
        Preflight preflight = new Preflight(context, status, invocation, runtime.own(), log);
        PreflightRun found = preflight.host(source);
        if (source instanceof TreeSource.Unpacked) {
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
            prepared = Optional.of(prepare(start, preflight, found, backup, outside));
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

    /** Who was offered nothing is told what comes. */
    private void announce() throws IOException {
        switch (source) {
            case TreeSource.Staged _ -> {}
            case TreeSource.Unpacked(Offer offer) -> new OfferedStatus(context).announce(offer.version());
            case TreeSource.Previous(PreviousVersion version, boolean _) ->
                new OfferedStatus(context).announce(version.version());
        }
    }

    /** What was installed before was believed then. */
    private ReleaseCheck.Checked checked(Begin begin) throws UpdateFailure, IOException {
        StagedTree tree = switch (source) {
            case TreeSource.Staged _ -> StagedTree.claim(context);
            case TreeSource.Unpacked(Offer offer) -> StagedTree.offered(context, offer);
            case TreeSource.Previous _ -> new PreviousStaging(context, begin.id()).run();
        };
        return tree.previous()
                ? new ReleaseCheck.Checked(tree, Optional.empty())
                : new ReleaseCheck(context, invocation.platform(), begin.id(), log).run(tree);
    }

    /** Goes on without the previous version where there is no room for it and for this update. */
    private void requireRoom(Directory home, BackupTree tree, Plan plan) throws UpdateFailure, IOException {
        try {
            new SpaceCheck(context).needs(home, tree, plan).require();
        } catch (UpdateFailure.Refused e) {
            PreviousTree previous = new PreviousTree(context);
            if (source instanceof TreeSource.Previous || previous.read().isEmpty()) {
                throw e;
            }
            log.warning("the previous version is not kept any longer, to make room");
            previous.discard();
            new SpaceCheck(context).needs(home, tree, plan).require();
        }
    }

    /** Returns whether the agent is started in the end. */
    public boolean starts(Begin begin) {
        return context.product().terms().policy().startWhenStopped()
                || begin.before().service().active()
                || (source instanceof TreeSource.Previous(PreviousVersion _, boolean failed) && failed);
    }

    /** Returns whether a version is put back that the updater has kept. */
    public boolean goesBack() {
        return source instanceof TreeSource.Previous;
    }

    /**
     * Notes the probation of what is going to be installed. What is gone back to had its time, and what is not started cannot
     * run; an update that changes nothing leaves a probation as it is.
     */
    private void pendProbation(Begin begin, Planned planned, boolean starts) throws IOException {
        if (planned.plan().steps() == 0 && planned.definition().isEmpty()) {
            return;
        }
        boolean none = context.product().health().probation().isZero() || !starts || goesBack();
        new ProbationFile(context.disk(), context.layout())
                .pend(none ? Optional.empty() : Optional.of(Probation.begin(begin)));
    }

    private void noteWhatIsTaken() throws IOException {
        if (source instanceof TreeSource.Previous(PreviousVersion version, boolean _)) {
            new HistoryFile(context.disk(), context.layout()).takesBack(version.replacedByTree());
        }
    }

    /** What an operator or a trigger has had unpacked, no agent waits for; nor for what an operator takes back. */
    private TimeBudget budget(long start, PreflightRun found) {
        Duration product = context.product().terms().prepareBudget();
        return source instanceof TreeSource.Staged
                ? TimeBudget.of(
                        start,
                        invocation.uptime().get(),
                        found.facts.orElseThrow().stopBound().plus(hooks()),
                        product)
                : TimeBudget.unhurried(start, product);
    }

    /** Returns how long the vendor's hooks before the stop may take. */
    private Duration hooks() {
        return context.product().terms().commands().beforeStop().stream()
                .map(Probe.Command::bound)
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Returns how long the agent that launched this updater lets it go on before the stop; empty where none waits. */
    public Optional<Duration> patience(Begin begin) {
        return source instanceof TreeSource.Staged
                ? Optional.of(TimeBudget.left(
                        invocation.uptime().get(), begin.before().service().stopBound()))
                : Optional.empty();
    }

    private Prepared prepare(
            long start, Preflight preflight, PreflightRun found, HomeBackup backup, OutsideBackup outside)
            throws UpdateFailure, IOException, InterruptedException {
        try (Directory home = context.disk().open(context.layout().home());
                Directory state = context.disk().open(context.layout().state())) {
            Begin begin = begin(found);
            Journal journal = Journal.create(context.layout().journal(), begin, context.clock(), context.logs());
            WorkDirectory.create(context);
            ReleaseCheck.Checked release = checked(begin);
            StagedTree staged = release.tree();
            requireGoingOn();
            preflight.tree(staged);
            new HistoryFile(context.disk(), context.layout()).begin(found.digest);
            noteWhatIsTaken();
            outside.create();
            backup.tree().create();
            SpaceReserve.take(context);
            TimeBudget budget = budget(start, found);
            boolean starts = starts(begin);
            Planned planned = plan(home, staged, found.definition, journal, backup.tree(), outside, budget, starts);
            requireGoingOn();
            requireRoom(home, backup.tree(), planned.plan());
            release.pend(context);
            new ProductFile(context.disk(), context.layout()).pend(context.product());
            pendProbation(begin, planned, starts);
            backup.bulk(home, budget.deadline(), budget.checksumDeadline());
            log.debug("first pass", "whole", backup.whole());
            requireGoingOn();
            home.syncFileSystem();
            WrittenMounts.forceBackup(context);
            state.syncFileSystem();
            requireGoingOn();
            journal.reached(Phase.PREPARED, planned.plan().steps() + " file steps");
            context.service().guard().arm(RecoveryCommand.write(context, invocation));
            return new Prepared(
                    new OpenJournal(journal, JournalView.read(context.layout().journal(), context.logs()), begin),
                    planned.plan(),
                    planned.definition(),
                    found.seen,
                    backup,
                    outside,
                    warnings(found, budget, backup, planned));
        }
    }

    /**
     * Checks that the agent has not given the update up meanwhile.
     *
     * @throws UpdateFailure.Refused when the launcher that it started, and that waits for this process, is gone; or when the
     *     agent says so in the status file; or when a package manager has begun to change the same files
     */
    public void requireWanted(Prepared prepared) throws UpdateFailure.Refused, InterruptedException {
        requireGoingOn();
        HostQuestions.packages(context, invocation).require(Duration.ZERO, () -> false, log::warning);
        Optional<String> withdrawn = new Withdrawal(status).since(prepared.status());
        if (withdrawn.isPresent()) {
            throw Withdrawal.refused(withdrawn.get());
        }
        if (!invocation.runtime().wanted().getAsBoolean()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.AGENT_GAVE_UP,
                    "the launcher that the agent started, and that waited for this updater, was ended before the agent"
                            + " was to be stopped",
                    "The agent gave the update up; start it again");
        }
    }

    private void requireGoingOn() throws UpdateFailure.Refused {
        Optional<String> signal = invocation.runtime().termination().requested();
        if (signal.isPresent()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.INTERRUPTED,
                    signal.get() + " asked this updater to end before it stopped the agent",
                    "Start the update again");
        }
    }

    /** Returns the journal's first record: all that a recovery must know of the host and of this update. */
    private Begin begin(PreflightRun found) {
        Instant now = context.clock().now();
        return new Begin(
                new Begin.Writer(JournalRecord.FORMAT, invocation.version()),
                Begin.id(now),
                now,
                context.product(),
                context.layout(),
                new Begin.Before(
                        context.managerName(),
                        found.facts.orElseThrow(),
                        found.seen.content(),
                        invocation.boot().id()),
                new KnownVersions(source, new HistoryFile(context.disk(), context.layout()))
                        .besides(found.agent.orElseThrow()));
    }

    /** Writes all steps to the journal, in the order in which they will be applied. */
    private Planned plan(
            Directory home,
            StagedTree staged,
            DefinitionChange change,
            Journal journal,
            BackupTree tree,
            OutsideBackup outside,
            TimeBudget budget,
            boolean starts)
            throws UpdateFailure, IOException {
        try (Planner planner = new Planner(context, staged, journal, tree, outside);
                ShippedWriter shipped = shipped(staged)) {
            ContentComparer contents = new ContentComparer(context.clock(), budget.comparingDeadline(context.clock()));
            SpaceNeeds copied = new SpaceNeeds(context.disk());
            LastShipped last = LastShipped.read(context);
            DefinitionPlan.Planned planned =
                    plan(new DefinitionPlan(context, outside, tree), staged, change, copied, last, shipped);
            Optional<Step> definition = planned.change();
            boolean first = definition.isPresent()
                    && definition.get() instanceof Step.ReplaceDefinition replaced
                    && replaced.beforeStop();
            if (first) {
                journal.planned(definition.get());
            }
            journal.planned(new Step.StopService(context.serviceName()));
            if (planned.beside().isPresent()) {
                journal.planned(planned.beside().get());
            }
            Plan plan = planner.plan(home, contents, last, shipped);
            log.debug(
                    "planned", "steps", plan.steps(), "unchanged", plan.files().unchanged());
            plan.copied().add(copied);
            plan = plan.migrating(new Migrations(context, agentCommands(), staged, log).plan(journal, tree));
            if (definition.isPresent() && !first) {
                journal.planned(definition.get());
            }
            if (starts) {
                journal.planned(new Step.StartService(context.serviceName()));
            }
            journal.complete();
            return new Planned(plan, definition, planned.warnings());
        }
    }

    /** An update that changed the definition in force changed none beside it. */
    private DefinitionPlan.Planned plan(
            DefinitionPlan definitions,
            StagedTree staged,
            DefinitionChange change,
            SpaceNeeds copied,
            LastShipped last,
            ShippedWriter shipped)
            throws UpdateFailure, IOException {
        DefinitionPlan.Planned planned = definitions.plan(change, copied, last, shipped);
        Optional<PreviousBeside> beside = staged.previous() ? new PreviousTree(context).beside() : Optional.empty();
        return beside.isPresent() && planned.equals(DefinitionPlan.Planned.NOTHING)
                ? definitions.takeBack(beside.get(), copied)
                : planned;
    }

    private AgentCommands agentCommands() {
        return new AgentCommands(
                invocation.runtime().commands(), invocation.user().uid());
    }

    private ShippedWriter shipped(StagedTree staged) throws IOException {
        return staged.previous()
                ? ShippedWriter.create(context, PreviousStaging.known(context))
                : ShippedWriter.create(context);
    }

    private static List<String> warnings(PreflightRun found, TimeBudget budget, HomeBackup backup, Planned planned) {
        List<String> warnings = new ArrayList<>(found.warnings());
        if (!backup.whole()) {
            warnings.add("preparation ran out of its " + budget.allowed().toMillis()
                    + " ms: the rest of the backup was taken while the agent was down");
        }
        warnings.addAll(planned.warnings());
        warnings.addAll(planned.plan().warnings());
        return List.copyOf(warnings);
    }

    /** The guard was armed already where the installed version is on probation. */
    private void disarm() throws IOException, UpdateFailure.Service {
        if (new ProbationFile(context.disk(), context.layout()).read().isEmpty()) {
            context.service().guard().disarm();
        }
    }

    private void abort(Exception cause) {
        try {
            disarm();
            StagedTree.putBack(context);
            Leftovers.discard(context);
        } catch (UpdateFailure.Service | IOException e) {
            cause.addSuppressed(e);
            log.warning("could not remove what was prepared", e);
        }
    }
}
