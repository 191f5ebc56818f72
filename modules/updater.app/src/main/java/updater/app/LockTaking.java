package updater.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.time.Duration;
import java.util.Optional;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.app.host.Host;
import updater.fs.Directory;
import updater.fs.UpdaterLock;
import updater.processes.HostProcesses;
import updater.processes.Processes;
import updater.transaction.context.UpdateContext;

/**
 * The taking of an installation's lock, and how long another updater is waited for that has it.
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
        String self = holder();
        long began = host.clock().nanos();
        while (true) {
            switch (UpdaterLock.tryAcquire(state, self)) {
                case UpdaterLock.Attempt.Acquired(UpdaterLock lock) -> {
                    return lock;
                }
                case UpdaterLock.Attempt.Busy(String holder) -> {
                    if (!waits(holder, began)) {
                        throw busy(host, layout, holder);
                    }
                }
            }
        }
    }

    /**
     * Takes the lock for an agent's update. An agent may be offered its next version while the updater of this one cleans up,
     * and starts an updater only once: that one waits, for as long as its agent does.
     *
     * @param state the state directory, open until the lock is closed
     * @throws UpdateFailure.Busy when another updater has it for longer than that
     * @throws UpdateFailure.Refused when nothing is staged any more once it has ended, or a signal asked this one to end
     * @throws IOException when the lock's files cannot be used
     */
    UpdaterLock takeWithAgentsPatience(UpdateContext context, Directory state)
            throws UpdateFailure, IOException, InterruptedException {
        UpdaterLock.Attempt attempt = UpdaterLock.tryAcquire(state, holder());
        if (attempt instanceof UpdaterLock.Attempt.Busy(String other)) {
            host.console().failure(busy(host, context.layout(), other).getMessage() + ": waiting for it", "");
            return waited(context, state, other);
        }
        return ((UpdaterLock.Attempt.Acquired) attempt).lock();
    }

    private UpdaterLock waited(UpdateContext context, Directory state, String first)
            throws UpdateFailure, IOException, InterruptedException {
        Duration patience = LockPatience.of(context.service());
        String holder = first;
        while (host.lifetime().uptime().get().compareTo(patience) < 0
                && host.lifetime().wanted().getAsBoolean()) {
            Optional<String> signal = host.lifetime().signals().termination().requested();
            if (signal.isPresent()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.INTERRUPTED,
                        signal.get() + " asked this updater to end while it waited for another one",
                        "Start the update again");
            }
            context.clock().pause(LockPatience.PAUSE);
            switch (UpdaterLock.tryAcquire(state, holder())) {
                case UpdaterLock.Attempt.Acquired(UpdaterLock lock) -> {
                    requireStaged(context, lock);
                    return lock;
                }
                case UpdaterLock.Attempt.Busy(String other) -> holder = other;
            }
        }
        throw busy(host, context.layout(), holder);
    }

    /** What the other one had been started for, too, has its outcome; a refusal must not be reported over it. */
    private static void requireStaged(UpdateContext context, UpdaterLock lock)
            throws UpdateFailure.Refused, IOException {
        if (!Files.isDirectory(context.layout().staged(), LinkOption.NOFOLLOW_LINKS)) {
            lock.close();
            throw new UpdateFailure.Refused(
                    RefusalCode.EARLIER_UPDATE_ENDED,
                    "another updater was at work and has ended meanwhile, and nothing is staged any more at "
                            + context.layout().staged(),
                    "See 'updater status' for how it ended");
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
                throw busy(host, context.layout(), holder);
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

    /** One that a signal has stopped does not end, however long it is waited for. */
    static UpdateFailure busy(Host host, HomeLayout layout, String holder) {
        Optional<LockHolder> known = LockHolder.parse(holder);
        String who = known.map(LockHolder::forPeople)
                .orElseGet(() -> holder.isBlank() ? "a process that has only just started" : holder.strip());
        Optional<LockHolder> suspended =
                known.filter(LockHolder.Look.at(HostProcesses.of(host.system().os()))::suspended);
        return new UpdateFailure.Busy(
                "another updater is at work on " + layout.home() + ": " + who
                        + (suspended.isPresent() ? ", but a signal has stopped it" : ""),
                suspended
                        .map(LockHolder::wakened)
                        .orElse("Wait for it to end: '" + layout.stateLauncher() + " status' says when it has"));
    }

    private String holder() {
        return new LockHolder(host.process().pid(), host.clock().now(), LockHolder.command(line.command())).text();
    }
}
