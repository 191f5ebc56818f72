package updater.transaction.prepare;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.PathPatterns;
import updater.fs.Pinned;

/**
 * The judgement of an installed file that is not the bundle's, by what the last version shipped in its place: who has changed it
 * since, the operator, the vendor, or both.
 *
 * @param configuration which files the operator edits; those are read whatever time that takes
 */
record ThreeWayComparison(ContentComparer contents, PathPatterns configuration) {
    private static final String ACCESS_LIST = "system.posix_acl_access";

    /** What becomes of the file. */
    enum Verdict {
        /** It is replaced: the operator has not changed it, or nothing is known. */
        FOLLOWS,
        /** It stays: the vendor has not changed it. */
        STAYS,
        /** It stays, and the vendor's is placed beside it: both have changed configuration. */
        BESIDE,
        /** It is replaced, and kept beside the vendor's: both have changed another file. */
        SET_ASIDE
    }

    /** Returns whether a staged file is known to have the bytes of the installed one. */
    boolean same(String path, Pinned staged, Pinned installed, Optional<FileEntry> last) throws IOException {
        return isConfiguration(path, last) ? contents.same(staged, installed) : contents.sameInTime(staged, installed);
    }

    /**
     * Returns the checksum of a staged file for the next update to go by; empty when there was no time. Without that of
     * configuration, an operator's edit could not be told from the vendor's file, and would be lost.
     */
    OptionalLong checksum(String path, Pinned staged) throws IOException {
        return configuration.matches(path) ? contents.checksum(staged) : contents.checksumInTime(staged);
    }

    /**
     * Returns the mode of what will be in place. What has special rights, or an access list, somebody has given it.
     *
     * @param umask of whoever unpacked the bundle: what it took away, the vendor has not changed
     */
    int mode(FileEntry staged, Pinned installed, Optional<FileEntry> last, int umask) throws IOException {
        int mode = installed.entry().mode();
        if (last.isEmpty() || mode != last.get().mode() || (mode & ~umask) == staged.mode()) {
            return mode;
        }
        Map<String, Bytes> attributes = installed.attributes();
        return attributes.containsKey(ACCESS_LIST) || PlacedInodes.isPrivileged(mode, attributes)
                ? mode
                : staged.mode() | (mode & umask);
    }

    /** @param last what was shipped; empty where that is not known */
    Verdict judge(String path, Pinned staged, Pinned installed, Optional<FileEntry> last) throws IOException {
        if (last.isEmpty() || last.get().checksum().isEmpty()) {
            return Verdict.FOLLOWS;
        }
        boolean patient = isConfiguration(path, last);
        if (still(installed, last.get(), patient) != ContentComparer.Still.NO) {
            return Verdict.FOLLOWS;
        }
        if (still(staged, last.get(), patient) == ContentComparer.Still.YES) {
            return Verdict.STAYS;
        }
        return configuration.matches(path) ? Verdict.BESIDE : Verdict.SET_ASIDE;
    }

    /** Returns whether a file is known to be what the last version shipped, whatever time that takes. */
    boolean isAsShipped(Pinned file, Optional<FileEntry> last) throws IOException {
        return last.isPresent()
                && last.get().checksum().isPresent()
                && still(file, last.get(), true) == ContentComparer.Still.YES;
    }

    private ContentComparer.Still still(Pinned file, FileEntry last, boolean patient) throws IOException {
        return patient ? contents.isStillAtLast(file, last) : contents.isStill(file, last);
    }

    private boolean isConfiguration(String path, Optional<FileEntry> last) {
        return last.isPresent() && configuration.matches(path);
    }
}
