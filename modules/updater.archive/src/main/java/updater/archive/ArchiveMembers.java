package updater.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.Set;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/**
 * The members of one archive, in its order, each judged before it is visited. Everything is refused but plain files and
 * directories below the root, named once, and within the limits. An archive is a stranger's: nothing it says is believed
 * before it was counted.
 */
public final class ArchiveMembers {
    private final BundleLimits limits;
    private final Visitor visitor;
    private final Set<String> seen = new HashSet<>();
    private final EntryNames names = new EntryNames();
    private long totalBytes;

    public ArchiveMembers(BundleLimits limits, Visitor visitor) {
        this.limits = limits;
        this.visitor = visitor;
    }

    /** The receiver of members. What it leaves of the content is read all the same, to see that it is whole. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Takes one member.
         *
         * @param content fails with an {@link IOException} when the archive is damaged, which is to be passed on
         */
        void visit(BundleEntry entry, InputStream content) throws IOException, UpdateFailure;
    }

    /** What an archive claims that a member is, in the terms both formats share. */
    public enum Kind {
        FILE,
        DIRECTORY,
        LINK,
        OTHER
    }

    /**
     * Takes one member from a format's reader.
     *
     * @param content to its end the content of the member
     * @throws UpdateFailure.Refused when it must not be unpacked
     */
    public void member(String name, Kind kind, int mode, long size, InputStream content)
            throws IOException, UpdateFailure {
        String path = EntryName.plain(name);
        switch (kind) {
            case LINK -> throw refuse(name, "is a link");
            case OTHER -> throw refuse(name, "is neither a regular file nor a directory");
            case FILE, DIRECTORY -> {}
        }
        if (path.isEmpty()) {
            if (kind == Kind.DIRECTORY) {
                return;
            }
            throw refuse(name, "is a file without a name");
        }
        if ((mode & 07000) != 0) {
            throw refuse(name, "has a set-user-ID, set-group-ID or sticky bit");
        }
        if (!seen.add(path)) {
            throw refuse(name, "is there twice");
        }
        names.add(path);
        // Those too that no member says are there: each is a directory on disk.
        if (names.size() > limits.entries()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "the bundle has more than " + limits.entries() + " files and directories",
                    "");
        }
        boolean directory = kind == Kind.DIRECTORY;
        if (size < 0 || (directory && size != 0)) {
            throw refuse(name, "has the size " + size);
        }
        if (size >= limits.fileBytes()) {
            throw refuse(name, "has " + size + " bytes; expected less than " + limits.fileBytes());
        }
        totalBytes += size;
        if (totalBytes > limits.totalBytes()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID, "the bundle has more than " + limits.totalBytes() + " bytes", "");
        }
        InputStream exact = new ExactInputStream(content, size);
        visitor.visit(new BundleEntry(path, directory, mode & 0777, size), exact);
        exact.transferTo(OutputStream.nullOutputStream());
    }

    private static UpdateFailure.Refused refuse(String name, String problem) {
        return new UpdateFailure.Refused(
                RefusalCode.BUNDLE_INVALID,
                "the bundle's '" + EntryName.printable(name) + "' " + problem,
                "Ask whoever built it");
    }
}
