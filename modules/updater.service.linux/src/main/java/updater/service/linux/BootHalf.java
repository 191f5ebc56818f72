package updater.service.linux;

import java.util.List;
import updater.api.UpdateFailure;

/** The part of a guard that outlives a reboot: init runs the recovering command once at boot, before the agent. */
sealed interface BootHalf permits SysVBootHalf, OpenRcBootHalf {
    /**
     * Idempotent and durable; each file is atomic.
     *
     * @param command what recovers
     * @param loop what goes on trying when that does not come to its end
     */
    void write(List<String> command, List<String> loop) throws UpdateFailure.Service;

    /** Leaves no trace. Idempotent. */
    void remove() throws UpdateFailure.Service;

    /** Returns whether anything of it is there. */
    boolean present() throws UpdateFailure.Service;
}
