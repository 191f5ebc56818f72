package updater.bundle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import updater.api.UpdateFailure;
import updater.archive.BundleEntry;
import updater.archive.BundleLimits;

/**
 * The unpacking of bundles that come from elsewhere, for agents.
 *
 * <p>Only regular files and directories come out, below the target, each once, without set-id and sticky bits. Anything
 * else is refused, and nothing of it stays on disk.
 */
public final class BundleUnpacker {
    private final BundleLimits limits;

    /** Unpacks within {@link BundleLimits#DEFAULT}. */
    public BundleUnpacker() {
        this(BundleLimits.DEFAULT);
    }

    public BundleUnpacker(BundleLimits limits) {
        this.limits = limits;
    }

    /**
     * Reads a bundle to its end, checking it as {@link #unpack} does, and writes nothing.
     *
     * @return its members in the archive's order
     * @throws UpdateFailure.Refused when it would not be unpacked
     */
    public List<BundleEntry> list(Path archive) throws UpdateFailure {
        List<BundleEntry> entries = new ArrayList<>();
        ArchiveReader.read(archive, limits, (entry, content) -> entries.add(entry));
        return List.copyOf(entries);
    }

    /**
     * Unpacks a bundle. Not atomic, not forced to disk.
     *
     * <p>Files and directories get the mode they have in the archive, less the umask; their owner is the caller. No
     * link is followed: what is written to was made by this call. On a failure all that was made is removed again.
     *
     * @param target a directory that is empty or not there yet; no other user may write in it or in what is above it
     * @return the bundle's members in the archive's order
     * @throws UpdateFailure.Refused when the bundle is damaged or holds what it must not, or the target is not empty
     * @throws UpdateFailure.Disk when something cannot be written
     */
    public List<BundleEntry> unpack(Path archive, Path target) throws UpdateFailure {
        List<BundleEntry> entries = new ArrayList<>();
        try (UnpackedTree tree = UnpackedTree.open(target)) {
            ArchiveReader.read(archive, limits, (entry, content) -> {
                tree.add(entry, content);
                entries.add(entry);
            });
            tree.complete();
        }
        return List.copyOf(entries);
    }
}
