/**
 * The manifest of a tree, and what has changed since one was written.
 *
 * <p>Uses the record log.
 */
package updater.state.manifest;
