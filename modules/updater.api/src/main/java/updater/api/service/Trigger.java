package updater.api.service;

import java.util.List;
import updater.api.UpdateFailure;

/**
 * The ear of the host for requests of an agent that may not start the updater itself: the service manager runs a command as
 * root, outside of the agent's sandbox, whenever there is a request in home.
 */
public interface Trigger {
    /** The request, relative to home. What starts the command is that something has this name. */
    String REQUEST = "tmp/offer/request.json";

    /**
     * Installs it and starts to listen, now and after every boot. Idempotent and durable; home need not hold the request's
     * directory yet.
     *
     * @param command absolute path of the launcher in the state directory, and its arguments
     */
    void install(List<String> command) throws UpdateFailure.Service;

    /** Stops to listen, and leaves no trace. What it has started goes on. Idempotent. */
    void remove() throws UpdateFailure.Service;
}
