/** The command line and the update itself. */
package updater.app;
