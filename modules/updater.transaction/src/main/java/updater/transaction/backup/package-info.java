/** The backup in two passes, and the manifest that a rollback is verified against. Uses context. */
package updater.transaction.backup;
