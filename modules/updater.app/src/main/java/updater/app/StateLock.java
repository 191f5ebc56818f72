package updater.app;

import java.io.IOException;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.app.host.InstallationFinder;
import updater.app.host.StateDirectory;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.UpdaterLock;

/** The lock of an installation, for commands that change nothing but files of the state directory. */
record StateLock(Arguments line, Host host) {
    /** What is done while the lock is held. */
    @FunctionalInterface
    interface Work {
        String run(Disk disk, HomeLayout layout) throws UpdateFailure, IOException;
    }

    /**
     * Does it, in a state directory that is made where there is none, and that nobody else can change.
     *
     * @return what it returns
     * @throws UpdateFailure.Busy when an updater is at work
     */
    String holding(Work work) throws UpdateFailure {
        InstallationFinder finder = new InstallationFinder(line.target(), host);
        HomeLayout layout = finder.layout();
        Disk disk = finder.context().disk();
        StateDirectory.secure(layout.state(), host.user());
        try (Directory state = disk.open(layout.state())) {
            try (UpdaterLock _ = new LockTaking(line, host).take(layout, state)) {
                return work.run(disk, layout);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("use", layout.state(), e);
        }
    }
}
