package updater.transaction;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.state.document.UpdateReport;
import updater.transaction.backup.Leftovers;
import updater.transaction.backup.PreviousTree;
import updater.transaction.backup.StagedTree;
import updater.transaction.backup.TreeSource;
import updater.transaction.context.CheckResult;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.Offer;
import updater.transaction.context.OfferedStatus;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.Progress;
import updater.transaction.context.Sandboxing;
import updater.transaction.context.StatusFile;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.prepare.Preflight;
import updater.transaction.prepare.Preparation;
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
        TreeSource source = offer.<TreeSource>map(TreeSource.Unpacked::new).orElse(new TreeSource.Staged());
        return update("update", offer, () -> source);
    }

    /**
     * Takes the last update back: updates to the version that it replaced, as far as that was kept, by the rules of every
     * update. What the new version wrote stays; what it shipped goes. What this replaces is kept in turn.
     *
     * @return as {@link #update()}
     * @throws UpdateFailure when it is refused; nothing has changed then but what a recovery did
     */
    public UpdateResult goBack() throws UpdateFailure, InterruptedException {
        return update(
                "go back", Optional.empty(), () -> new TreeSource.Previous(new PreviousTree(context).require(), false));
    }

    private UpdateResult update(String what, Optional<Offer> offer, Timeline.Work<TreeSource> source)
            throws UpdateFailure, InterruptedException {
        Instant began = context.clock().now();
        Timeline timeline = timeline();
        return logged(Optional.of(failure -> writeRefusal(failure, began, timeline)), offer, () -> {
            log.info(
                    what,
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
            if (earlier.isPresent()
                    && earlier.get().kind() != UpdateReport.Outcome.ABORTED
                    && earlier.get().kind() != UpdateReport.Outcome.SUPERSEDED) {
                // What was staged belonged to that update, and is used up or removed.
                throw new UpdateFailure.Refused(
                        RefusalCode.EARLIER_UPDATE_ENDED,
                        "an earlier update was unfinished and has been brought to its end now: "
                                + earlier.get().kind(),
                        "Unpack the bundle and start this update again");
            }
            TreeSource of = source.run();
            return of instanceof TreeSource.Previous
                    ? new Engine(context.describedBy(new PreviousTree(context).judged()), invocation, progress, log)
                            .newUpdate(of, timeline)
                            .run()
                    : newUpdate(of, timeline).run();
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
        return logged(Optional.empty(), Optional.empty(), () -> {
            Optional<UpdateResult> ended = recovery().run(giveUp);
            probation().keepGuard();
            return ended;
        });
    }

    /**
     * As {@link #recover}; where there was nothing to recover, looks at the version that is on probation, and takes it back when it
     * has failed.
     *
     * @return also how that was taken back
     */
    public Optional<UpdateResult> takeTurn(boolean giveUp) throws UpdateFailure, InterruptedException {
        Optional<UpdateResult> ended = recover(giveUp);
        return ended.isPresent()
                ? ended
                : logged(Optional.empty(), Optional.empty(), () -> probation().take());
    }

    private ProbationTurn probation() {
        return new ProbationTurn(
                context,
                invocation,
                reporting(false),
                (described, previous) -> new Engine(described, invocation, progress, log)
                        .update("go back", Optional.empty(), () -> {
                            new PreviousTree(described).require();
                            return previous;
                        }),
                log);
    }

    private ReportWriter reporting(boolean recovered) {
        return new ReportWriter(context, timeline(), invocation.version(), recovered, log);
    }

    /**
     * Makes the runtime that this process runs from, and its launcher, those that a recovery and an operator find, and writes
     * the product's descriptor beside them. Nothing of the agent is changed. Idempotent.
     *
     * @throws UpdateFailure when this process does not run from a runtime that a launcher put into the state directory
     */
    public void enroll() throws UpdateFailure {
        enrollment().run();
    }

    /**
     * Checks what {@link #enroll} needs. Touches nothing, so that a refusal leaves nothing behind.
     *
     * @throws UpdateFailure.Refused as {@link #enroll}
     */
    public void requireOwnRuntime() throws UpdateFailure.Refused {
        enrollment().requireOwnRuntime();
    }

    private Enrollment enrollment() {
        return new Enrollment(context, invocation, runtime(), log);
    }

    /** Asks all checks of the preflight, those of the staged tree only where there is one. Changes nothing. */
    public List<CheckResult> examine() throws InterruptedException {
        return new Preflight(
                        context, new StatusFile(context), invocation, runtime().own(), log)
                .all();
    }

    /** As {@link #examine}, with what an update from the staged tree would do. Changes nothing. */
    public PlanPreview plan() throws InterruptedException {
        return new Preflight(
                        context, new StatusFile(context), invocation, runtime().own(), log)
                .preview();
    }

    /**
     * As {@link #plan()}, of a tree that was unpacked for it where nobody else can go.
     *
     * @param tree where it lies; empty where nothing could be unpacked: then the host alone is asked about
     */
    public PlanPreview plan(Optional<Place> tree) throws InterruptedException {
        return new Preflight(
                        context, new StatusFile(context), invocation, runtime().own(), log)
                .preview(tree.map(root -> new StagedTree(root, invocation.user().uid(), Optional.empty())));
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
        Optional<UpdateFailure.Refused> scarce =
                update ? new SpaceCheck(context).explain(failure, 0) : Optional.empty();
        return Sandboxing.explain(scarce.isPresent() ? scarce.get() : failure, context.service());
    }

    /** As {@link #explain(UpdateFailure, UpdateContext, boolean)}, of an update whose bundle takes {@code unpacked} bytes in home. */
    public static UpdateFailure explain(UpdateFailure failure, UpdateContext context, long unpacked) {
        return new SpaceCheck(context)
                .explain(failure, unpacked)
                .<UpdateFailure>map(scarce -> scarce)
                .orElse(failure);
    }

    /** Logs and reports that an update was refused before it came to {@link #update}. */
    public void reportRefusal(UpdateFailure failure) {
        logRefusal(failure);
        writeRefusal(failure, context.clock().now(), timeline());
    }

    /**
     * Runs an update or a recovery. A recovery may have come between an updater that unpacked an offer and the one that it
     * becomes.
     *
     * @param refused what to do with the failure of an update; empty for a recovery
     */
    private <T> T logged(Optional<Consumer<UpdateFailure>> refused, Optional<Offer> offer, Timeline.Work<T> run)
            throws UpdateFailure, InterruptedException {
        try {
            discardTemporary();
            expirePrevious();
            if (offer.isEmpty() && (refused.isPresent() || !runtime().anotherBegins())) {
                withdrawOffer();
            }
            return run.run();
        } catch (UpdateFailure e) {
            throw refused(e, refused);
        } catch (IOException e) {
            throw refused(new UpdateFailure.Disk("work on", context.layout().home(), e), refused);
        }
    }

    private UpdateFailure refused(UpdateFailure cause, Optional<Consumer<UpdateFailure>> refused) {
        UpdateFailure failure = explain(cause, context, refused.isPresent());
        logRefusal(failure);
        if (refused.isPresent()) {
            withdrawOffer();
            refused.get().accept(failure);
        }
        return failure;
    }

    private void logRefusal(UpdateFailure failure) {
        log.error(
                "refused, nothing was changed: " + failure.fullMessage(),
                failure,
                "code",
                failure.code().map(RefusalCode::text).orElse(""));
    }

    /** While an update is unfinished, its own report is to come; and a recovery that has just ended one has reported it. */
    private void writeRefusal(UpdateFailure failure, Instant began, Timeline timeline) {
        if (failure.code()
                        .filter(code -> code != RefusalCode.EARLIER_UPDATE_ENDED)
                        .isEmpty()
                || Files.exists(context.layout().journal(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        new ReportWriter(context, timeline, invocation.version(), false, log)
                .writeRefusal(failure, began, new StatusFile(context).status());
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

    /** What is on probation may still need it, and by its own descriptor. */
    private void expirePrevious() {
        try {
            if (new ProbationFile(context.disk(), context.layout()).read().isEmpty()) {
                new PreviousTree(context).expire(context.clock().now());
            }
        } catch (IOException e) {
            log.warning("could not remove the previous version, whose time is over", e);
        }
    }

    private Timeline timeline() {
        return new Timeline(context.clock(), progress, log);
    }

    private Update newUpdate(TreeSource source, Timeline timeline) {
        StatusFile status = new StatusFile(context);
        return new Update(
                context,
                new Preparation(context, status, runtime(), invocation, source, log),
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
                invocation.user(),
                invocation.runtime().javaHome(),
                log);
    }

    private Recovery recovery() {
        Timeline timeline = timeline();
        StatusFile status = new StatusFile(context);
        return new Recovery(
                context,
                status,
                timeline,
                new ReportWriter(context, timeline, invocation.version(), true, log),
                new Rollback(context, status, timeline, invocation.boot(), log),
                invocation,
                log);
    }
}
