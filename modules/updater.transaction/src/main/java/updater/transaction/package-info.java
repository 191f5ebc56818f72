/**
 * The life of an update from its beginning to its end, and the recovery of one whose updater died. Uses every other
 * package of the module.
 */
package updater.transaction;
