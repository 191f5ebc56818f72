/**
 * The signed release statement: what a vendor says about one release, and whether to believe it.
 *
 * <p>{@link updater.release.ReleaseVerifier} is the entry. Its input is bytes that may come from anybody; its answer is
 * a {@link updater.release.BelievedRelease} or a {@link updater.release.ReleaseRefused} that names the check that
 * failed. What the files of a release are is in its {@link updater.release.FileList}, whose checksum is in the
 * statement.
 */
package updater.release;
