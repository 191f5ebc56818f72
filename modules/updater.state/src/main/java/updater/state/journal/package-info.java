/**
 * The journal of one update.
 *
 * <p>Uses the record log, and the product descriptor, which is in the first record.
 */
package updater.state.journal;
