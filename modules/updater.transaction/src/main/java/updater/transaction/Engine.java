package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.Optional;
import updater.api.UpdateFailure;
import updater.state.document.UpdateReport;
import updater.transaction.backup.Leftovers;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.Offer;
import updater.transaction.context.OfferedStatus;
import updater.transaction.context.Progress;
import updater.transaction.context.Sandboxing;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.prepare.Preparation;
import updater.transaction.prepare.RecoveryCommand;
import updater.transaction.prepare.RuntimeCopy;
import updater.transaction.prepare.SpaceCheck;
import updater.transaction.rollback.Rollback;

/**
 * The one entry to the transaction: updates an installation, and recovers one whose updater died. The caller holds the
 * lock. Each method creates the collaborators of its run.
 */
public final class Engine {
    private final UpdateContext context;
    private final Invocation invocation;
    private final Progress progress;
    private final EventLog log;

    public Engine(UpdateContext context, Invocation invocation, Progress progress, EventLog log) {
        this.context = context;
        this.invocation = invocation;
        this.progress = progress;
        this.log = log;
    }

    /**
     * Brings an unfinished update to its end where there is one, and updates.
     *
     * @return how the update ended; or how the earlier one did, where its rollback is incomplete: nothing else was tried then
     * @throws UpdateFailure when the update is refused; nothing has changed then but what a recovery did
     */
    public UpdateResult update() throws UpdateFailure, InterruptedException {
        return update(Optional.empty());
    }

    /**
     * As {@link #update()}, from a tree that was unpacked for it. It is removed, whatever becomes of the update.
     *
     * @param offer the tree; where it is empty, what is staged in {@code home/tmp} is taken
     */
    public UpdateResult update(Optional<Offer> offer) throws UpdateFailure, InterruptedException {
        return logged(true, offer, () -> {
            log.info(
                    "update",
                    "version",
                    invocation.version(),
                    "home",
                    context.layout().home(),
                    "service_manager",
                    context.managerName());
            Optional<UpdateResult> earlier = recovery().run(false);
            if (earlier.isPresent() && earlier.get().kind() == UpdateReport.Outcome.ROLLBACK_INCOMPLETE) {
                return earlier.get();
            }
            if (earlier.isPresent() && earlier.get().kind() != UpdateReport.Outcome.ABORTED) {
                // What was staged belonged to that update, and is used up or removed.
                throw new UpdateFailure.Refused(
                        "an earlier update was unfinished and has been brought to its end now: "
                                + earlier.get().kind(),
                        "Unpack the bundle and start this update again");
            }
            return newUpdate(offer).run();
        });
    }

    /**
     * Brings an unfinished update to its end. Idempotent, and safe to be killed at any instant and run again.
     *
     * @param giveUp whether a rollback that cannot be finished is ended all the same, and its backup removed
     * @return how that update ended; empty when there was none
     * @throws UpdateFailure when nothing could be tried; nothing has changed then
     */
    public Optional<UpdateResult> recover(boolean giveUp) throws UpdateFailure, InterruptedException {
        return logged(false, Optional.empty(), () -> recovery().run(giveUp));
    }

    /**
     * Makes the runtime that this process runs from, and its launcher, those that a recovery and an operator find, and writes
     * the product's descriptor beside them. Nothing of the agent is changed. Idempotent.
     *
     * @throws UpdateFailure when this process does not run from a runtime that a launcher put into the state directory
     */
    public void enroll() throws UpdateFailure {
        if (!runtime().own()) {
            throw new UpdateFailure.Refused(
                    "this updater runs from " + invocation.runtime().javaHome() + ", not from a copy in "
                            + context.layout().state(),
                    "Run the launcher of the bundle");
        }
        runtime().adopt();
        RecoveryCommand.write(context, invocation);
        log.info("enrolled");
    }

    /** Removes what an offer that no update takes has left, unless an update is unfinished. */
    public void withdrawOffer() {
        if (Files.exists(context.layout().journal(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            new OfferedStatus(context).takeBack();
            StagedTree.discardOffered(context);
        } catch (IOException e) {
            log.warning("could not remove what was unpacked", e);
        }
    }

    /**
     * Returns a failure from before the stop with its cause named, where this host shows one: a file system that is full,
     * or a setting of the sandbox that the updater inherited from the agent.
     *
     * @param update whether an update failed; what a recovery needs was set aside by the update it recovers from, so that
     *     no lack of space explains its failure
     */
    public static UpdateFailure explain(UpdateFailure failure, UpdateContext context, boolean update) {
        Optional<UpdateFailure.Refused> scarce = update ? new SpaceCheck(context).explain(failure) : Optional.empty();
        return Sandboxing.explain(scarce.isPresent() ? scarce.get() : failure, context.service());
    }

    private <T> T logged(boolean update, Optional<Offer> offer, Timeline.Work<T> run)
            throws UpdateFailure, InterruptedException {
        try {
            discardTemporary();
            if (offer.isEmpty()) {
                withdrawOffer();
            }
            return run.run();
        } catch (UpdateFailure e) {
            UpdateFailure failure = explain(e, context, update);
            log.error("refused, nothing was changed: " + failure.fullMessage(), failure);
            withdrawOffer();
            discardRuntime(update);
            throw failure;
        } catch (IOException e) {
            log.error("failed", e);
            UpdateFailure failure =
                    explain(new UpdateFailure.Disk("work on", context.layout().home(), e), context, update);
            withdrawOffer();
            discardRuntime(update);
            throw failure;
        }
    }

    private void discardRuntime(boolean update) {
        if (update) {
            runtime().discardUnlessInstalled();
        }
    }

    /** Best effort: leftover temporary files must not prevent a recovery. */
    private void discardTemporary() {
        try {
            Leftovers.discardTemporary(context);
        } catch (IOException e) {
            log.warning(
                    "could not remove what earlier runs left in "
                            + context.layout().state(),
                    e);
        }
    }

    private Update newUpdate(Optional<Offer> offer) {
        Timeline timeline = new Timeline(context.clock(), progress, log);
        StatusFile status = new StatusFile(context);
        return new Update(
                context,
                new Preparation(context, status, runtime(), invocation, offer, log),
                status,
                timeline,
                new ReportWriter(context, timeline, invocation.version(), false, log),
                new Rollback(context, status, timeline, invocation.boot(), log),
                log);
    }

    private RuntimeCopy runtime() {
        return new RuntimeCopy(
                context.disk(),
                context.files(),
                context.layout(),
                new RuntimeCopy.User(invocation.privileged(), invocation.uid()),
                invocation.runtime().javaHome(),
                log);
    }

    private Recovery recovery() {
        Timeline timeline = new Timeline(context.clock(), progress, log);
        StatusFile status = new StatusFile(context);
        return new Recovery(
                context,
                status,
                timeline,
                new ReportWriter(context, timeline, invocation.version(), true, log),
                new Rollback(context, status, timeline, invocation.boot(), log),
                invocation.boot(),
                log);
    }
}
