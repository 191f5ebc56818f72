/**
 * JSON values, a strict reader and a writer of them, and {@link updater.json.Printable texts} that are safe to show.
 *
 * <p>What is read here may have been damaged or written by another program: it ends in a value or in a
 * {@link updater.json.JsonShapeException}, never in an error of the virtual machine.
 */
package updater.json;
