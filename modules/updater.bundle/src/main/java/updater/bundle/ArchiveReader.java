package updater.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.archive.ArchiveMembers;
import updater.archive.BundleLimits;
import updater.archive.TarGzReader;

/** A reader of the members of one archive of either format. */
final class ArchiveReader {
    private ArchiveReader() {}

    /**
     * Visits every member.
     *
     * @throws UpdateFailure.Refused when the archive is damaged, of no known format, or holds what it must not
     */
    static void read(Path archive, BundleLimits limits, ArchiveMembers.Visitor visitor) throws UpdateFailure {
        ArchiveMembers members = new ArchiveMembers(limits, visitor);
        try {
            Optional<BundleFormat> format = BundleFormat.ofContent(archive);
            if (format.isEmpty()) {
                throw new UpdateFailure.Refused(
                        RefusalCode.BUNDLE_INVALID, archive + " is neither a .tar.gz nor a .zip", "");
            }
            switch (format.get()) {
                case TAR_GZ -> {
                    try (InputStream file = Files.newInputStream(archive)) {
                        TarGzReader.read(file, members);
                    }
                }
                case ZIP -> ZipReader.read(archive, members);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID, archive + " cannot be read: " + e.getMessage(), "Fetch it again", e);
        }
    }
}
