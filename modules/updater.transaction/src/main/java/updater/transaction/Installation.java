package updater.transaction;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.state.journal.JournalView;
import updater.state.journal.Phase;
import updater.transaction.apply.StepExecutor;
import updater.transaction.context.UpdateContext;
import updater.transaction.context.WrittenMounts;
import updater.transaction.prepare.Prepared;

/** The placing of the new version's files, between the backup and the start. */
record Installation(UpdateContext context) {
    private static final int RELABELLED_AT_ONCE = 500;

    /**
     * Places what the plan says, in its order. Not forced.
     *
     * @return which file systems within home were written to
     */
    WrittenMounts place(JournalView plan, StepExecutor steps) throws UpdateFailure, IOException {
        WrittenMounts mounts =
                new WrittenMounts(context.disk(), context.layout().home());
        List<Path> created = new ArrayList<>();
        plan.<UpdateFailure>forEachStepForward((index, step) -> {
            switch (step) {
                case Step.CreateDirectory directory -> {
                    steps.apply(directory);
                    mounts.addParentOf(directory.target());
                    created.add(directory.target().display());
                }
                case Step.PlaceFile file -> {
                    steps.apply(file);
                    if (!file.byRename()) {
                        mounts.addParentOf(file.target());
                    }
                    if (!file.replaces()) {
                        created.add(file.target().display());
                    }
                }
                case Step.RemoveFile file -> {
                    steps.apply(file);
                    mounts.addParentOf(file.target());
                }
                case Step.RemoveDirectory directory -> {
                    steps.apply(directory);
                    mounts.addParentOf(directory.target());
                }
                case Step.StopService _, Step.StartService _, Step.ReplaceDefinition _, Step.ConfigureService _ -> {
                    // These have phases of their own.
                }
            }
            if (created.size() >= RELABELLED_AT_ONCE) {
                context.service().relabel(created);
                created.clear();
            }
        });
        if (!created.isEmpty()) {
            context.service().relabel(created);
        }
        return mounts;
    }

    /**
     * Forces everything that was placed, directories included, and marks that in the journal: it must be durable before the mark
     * that lets a recovery commit.
     */
    void makeDurable(Prepared prepared, StepExecutor steps, WrittenMounts mounts) throws UpdateFailure, IOException {
        // Nothing is left open that could fail to close behind the commit: that would roll back a healthy agent.
        steps.close();
        try (Directory home = context.disk().open(context.layout().home())) {
            home.syncFileSystem();
        }
        mounts.force();
        for (Path anchor : prepared.outsideAnchors()) {
            try (Directory outside = context.disk().open(anchor)) {
                outside.syncFileSystem();
            }
        }
        prepared.transaction().journal().reachedUnforced(Phase.INSTALLED, "");
    }
}
