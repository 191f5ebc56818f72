/**
 * Items that are read ahead by a thread of their own.
 */
package updater.state;
