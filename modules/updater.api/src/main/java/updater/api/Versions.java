package updater.api;

/**
 * The versions of an update, as the agent calls them: for people, and never compared.
 *
 * @param from the version before; empty when not known
 * @param to the version that is to be installed; empty when not known
 */
public record Versions(String from, String to) {}
