/**
 * What providers share that have no service manager to ask which process is the agent's ({@link
 * updater.processes.HostProcesses}, {@link updater.processes.PidFile}) or to run a guard ({@link
 * updater.processes.Watchdog}).
 */
package updater.processes;
