package updater.archive;

/**
 * The limits of what is taken out of one bundle. They hold for what comes out, whatever the archive says about itself.
 *
 * @param fileBytes a file must have less than that many bytes
 * @param totalBytes all files together may have that many bytes
 * @param entries there may be that many files and directories
 */
public record BundleLimits(long fileBytes, long totalBytes, int entries) {
    /** Agents cut files at 1,000,000,000 bytes, so no bundle may hold one that large. */
    public static final long FILE_BYTES = 1_000_000_000L;

    /** Room for any agent: 8 GiB, 100,000 files and directories. */
    public static final BundleLimits DEFAULT = new BundleLimits(FILE_BYTES, 8L << 30, 100_000);
}
