package updater.transaction.apply;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.service.ServiceFacts;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.state.journal.JournalView;
import updater.transaction.context.Timeline;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.WrittenMounts;

/**
 * The execution of steps: applies and undoes them, each idempotently, and knows where it has applied any, to force
 * that. Closed before an agent is started that may rename the directories it has open.
 */
public final class StepExecutor implements Closeable {
    /** What a service manager needs beyond the service's own time to stop: to kill it and to notice. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(10);

    /** Longest time that is waited for a stop: longer, and the host is dark for it. */
    private static final Duration LONGEST_STOP = Duration.ofMinutes(5);

    private static final int RELABELLED_AT_ONCE = 500;

    private final UpdateContext context;
    private final ServiceFacts before;
    private final Timeline timeline;
    private final WrittenMounts written;
    private final List<Path> unlabelled = new ArrayList<>();
    private final FilePlacing placing;

    public StepExecutor(UpdateContext context, ServiceFacts before, Timeline timeline) {
        this.context = context;
        this.before = before;
        this.timeline = timeline;
        this.written = new WrittenMounts(context.disk(), context.layout().home());
        this.placing = new FilePlacing(context.disk());
    }

    /** Closes the directories that were placed in; steps can be applied and undone all the same. */
    @Override
    public void close() throws IOException {
        placing.close();
    }

    /**
     * Applies the steps of a plan that place and remove something, in its order: the others have phases of their own.
     * Not forced.
     */
    public void applyFiles(JournalView plan) throws UpdateFailure, IOException {
        plan.<UpdateFailure>forEachStepForward((index, step) -> {
            switch (step) {
                case Step.CreateDirectory directory -> {
                    apply(directory);
                    written.addParentOf(directory.target());
                    unlabelled.add(directory.target().display());
                }
                case Step.PlaceFile file -> {
                    apply(file);
                    if (!file.byRename()) {
                        written.addParentOf(file.target());
                    }
                    if (!file.replaces()) {
                        unlabelled.add(file.target().display());
                    }
                }
                case Step.RemoveFile file -> {
                    apply(file);
                    written.addParentOf(file.target());
                }
                case Step.RemoveDirectory directory -> {
                    apply(directory);
                    written.addParentOf(directory.target());
                }
                case Step.StopService _, Step.StartService _, Step.ReplaceDefinition _, Step.ConfigureService _ -> {}
            }
            if (unlabelled.size() >= RELABELLED_AT_ONCE) {
                relabel();
            }
        });
        if (!unlabelled.isEmpty()) {
            relabel();
        }
    }

    private void relabel() throws UpdateFailure {
        context.service().relabel(unlabelled);
        unlabelled.clear();
    }

    /**
     * Forces everything that was placed, directories included, and closes those that are open: nothing is left that
     * could fail to close behind the commit, which would roll back a healthy agent.
     *
     * @param outside the directories outside home that something was placed in
     */
    public void force(Set<Path> outside) throws IOException {
        close();
        try (Directory home = context.disk().open(context.layout().home())) {
            home.syncFileSystem();
        }
        written.force();
        for (Path anchor : outside) {
            try (Directory directory = context.disk().openFollowing(anchor)) {
                directory.syncFileSystem();
            } catch (NoSuchFileException e) {
                // It was removed, with what the last version had shipped in it; what it lay in is forced.
            }
        }
    }

    /** Does what the step says; nothing when it was done before. */
    public void apply(Step step) throws UpdateFailure {
        try {
            switch (step) {
                case Step.StopService stop -> {
                    timeline.stopping();
                    context.service().stop(stopBound());
                }
                case Step.CreateDirectory directory -> {
                    create(directory);
                    timeline.fileDone();
                }
                case Step.PlaceFile file -> {
                    placing.place(file);
                    timeline.fileDone();
                }
                case Step.RemoveFile file -> {
                    placing.remove(file);
                    timeline.fileDone();
                }
                case Step.RemoveDirectory directory -> {
                    remove(directory.target());
                    timeline.fileDone();
                }
                case Step.ReplaceDefinition definition -> {
                    placing.place(definition.file());
                    context.service().relabel(List.of(definition.file().target().display()));
                    context.service().reload();
                }
                case Step.ConfigureService change -> context.service().configure(change.after());
                case Step.StartService start -> {
                    context.service().start(before.dependents());
                    timeline.started();
                }
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("carry out", describe(step), e);
        }
    }

    /** Takes back what the step did; nothing when it was never done, or taken back before. */
    public void undo(Step step, DisplacedFiles displaced) throws UpdateFailure, IOException {
        switch (step) {
            case Step.StopService stop -> {
                context.service().start(before.dependents());
                timeline.started();
            }
            // What the new agent put into it is the revert's business.
            case Step.CreateDirectory directory -> remove(directory.target());
            case Step.PlaceFile file -> {
                placing.undo(file, displaced);
                timeline.fileDone();
            }
            case Step.RemoveFile file -> {
                placing.undo(file, displaced);
                timeline.fileDone();
            }
            case Step.RemoveDirectory directory -> createAgain(directory);
            case Step.ReplaceDefinition definition -> {
                placing.undo(definition.file(), displaced);
                context.service().relabel(List.of(definition.file().target().display()));
                context.service().restore(before);
            }
            case Step.ConfigureService change -> context.service().configure(change.before());
            case Step.StartService start -> context.service().stop(stopBound());
        }
    }

    /** What is done while the service is stopped. */
    @FunctionalInterface
    public interface Stopped {
        void run() throws UpdateFailure, IOException;
    }

    /**
     * Stops the service once more and starts it again, because it was not this updater's start that it runs by. The downtime
     * goes on.
     */
    public void restart(Stopped meanwhile) throws UpdateFailure {
        try {
            context.service().stop(stopBound());
            meanwhile.run();
            context.service().start(before.dependents());
            timeline.started();
        } catch (IOException e) {
            throw new UpdateFailure.Disk("start again", context.serviceName(), e);
        }
    }

    /** Returns how long a stop may take. */
    Duration stopBound() {
        Duration own = before.stopBound().plus(STOP_MARGIN);
        return own.compareTo(LONGEST_STOP) < 0 ? own : LONGEST_STOP;
    }

    private void create(Step.CreateDirectory step) throws IOException {
        Place target = step.target();
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(target);
            Optional<FileEntry> there = parent.lookup(target.name());
            if (there.isEmpty()) {
                parent.createDirectory(target.name(), 0700);
            } else if (there.get().type() != FileType.DIRECTORY) {
                throw new FileAlreadyExistsException(target.toString(), null, "is not a directory");
            }
            try (Pinned directory = parent.pin(target.name())) {
                directory.own(step.uid(), step.gid());
                directory.chmod(step.mode());
            }
        }
    }

    /** One that is there was not removed. Its own times come back when home is restored. */
    private void createAgain(Step.RemoveDirectory step) throws IOException {
        Place target = step.target();
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            if (opened.parent(target).lookup(target.name()).isEmpty()) {
                create(new Step.CreateDirectory(target, step.mode(), step.uid(), step.gid()));
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // What it lies in is not there: the restoring of home makes both.
        }
    }

    private void remove(Place target) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            Directory parent = opened.parent(target);
            Optional<FileEntry> there = parent.lookup(target.name());
            if (there.isPresent() && there.get().type() == FileType.DIRECTORY) {
                try (Directory directory = parent.child(target.name())) {
                    if (!directory.isEmpty()) {
                        return;
                    }
                }
                parent.deleteDirectory(target.name());
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Its parent is gone, and so is it.
        }
    }

    /** Returns what the step does, for messages. */
    public static String describe(Step step) {
        return switch (step) {
            case Step.StopService stop -> "the stop of " + stop.service();
            case Step.CreateDirectory directory -> "the creation of " + directory.target();
            case Step.PlaceFile file -> "the placing of " + file.target();
            case Step.RemoveFile file -> "the removal of " + file.target();
            case Step.RemoveDirectory directory -> "the removal of " + directory.target();
            case Step.ReplaceDefinition definition ->
                "the new definition " + definition.file().target();
            case Step.ConfigureService change -> "the configuration of " + change.service();
            case Step.StartService start -> "the start of " + start.service();
        };
    }
}
