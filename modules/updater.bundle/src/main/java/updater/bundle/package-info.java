/**
 * Builds update bundles and unpacks them: {@code .tar.gz} and {@code .zip} with regular files and directories only.
 *
 * <p>For build machines ({@link updater.bundle.BundleBuilder}, or {@link updater.bundle.Main} on a command line) and
 * for agents ({@link updater.bundle.BundleUnpacker}). The updater itself needs none of it.
 */
package updater.bundle;
