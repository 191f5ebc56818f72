/**
 * Status file, update report and product descriptor: JSON documents.
 *
 * <p>Uses no other package of this module.
 */
package updater.state.document;
