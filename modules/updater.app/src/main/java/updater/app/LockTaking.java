package updater.app;

import java.io.IOException;
import java.time.Duration;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.fs.Directory;
import updater.fs.UpdaterLock;

/**
 * The taking of an installation's lock by a command of an operator, a script or a guard.
 *
 * <p>A guard looks now and then whether an update is unfinished, and has the lock while it looks. A script that removes
 * a package just then must not fail for that, so a recovery is waited for, for some seconds. An update takes longer, and
 * whoever meets one decides for himself what to do.
 */
record LockTaking(Arguments line, Host host) {
    /** A look of the guard takes less than a second where nothing is unfinished. */
    private static final Duration AT_MOST = Duration.ofSeconds(15);

    /**
     * Takes the lock.
     *
     * @param state the state directory, open until the lock is closed
     * @throws UpdateFailure.Busy when another updater has it, and goes on to have it
     * @throws IOException when the lock's files cannot be used
     */
    UpdaterLock take(HomeLayout layout, Directory state) throws UpdateFailure, IOException {
        String self = LockedRun.holder(line, host);
        long began = host.clock().nanos();
        while (true) {
            switch (UpdaterLock.tryAcquire(state, self)) {
                case UpdaterLock.Attempt.Acquired(UpdaterLock lock) -> {
                    return lock;
                }
                case UpdaterLock.Attempt.Busy(String holder) -> {
                    if (!endsSoon(holder)
                            || host.clock().passed(AT_MOST, began)
                            || host.signals().termination().requested().isPresent()) {
                        throw LockedRun.busy(layout, holder);
                    }
                }
            }
            host.console().waits("another updater", host.clock().since(began), AT_MOST);
            host.clock().pause(LockPatience.PAUSE, "while another updater was at work");
        }
    }

    /** One that has only just taken the lock has not said yet what it does. */
    private static boolean endsSoon(String holder) {
        return holder.isBlank()
                || LockHolder.parse(holder)
                        .filter(other -> other.command().equals(LockHolder.command(Command.RECOVER)))
                        .isPresent();
    }
}
