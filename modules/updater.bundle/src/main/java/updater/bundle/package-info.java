/**
 * Builds update bundles and unpacks them: {@code .tar.gz} and {@code .zip} with regular files and directories only.
 *
 *  * <p>For build machines ({@link updater.bundle.BundleBuilder}) and for agents ({@link updater.bundle.BundleUnpacker}). The
 * updater itself needs none of it.
 *  */
package updater.bundle;
