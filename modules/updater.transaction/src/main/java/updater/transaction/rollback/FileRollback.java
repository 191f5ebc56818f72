package updater.transaction.rollback;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import updater.api.Place;
import updater.api.Step;
import updater.fs.Directory;
import updater.transaction.apply.DisplacedFiles;
import updater.transaction.apply.StepExecutor;
import updater.transaction.context.EventLog;
import updater.transaction.context.OpenJournal;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.WrittenMounts;

/**
 * The way back of files and definition: undoes the steps in reverse, restores home to its manifest, forces both to disk,
 * and verifies everything but contents. No agent runs meanwhile. Idempotent.
 */
final class FileRollback {
    private final UpdateContext context;
    private final BestEffort problems;
    private final RollbackVerification verification;
    private final PendingRestores pending;
    private final EventLog log;
    private long undone;
    private long failed;

    FileRollback(
            UpdateContext context,
            BestEffort problems,
            RollbackVerification verification,
            PendingRestores pending,
            EventLog log) {
        this.context = context;
        this.problems = problems;
        this.verification = verification;
        this.pending = pending;
        this.log = log;
    }

    /** Returns how many steps were undone. */
    long undone() {
        return undone;
    }

    /** Returns how many steps could not be undone. */
    long failed() {
        return failed;
    }

    /**
     * Rolls the files back.
     *
     * @param earlier what an earlier rollback left pending: then only that is restored
     * @return whether what was restored is durable, and what was not is known
     */
    boolean run(
            OpenJournal journal,
            StepExecutor steps,
            DisplacedFiles displaced,
            Optional<SortedMap<String, PendingRestores.State>> earlier)
            throws InterruptedException {
        undo(journal, steps, displaced, step -> isUndoneHere(step, earlier.isEmpty()) && !isBehindLink(step));
        WrittenMounts mounts =
                new WrittenMounts(context.disk(), context.layout().home());
        problems.tryTo(
                "restore home",
                () -> new HomeRestore(context, problems, displaced, new RestoreScope(earlier), pending, mounts, log)
                        .run());
        // Whatever the new agent had put in a link's place: it is there again.
        undoBehindLinks(journal, steps, displaced);
        boolean forced = problems.tryTo("force what was restored", () -> force(journal, mounts));
        boolean compared = problems.tryTo(
                "compare home with its manifest", () -> verification.identity(new RestoreScope(earlier)));
        problems.tryTo("close what was placed in", steps::close);
        return compared && forced;
    }

    /** Rolls back the one thing that is changed before the stop: nothing of home was touched, and an agent may run. */
    void definitionBeforeStop(OpenJournal journal, StepExecutor steps, DisplacedFiles displaced)
            throws InterruptedException {
        problems.tryTo(
                "read the plan",
                () -> journal.view().<Exception>forEachStepBackward((index, step) -> {
                    if (step instanceof Step.ReplaceDefinition definition && definition.beforeStop()) {
                        undo(steps, definition, displaced);
                        verification.identityOutside(definition.file().target());
                        try (Directory directory =
                                context.disk().open(definition.file().target().anchor())) {
                            directory.syncFileSystem();
                        }
                    }
                }));
        problems.tryTo("close what was placed in", steps::close);
    }

    /**
     * Stopping the new agent came first, starting the old one comes last: both have phases of their own. What an earlier
     * rollback left pending of home is restored, not undone: a file that has a step's name now may be of the agent that
     * ran since.
     */
    private boolean isUndoneHere(Step step, boolean home) {
        return switch (step) {
            case Step.StopService _, Step.StartService _ -> false;
            case Step.CreateDirectory directory -> home || !isInHome(directory.target());
            case Step.PlaceFile file -> home || !isInHome(file.target());
            case Step.RemoveFile file -> home || !isInHome(file.target());
            case Step.RemoveDirectory directory -> home || !isInHome(directory.target());
            case Step.ReplaceDefinition _, Step.ConfigureService _ -> true;
        };
    }

    private void undo(StepExecutor steps, Step step, DisplacedFiles displaced) throws InterruptedException {
        count(problems.tryAgainTo(
                "undo " + StepExecutor.describe(step), context.clock(), () -> steps.undo(step, displaced)));
    }

    private void count(boolean done) {
        if (done) {
            undone++;
        } else {
            failed++;
        }
    }

    private void undo(OpenJournal journal, StepExecutor steps, DisplacedFiles displaced, Predicate<Step> which)
            throws InterruptedException {
        problems.tryTo(
                "read the plan",
                () -> journal.view().<Exception>forEachStepBackward((index, step) -> {
                    if (which.test(step)) {
                        undo(steps, step, displaced);
                    }
                }));
    }

    /** Where a link leads elsewhere than it did, they stay undone: their backups are for the directory that it led to. */
    private void undoBehindLinks(OpenJournal journal, StepExecutor steps, DisplacedFiles displaced)
            throws InterruptedException {
        problems.tryTo("undo what lies behind links", () -> {
            LinkedDirectories linked = LinkedDirectories.read(context);
            journal.view().<Exception>forEachStepBackward((index, step) -> {
                if (isBehindLink(step)) {
                    count(problems.tryAgainTo("undo " + StepExecutor.describe(step), context.clock(), () -> {
                        linked.requireSame(targetOf(step).orElseThrow().anchor());
                        steps.undo(step, displaced);
                    }));
                }
            });
        });
    }

    /** Returns whether a step is one behind a link that lies in home. */
    private boolean isBehindLink(Step step) {
        Optional<Place> target = targetOf(step);
        return target.isPresent()
                && !isInHome(target.get())
                && context.layout().pathOf(target.get()).isPresent();
    }

    private static Optional<Place> targetOf(Step step) {
        return switch (step) {
            case Step.CreateDirectory directory -> Optional.of(directory.target());
            case Step.PlaceFile file -> Optional.of(file.target());
            case Step.RemoveFile file -> Optional.of(file.target());
            case Step.RemoveDirectory directory -> Optional.of(directory.target());
            case Step.ReplaceDefinition definition ->
                Optional.of(definition.file().target());
            case Step.StopService _, Step.StartService _, Step.ConfigureService _ -> Optional.empty();
        };
    }

    private boolean isInHome(Place place) {
        return place.anchor().equals(context.layout().home());
    }

    private void force(OpenJournal journal, WrittenMounts mounts) throws IOException {
        try (Directory home = context.disk().open(context.layout().home())) {
            home.syncFileSystem();
        }
        mounts.force();
        Set<Path> anchors = new LinkedHashSet<>();
        journal.view()
                .<IOException>forEachStepForward((index, step) -> targetOf(step)
                        .filter(target -> !isInHome(target))
                        .ifPresent(target -> {
                            anchors.add(target.anchor());
                            anchors.add(target.anchor().resolve(target.parent()));
                        }));
        for (Path anchor : anchors) {
            try (Directory directory = context.disk().openFollowing(anchor)) {
                directory.syncFileSystem();
            } catch (NoSuchFileException e) {
                // It was made by the update, and is gone again.
            }
        }
    }
}
