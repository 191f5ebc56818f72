/** What every part of a run works with. Uses no other package of the module. */
package updater.transaction.context;
