package updater.agent;

/** How a bundle gets from the agent to the updater. */
public enum HandOver {
    /**
     * The agent unpacks the bundle into {@code home/tmp/latest} and starts the updater in it. For agents that run as root, or
     * where home and service are the agent's own.
     */
    LAUNCH,
    /**
     * The agent leaves the bundle in {@code home/tmp/offer} with a request, which root's updater takes. For agents that run as
     * a user of their own; {@code updater enroll} installs what sees the request.
     */
    REQUEST
}
