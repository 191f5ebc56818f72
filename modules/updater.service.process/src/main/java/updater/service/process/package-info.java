/**
 * Stands in where a host has no service manager: in containers, in the demo, in tests, without root.
 *
 * <p>The agent is a detached process. Its definition is a small file
 * ({@link updater.service.process.ProcessDefinition}), what runs is named by a pid file
 * ({@link updater.processes.PidFile}), and a detached shell loop finishes an update whose updater died
 * ({@link updater.processes.Watchdog}).
 *
 * <p>What it does not do: restart an agent that crashed; start anything after a reboot, the watchdog included (the next
 * start of the updater recovers); change to another user. A user who may write the definition or the command decides
 * what the updater's user runs, so a home that another user may write in is no place for it to be used as root.
 */
package updater.service.process;
