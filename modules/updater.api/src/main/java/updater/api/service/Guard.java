package updater.api.service;

import java.util.List;
import updater.api.UpdateFailure;

/** The guard of one update: the host's own service manager runs {@code updater recover} when the updater cannot. */
public interface Guard {
    /**
     * What a guard adds to the command where the host's boot waits for it. A recovery that is told so knows that the host
     * has booted, whatever its boot identifier says, and waits for nothing that comes later in the boot.
     */
    String AT_BOOT = "--at-boot";

    /**
     * Arms it: from the moment this returns, a host that loses its updater, or is rebooted, runs {@code command} by
     * itself. Idempotent and durable. It must not depend on anything under home.
     *
     * @param command absolute path of the recovering launcher in the state directory, and its arguments
     */
    void arm(List<String> command) throws UpdateFailure.Service;

    /** Disarms it and leaves no trace. Idempotent; it may be called by the guard's own command. */
    void disarm() throws UpdateFailure.Service;

    /** Returns whether anything of it is on the host. */
    boolean armed() throws UpdateFailure.Service;

    /**
     * Returns whether the host, as it runs now, would run the command by itself. One that is armed is not ready where what
     * watches was killed, or has not come back after a boot.
     */
    default boolean ready() throws UpdateFailure.Service {
        return armed();
    }
}
