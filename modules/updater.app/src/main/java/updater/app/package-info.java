/** The command line. */
package updater.app;
