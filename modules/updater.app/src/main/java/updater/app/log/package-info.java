/** The updater's log: one JSON object a line in home's log directory. */
package updater.app.log;
