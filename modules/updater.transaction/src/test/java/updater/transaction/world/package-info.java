/**
 * Hosts on which the transaction is tried: a real file system, everything else a fake.
 *
 * <pre>
 * root/home             the agent: agent, config.yaml, package_statuses.json, log/, tmp/latest
 * root/jmx.jar          a file outside home that the product names, when a test makes it
 * root/units/agent.unit the definition, where it lies outside home
 * root/state            the state directory
 * root/boot_id          the boot, which a reboot changes
 *
 * GeneratedUpdate ── Node, Deed   what home and bundle hold, and what the agents do
 *        │ build
 *        ▼
 *      World ── FakeService       what runs: the content of home/agent when it was started
 *        │   └─ FakeClock         goes on while the updater waits
 *        │   └─ CrashPoints       one before and one behind whatever the updater does
 *        │ update, recover
 *        ▼
 *      Judge ── UndoOrder         wholly old, wholly new, or untouched: nothing else may be
 * </pre>
 *
 * <p>A test enters at {@link updater.transaction.world.World}: it plants files, says what the agents do, runs the updater,
 * and lets a {@link updater.transaction.world.Judge} made before the update say what is wrong.
 */
package updater.transaction.world;
