package updater.transaction.prepare;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import updater.api.RefusalCode;
import updater.api.Ticker;
import updater.api.UpdateFailure;
import updater.transaction.prepare.PackageManagers.Busy;

/** The check that no package manager is changing the files of this update meanwhile. */
record PackageCheck(PackageManagers managers, Ticker clock) {
    private static final Duration POLL = Duration.ofMillis(250);

    /**
     * Waits for the end of a package manager that owns what is to be updated; of any other one it warns.
     *
     * @param patience how long at most
     * @param goesOn whether waiting has a sense yet
     * @throws UpdateFailure.Refused when it is still at work then
     */
    void require(Duration patience, BooleanSupplier goesOn, Consumer<String> warn)
            throws UpdateFailure.Refused, InterruptedException {
        long since = clock.nanos();
        Optional<Busy> busy = managers.busy();
        while (busy.filter(Busy::owns).isPresent()
                && clock.since(since).compareTo(patience) < 0
                && goesOn.getAsBoolean()) {
            clock.pause(POLL);
            busy = managers.busy();
        }
        if (busy.isEmpty()) {
            return;
        }
        String found = "a package manager is at work on this host ("
                + busy.get().name() + ", which holds " + busy.get().lock() + ")";
        if (!busy.get().owns()) {
            warn.accept(found + ": it may stop or start the agent");
            return;
        }
        throw new UpdateFailure.Refused(
                RefusalCode.PACKAGE_MANAGER_BUSY,
                found + ", and files of this installation belong to a package",
                "Wait for its end and start the update again; where it hangs, see what it does: ps -f "
                        + busy.get().name().replaceFirst("^.*process ", ""));
    }
}
