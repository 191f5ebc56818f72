package updater.transaction.context;

/**
 * The user whose rights this process has.
 *
 * @param privileged whether it may do everything on this host
 * @param uid its number; negative where the host has none
 */
public record OwnUser(boolean privileged, long uid) {}
