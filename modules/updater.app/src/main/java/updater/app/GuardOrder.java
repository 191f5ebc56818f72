package updater.app;

import java.util.List;
import updater.api.UpdateFailure;
import updater.api.service.Guard;

/**
 * Say what the guard runs.
 *
 * @param command absolute path of the launcher in the state directory, and its arguments
 */
record GuardOrder(List<String> command) {
    GuardOrder {
        command = List.copyOf(command);
    }

    void arm(Guard guard) throws UpdateFailure.Service {
        guard.arm(command);
    }
}
