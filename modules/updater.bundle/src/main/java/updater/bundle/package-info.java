/** Builds the update tarball and unpacks it safely. */
package updater.bundle;
