package updater.service.macos;

import java.util.List;
import updater.api.UpdateFailure;

/** The process groups of a host. */
@FunctionalInterface
interface ProcessGroups {
    /** Returns the processes of a group that have not ended, by number; none where they cannot be listed. */
    List<Long> members(long leader) throws UpdateFailure.Service;
}
