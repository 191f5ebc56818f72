package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.HomeLayout;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.Trigger;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.app.host.StateDirectory;
import updater.fs.Directory;
import updater.fs.SortedNames;
import updater.fs.TreeRemoval;
import updater.fs.UpdaterLock;
import updater.transaction.backup.WorkDirectory;
import updater.transaction.context.UpdateContext;

/** The removal of all that the updater has made on a host, but for its log, its report and its launcher in home. */
record PurgeRun(Arguments line, Host host) {
    /**
     * Removes it. Idempotent. An update that is unfinished is given up, and said to be.
     *
     * @throws UpdateFailure when another updater is at work, or something cannot be removed
     */
    ExitCode run() throws UpdateFailure {
        InstallationFinder.Traces traces = new InstallationFinder(line.target(), host).traces();
        UpdateContext context = traces.contexts().getFirst();
        HomeLayout layout = context.layout();
        // Before anything else, and whatever there still is: nothing is to start the updater in the midst of this.
        fromEach(traces, PurgeRun::removeTrigger);
        if (Files.notExists(layout.state(), LinkOption.NOFOLLOW_LINKS)) {
            removeFromHome(context);
            return ExitCode.DONE;
        }
        StateDirectory.secure(layout.state(), host.user());
        LockedRun.loadDecompressor();
        try (Directory state = host.disk().open(layout.state())) {
            try (UpdaterLock _ = new LockTaking(line, host).take(layout, state)) {
                purge(traces, state);
                return ExitCode.DONE;
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("remove", layout.state(), e);
        }
    }

    /** What a service manager has of the updater. */
    @FunctionalInterface
    private interface Removal {
        void from(PurgeRun run, UpdateContext context) throws UpdateFailure;
    }

    /** Where none of them runs, none of them can be asked: their files are gone all the same. */
    private void fromEach(InstallationFinder.Traces traces, Removal removal) throws UpdateFailure {
        for (UpdateContext context : traces.contexts()) {
            try {
                removal.from(this, context);
            } catch (UpdateFailure.Service e) {
                if (traces.managerRuns()) {
                    throw e;
                }
                host.console()
                        .failure(
                                context.managerName() + " does not run here: " + e.getMessage(),
                                "Nothing, if this is a chroot or an image that is being built");
            }
        }
    }

    private void removeTrigger(UpdateContext context) throws UpdateFailure {
        Optional<Trigger> trigger = context.service().trigger();
        if (trigger.isPresent() && host.user().privileged()) {
            trigger.get().remove();
        }
    }

    private void purge(InstallationFinder.Traces traces, Directory state) throws UpdateFailure, IOException {
        UpdateContext context = traces.contexts().getFirst();
        if (state.lookup("journal").isPresent()) {
            host.console()
                    .failure(
                            "an update was unfinished, and is given up: the agent stays as it is now, and what it was"
                                    + " before is removed",
                            "Install the agent again if it does not work");
        }
        // Before the runtime: the commands that this takes are started with its help.
        fromEach(traces, (run, each) -> each.service().guard().disarm());
        removeFromHome(context);
        SortedNames.forEach(state, name -> {
            if (!name.equals("lock")) {
                TreeRemoval.remove(state, name);
            }
        });
        state.force();
        Path directory = context.layout().state();
        Path parent = directory.getParent();
        Path name = directory.getFileName();
        if (parent != null && name != null) {
            try (Directory above = host.disk().open(parent.toRealPath())) {
                TreeRemoval.remove(above, name.toString());
                above.force();
            }
        }
    }

    /** Where another user could have put another home in its place, nothing is removed in it. */
    private void removeFromHome(UpdateContext context) throws UpdateFailure {
        HomeLayout layout = context.layout();
        try {
            StateDirectory.requireAncestors(layout.home(), host.user().uid());
        } catch (UpdateFailure.Refused e) {
            if (Files.isDirectory(layout.home())) {
                host.console().failure(layout.work() + " is left: " + Reason.at(e), "Remove it by hand");
            }
            return;
        }
        try (Directory home = context.disk().open(layout.home())) {
            WorkDirectory.removeLink(context);
            boolean own = home.lookup(HomeLayout.WORK)
                    .map(FileEntry::stat)
                    .filter(stat -> stat.uid() == host.user().uid())
                    .isPresent();
            if (own && !layout.state().equals(layout.work())) {
                TreeRemoval.remove(home, HomeLayout.WORK);
            }
        } catch (NoSuchFileException e) {
            // Home is gone with the agent.
        } catch (IOException e) {
            throw new UpdateFailure.Disk("remove", layout.work(), e);
        }
    }
}
