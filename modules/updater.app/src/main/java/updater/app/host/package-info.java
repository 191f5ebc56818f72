/** What a run takes from the process and the host it runs on: home, state directory, service manager, commands. */
package updater.app.host;
