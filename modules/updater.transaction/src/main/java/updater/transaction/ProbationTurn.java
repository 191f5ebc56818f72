package updater.transaction;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.state.document.PreviousVersion;
import updater.state.document.Probation;
import updater.state.document.ProductJson;
import updater.state.document.UpdateReport;
import updater.transaction.backup.PreviousTree;
import updater.transaction.backup.TreeSource;
import updater.transaction.context.EventLog;
import updater.transaction.context.Invocation;
import updater.transaction.context.ProbationFile;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.UpdateResult;
import updater.transaction.prepare.RecoveryCommand;
import updater.transaction.rollback.BestEffort;

/**
 * The guard's turn on a host whose version is on probation: one look, and what follows from it.
 *
 * <p>The version is judged by its own descriptor. When it has failed, the verdict is noted, and it is taken back. What comes to
 * nothing before anything was stopped, as while a package manager works, is tried again, each time behind a longer pause.
 *
 * @param back goes back, by the rules of every update
 */
record ProbationTurn(
        UpdateContext context, Invocation invocation, ReportWriter reporting, GoingBack back, EventLog log) {
    /** An update backwards. */
    @FunctionalInterface
    interface GoingBack {
        UpdateResult to(UpdateContext described, TreeSource.Previous previous)
                throws UpdateFailure, InterruptedException;
    }

    /**
     * Takes the turn, where something is on probation. A boot that waits for this process has not started the agent yet.
     *
     * @return how the version was taken back; empty when it was not
     */
    Optional<UpdateResult> take() throws UpdateFailure, IOException, InterruptedException {
        ProbationFile file = file();
        Optional<Probation> known = file.read();
        if (known.isEmpty()) {
            return Optional.empty();
        }
        if (invocation.boot().underWay()) {
            keepGuard();
            return Optional.empty();
        }
        if (Supersession.homeIsGone(context) || Supersession.serviceIsGone(context)) {
            end(known.get(), "the agent was removed, and its probation with it");
            return Optional.empty();
        }
        keepGuard();
        Probation probation = known.get().verdict().isEmpty() ? check(known.get()) : known.get();
        if (!probation.verdict().isEmpty()) {
            return takeBack(probation);
        }
        if (probation.ran().compareTo(probation.required()) >= 0) {
            end(
                    probation,
                    "its probation is over: it has run for "
                            + probation.required().toSeconds() + " s");
        }
        return Optional.empty();
    }

    /**
     * Arms the guard again where it is not, as after a recovery by hand, or does not watch any more. Without a probation
     * nothing is done.
     */
    void keepGuard() throws UpdateFailure, IOException {
        if (file().read().isPresent() && !context.service().guard().ready()) {
            context.service().guard().arm(RecoveryCommand.write(context, invocation));
        }
    }

    private ProbationFile file() {
        return new ProbationFile(context.disk(), context.layout());
    }

    private Probation check(Probation before) throws UpdateFailure.Service {
        Probation seen = new ProbationLook(described(before), invocation).at(before);
        if (seen.last().failures() > 0 || !seen.verdict().isEmpty()) {
            log.warning(
                    "what is on probation is not as it has to be",
                    "looks",
                    seen.last().failures(),
                    "because",
                    seen.verdict());
        }
        note(seen);
        return seen;
    }

    /** A version that has filled the disk is to be taken back all the same. */
    private void note(Probation probation) {
        try {
            file().write(probation);
        } catch (IOException e) {
            log.warning("could not note what was seen of the version on probation", e);
        }
    }

    private UpdateContext described(Probation probation) {
        try {
            Product own = ProductJson.read(
                    probation.installed().product().getBytes(StandardCharsets.UTF_8), "of the probation");
            return context.describedBy(own);
        } catch (UpdateFailure.Usage e) {
            return context;
        }
    }

    private Optional<UpdateResult> takeBack(Probation failed) throws UpdateFailure, IOException, InterruptedException {
        Optional<PreviousVersion> previous = new PreviousTree(context)
                .read()
                .filter(kept ->
                        kept.whole() && kept.update().equals(failed.installed().update()));
        if (previous.isEmpty() || failed.attempts() >= Probation.MOST_ATTEMPTS) {
            end(
                    failed,
                    "it has failed its probation, " + failed.verdict() + ", and stays: "
                            + (previous.isEmpty()
                                    ? "nothing is kept that it replaced"
                                    : "it could not be taken back, as the reports since say"));
            return Optional.empty();
        }
        Instant now = context.clock().now();
        if (!failed.isDue(now)) {
            return Optional.empty();
        }
        log.error("the probation has failed", "version", failed.installed().version(), "because", failed.verdict());
        note(failed.attempted(now, failed.attempts() + 1));
        stopWhatHasFailed();
        boolean isBack = false;
        try {
            UpdateResult result = back.to(described(failed), new TreeSource.Previous(previous.get(), true));
            isBack = result.kind() == UpdateReport.Outcome.UPDATED;
            if (!isBack) {
                // The agent was stopped for it: once is enough.
                note(failed.attempted(now, Probation.MOST_ATTEMPTS));
            }
            return Optional.of(result);
        } finally {
            if (!isBack) {
                startWhatHasFailed();
            }
        }
    }

    /** It may run for a while at least, and its manager may go on to restart it. */
    private void startWhatHasFailed() throws InterruptedException {
        new BestEffort(log).tryTo("start what has failed", () -> {
            if (!context.service().state().running()) {
                context.service().start();
            }
        });
    }

    /** A service that has failed may be just about to be restarted, and some managers do not say clearly what it does. */
    private void stopWhatHasFailed() throws InterruptedException {
        new BestEffort(log).tryTo("stop what has failed", () -> {
            if (!context.service().state().running()) {
                context.service().stop(context.service().inspect().stopBound());
            }
        });
    }

    private void end(Probation probation, String reason) throws IOException, UpdateFailure {
        reporting.amend(probation.installed().update(), reason);
        file().end();
        expirePrevious();
        context.service().guard().disarm();
    }

    /** Kept for the probation alone it is not needed any more. */
    private void expirePrevious() {
        try {
            new PreviousTree(context).expire(context.clock().now());
        } catch (IOException e) {
            log.warning("could not remove the previous version: the next run tries again", e);
        }
    }
}
