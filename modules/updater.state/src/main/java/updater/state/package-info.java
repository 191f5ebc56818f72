/**
 * Keeps status file, journal, manifest, product descriptor and update report as JSON on disk.
 *
 * <p>Journal and manifest are {@link updater.state.RecordLog record logs}: framed, checked record by record, forced only
 * where their caller asks for it. Everything read here may have been damaged or written by somebody else: it ends in a
 * checked exception that says where and what, never in an error of the virtual machine.
 */
package updater.state;
