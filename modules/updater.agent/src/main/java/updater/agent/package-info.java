/**
 * The agent's half of an update, as a library.
 *
 * <p>{@link updater.agent.AgentUpdates} takes an {@link updater.agent.Offer}, from whatever transport, and tells
 * {@link updater.agent.PackageStatuses} to the same. The package {@code updater.opamp} is such a transport.
 */
@org.jspecify.annotations.NullMarked
package updater.agent;
