/**
 * The record log that journal, manifest and other lists are made of: framed, checked record by record, forced only where its
 * caller asks for it; and the fields of its records.
 *
 * <p>Uses no other package of this module.
 */
package updater.state.log;
