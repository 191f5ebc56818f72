package updater.release;

import updater.release.KeyList.SigningKey;
import updater.release.ReleaseRefused.Check;

/**
 * A release whose statement is believed. What its bundle and its files are is still to be compared with the statement.
 *
 * @param statement what the vendor says
 * @param key the signing key that was believed, for report and status
 * @param keyList the number of the list that names the key
 * @param seen what to keep at once, whether the release is installed or not
 * @param installed what to keep when the release is installed for good, and not rolled back
 */
public record BelievedRelease(
        ReleaseStatement statement, SigningKey key, long keyList, TrustState seen, TrustState installed) {
    /**
     * Compares a bundle that was read with the statement.
     *
     * @throws ReleaseRefused when it is another one
     */
    public void requireBundle(long size, String sha256) throws ReleaseRefused {
        if (size != statement.bundle().size()) {
            throw refuse(Check.SIZE, "a bundle of " + statement.bundle().size() + " bytes", size + " bytes");
        }
        if (!sha256.equals(statement.bundle().sha256())) {
            throw refuse(
                    Check.SHA256,
                    "a bundle with the SHA-256 " + statement.bundle().sha256(),
                    sha256);
        }
    }

    private ReleaseRefused refuse(Check check, String expected, String found) {
        return new ReleaseRefused(
                check,
                "release " + statement.version() + ": expected " + expected + ", found " + Grammar.printable(found));
    }
}
