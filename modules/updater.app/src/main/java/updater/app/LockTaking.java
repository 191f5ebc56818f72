package updater.app;

import java.io.IOException;
import java.time.Duration;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.fs.Directory;
import updater.fs.UpdaterLock;
import updater.processes.HostProcesses;
import updater.processes.Processes;
import updater.transaction.context.UpdateContext;

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
                    if (!waits(holder, began)) {
                        throw LockedRun.busy(host, layout, holder);
                    }
                }
            }
        }
    }

    /**
     * Returns what is true of an installation once a guard has looked that is at work on it; at once where none is.
     *
     * @throws UpdateFailure when another updater is at work, and goes on to be
     */
    CurrentStatus settled(UpdateContext context) throws UpdateFailure {
        Processes processes = HostProcesses.of(host.system().os());
        long began = host.clock().nanos();
        while (true) {
            CurrentStatus now = CurrentStatus.observe(
                    context.disk(),
                    context.layout(),
                    LockHolder.Look.at(processes),
                    host.clock().now());
            if (now.holder().isEmpty()) {
                return now;
            }
            String holder = now.holder().get().text();
            if (!waits(holder, began)) {
                throw LockedRun.busy(host, context.layout(), holder);
            }
        }
    }

    /** Waits a little, and returns true, for whom it is worth it, and not for ever. */
    private boolean waits(String holder, long began) throws UpdateFailure.Service {
        if (!endsSoon(holder)
                || host.clock().passed(AT_MOST, began)
                || host.lifetime().signals().termination().requested().isPresent()) {
            return false;
        }
        host.console().waits("another updater", host.clock().since(began), AT_MOST);
        host.clock().pause(LockPatience.PAUSE, "while another updater was at work");
        return true;
    }

    /** One that has only just taken the lock has not said yet what it does. */
    private static boolean endsSoon(String holder) {
        return holder.isBlank()
                || LockHolder.parse(holder)
                        .filter(other -> other.command().equals(LockHolder.command(Command.RECOVER)))
                        .isPresent();
    }
}
