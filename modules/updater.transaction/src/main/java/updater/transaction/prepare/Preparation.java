package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.HomeLayout;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.fs.Directory;
import updater.state.document.ProductJson;
import updater.state.document.StatusDocument.PackageStatus;
import updater.state.journal.Journal;
import updater.state.journal.JournalRecord;
import updater.state.journal.JournalRecord.Begin;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.HomeBackup;
import updater.transaction.backup.Leftovers;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.SpaceReserve;
import updater.transaction.context.StateFiles;
import updater.transaction.context.StatusFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.WrittenMounts;

/**
 * Make an update ready while the agent still runs: look at everything, refuse what cannot work, plan, back up the bulk,
 * and force it all to disk. Until it returns, nothing is changed but below {@code home/tmp} and in the state directory.
 */
public final class Preparation {
    /** The agent kills its updater after 30 s: the stop must be over by then. */
    private static final Duration AGENTS_PATIENCE = Duration.ofSeconds(27);

    private static final Duration LEAST = Duration.ofSeconds(2);

    /** The part of the time for preparing in which contents are read to find files that are in place already. */
    private static final int COMPARING = 6;

    /** The part of the time for preparing in which linked files are read for their checksum. */
    private static final int CHECKSUMS = 3;

    private static final int STATUS_LOOKS = 10;

    private final UpdateContext context;
    private final StatusFile status;
    private final RuntimeCopy runtime;
    private final Invocation invocation;
    private final EventLog log;
    private final List<String> warnings = new ArrayList<>();

    public Preparation(
            UpdateContext context, StatusFile status, RuntimeCopy runtime, Invocation invocation, EventLog log) {
        this.context = context;
        this.status = status;
        this.runtime = runtime;
        this.invocation = invocation;
        this.log = log;
    }

    /**
     * Prepares.
     *
     * @throws UpdateFailure when the update cannot be; whatever was made ready has been removed again
     */
    public Prepared run() throws UpdateFailure, IOException, InterruptedException {
        long start = context.clock().nanos();
        ServiceFacts facts = context.service().inspect();
        warnings.addAll(context.service().warnings());
        refuseToBeKilled();
        Bytes statusBefore = readStatus();
        requireStaged();
        Leftovers.discard(context);
        Leftovers.discardKept(context);
        BackupTree store = new BackupTree(context);
        OutsideBackup outside = new OutsideBackup(context);
        Optional<Prepared> prepared = Optional.empty();
        try {
            prepared = Optional.of(prepare(start, facts, statusBefore, store, outside));
            return prepared.get();
        } catch (UpdateFailure | IOException | RuntimeException e) {
            giveUp(e);
            throw e;
        } finally {
            if (prepared.isEmpty()) {
                try (store) {
                    outside.close();
                }
            }
        }
    }

    private Prepared prepare(
            long start, ServiceFacts facts, Bytes statusBefore, BackupTree store, OutsideBackup outside)
            throws UpdateFailure, IOException, InterruptedException {
        Optional<PackageStatus> before = status.parse(statusBefore.toArray());
        try (Directory home = context.disk().open(context.layout().home())) {
            Begin begin = begin(facts, statusBefore, before);
            Journal journal = Journal.create(context.layout().journal(), begin, context.clock(), context.logs());
            outside.create();
            store.create();
            SpaceReserve.take(context);
            journal.planned(new Step.StopService(context.serviceName()));
            Duration allowed = allowed(facts);
            ContentComparer comparing = new ContentComparer(
                    context.clock(),
                    context.clock().nanos() + allowed.dividedBy(COMPARING).toNanos());
            Plan plan = planFiles(home, journal, store, outside, comparing);
            log.debug("planned", "steps", plan.steps(), "unchanged", plan.unchanged());
            Optional<Step> definition = new DefinitionPlan(context, outside, store).plan();
            if (definition.isPresent()) {
                journal.planned(definition.get());
                addCopied(definition.get(), plan.copied());
            }
            journal.planned(new Step.StartService(context.serviceName()));
            journal.complete();
            SpaceNeeds needs = new SpaceCheck(context).needs(home, store, plan);
            needs.require();
            runtime.refresh(needs);
            HomeBackup backup = backUpBulk(start, allowed, home, store);
            log.debug("first pass", "whole", backup.whole());
            home.syncFileSystem();
            WrittenMounts.forceBackup(context);
            try (Directory state = context.disk().open(context.layout().state())) {
                state.syncFileSystem();
            }
            journal.reached(Phase.PREPARED, plan.steps() + " file steps");
            context.service().guard().arm(recoveryCommand());
            warnings.addAll(plan.warnings());
            return new Prepared(
                    new OpenJournal(journal, JournalView.read(context.layout().journal(), context.logs()), begin),
                    plan,
                    definition,
                    backup,
                    store,
                    outside,
                    List.copyOf(warnings));
        }
    }

    /** The process must outlive the service it stops. */
    private void refuseToBeKilled() throws UpdateFailure {
        Optional<String> because = context.service().stopKillsUpdater();
        if (because.isPresent()) {
            throw new UpdateFailure.Refused(
                    "stopping " + context.serviceName() + " would kill this updater as well: " + because.get(),
                    "Start the updater outside the service, or set KillMode=process in it");
        }
    }

    /** The agent rewrites the file by removing it first, so one look may come at a bad moment. */
    private Bytes readStatus() throws UpdateFailure, InterruptedException {
        String problem = "";
        for (int look = 0; look < STATUS_LOOKS; look++) {
            try {
                Optional<byte[]> bytes = status.bytes();
                if (bytes.isEmpty()) {
                    problem = "it is missing";
                } else if (status.parse(bytes.get()).isEmpty()) {
                    problem = "it is malformed, or does not mention package "
                            + context.product().packageName();
                } else {
                    return Bytes.of(bytes.get());
                }
            } catch (IOException e) {
                problem = String.valueOf(e.getMessage());
            }
            context.clock().pause(context.product().health().poll());
        }
        throw new UpdateFailure.Refused(
                "the status file "
                        + context.layout().home().resolve(context.product().statusFile())
                        + " cannot be used: " + problem,
                "Nobody could tell whether the new agent is healthy; let the agent write it, or write it by hand");
    }

    private Begin begin(ServiceFacts facts, Bytes statusBefore, Optional<PackageStatus> before) throws IOException {
        return new Begin(
                JournalRecord.FORMAT,
                invocation.version(),
                context.clock().now().toString().replace(":", "").replace(".", "-"),
                context.clock().now(),
                context.product(),
                context.layout().home(),
                context.layout().state(),
                context.managerName(),
                facts,
                Optional.of(statusBefore),
                before.map(PackageStatus::agentVersion).orElse(""),
                before.map(PackageStatus::serverVersion).orElse(""),
                invocation.boot().id());
    }

    private Plan planFiles(
            Directory home, Journal journal, BackupTree store, OutsideBackup outside, ContentComparer comparing)
            throws UpdateFailure, IOException {
        try (Directory tmp = home.child("tmp");
                Directory staged = tmp.child("latest")) {
            return new Planner(context, journal, store, outside, comparing).plan(home, staged);
        }
    }

    private void addCopied(Step definition, SpaceNeeds copied) throws IOException {
        if (definition instanceof Step.ReplaceDefinition change
                && !change.file().byRename()) {
            Path anchor = change.file().target().anchor();
            try (Directory directory = context.disk().open(anchor)) {
                SpaceNeeds.Need target = copied.at(anchor, directory);
                target.addFile(change.file().size());
                target.addPassing(change.file().size());
            }
        }
    }

    /** Before anything is made in {@code home/tmp}, which need not be there either. */
    private void requireStaged() throws UpdateFailure.Refused {
        Path tmp = context.layout().tmp();
        if (Files.exists(tmp, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(tmp, LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    tmp + " is not a directory, and no link is followed there",
                    "Make it one; something may be mounted on it");
        }
        if (!Files.isDirectory(context.layout().staged(), LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    "there is no staged tree at " + context.layout().staged(), "Unpack the update tarball there");
        }
    }

    /** Returns how long preparing may take, if the agent takes as long to stop as it may. */
    private Duration allowed(ServiceFacts facts) {
        Duration budget = context.product().prepareBudget();
        Duration left = AGENTS_PATIENCE.minus(invocation.uptime().get()).minus(facts.stopBound());
        Duration allowed = left.compareTo(budget) < 0 ? left : budget;
        return allowed.compareTo(LEAST) < 0 ? LEAST : allowed;
    }

    private HomeBackup backUpBulk(long start, Duration allowed, Directory home, BackupTree store) throws IOException {
        long deadline = start + allowed.toNanos();
        HomeBackup backup = new HomeBackup(context, store);
        backup.bulk(home, deadline, start + allowed.dividedBy(CHECKSUMS).toNanos());
        if (!backup.whole()) {
            warnings.add("preparation ran out of its " + allowed.toMillis()
                    + " ms: the rest of the backup was taken while the agent was down");
        }
        return backup;
    }

    /**
     * Returns what the guard runs. It must find the same product and home as this run, whatever has become of
     * {@code home/tmp} by then.
     */
    private List<String> recoveryCommand() throws UpdateFailure {
        HomeLayout layout = context.layout();
        Path product = layout.state().resolve(StateFiles.PRODUCT);
        try {
            context.files().write(product, ProductJson.write(context.product()), 0644);
        } catch (IOException e) {
            throw new UpdateFailure.Disk("write", product, e);
        }
        List<String> command = new ArrayList<>(List.of(
                layout.stateLauncher().toString(),
                "recover",
                "--home",
                layout.home().toString(),
                "--product",
                product.toString()));
        command.addAll(invocation.guardOptions());
        return command;
    }

    private void giveUp(Exception cause) {
        try {
            context.service().guard().disarm();
            Leftovers.discard(context);
        } catch (UpdateFailure.Service | IOException e) {
            cause.addSuppressed(e);
            log.warning("could not remove what was prepared", e);
        }
    }
}
