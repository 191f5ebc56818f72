/** The execution of steps, and the watch over the new agent. Uses context. */
package updater.transaction.apply;
