/**
 * The way back: undoes the steps, restores home to its manifest, verifies both, and starts the old agent. Uses apply,
 * backup and context.
 */
package updater.transaction.rollback;
