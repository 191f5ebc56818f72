package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The backup of home in two passes, and the record of what home was.
 *
 * <p>The {@link FirstPass} runs while the old agent does, and takes the bulk: a copy and a checksum of every file, except
 * those that the planner linked because they will be replaced. The {@link SecondPass} runs when the old agent has exited,
 * and stats everything: only what changed in between is described and copied again. {@link ChangeDetection} decides what
 * changed.
 */
public final class HomeBackup implements Closeable {
    private final UpdateContext context;
    private final ManagedPaths scope;
    private final BackupTree tree;
    private FirstPass.Extent taken = new FirstPass.Extent(Instant.MAX, false, "");
    private InDowntime inDowntime = new InDowntime(0, 0, List.of());

    /**
     * The work that was left for the second pass.
     *
     * @param changedPaths how many paths it found changed, new or gone
     * @param copiedBytes how many bytes it copied
     * @param largest path and size of the largest files that it copied
     */
    public record InDowntime(long changedPaths, long copiedBytes, List<String> largest) {
        public InDowntime {
            largest = List.copyOf(largest);
        }
    }

    /** @param tree is closed by this object */
    public HomeBackup(UpdateContext context, BackupTree tree) {
        this.context = context;
        this.scope = new ManagedPaths(context.product(), context.layout());
        this.tree = tree;
    }

    /** Opens the manifest of both passes, with the numbers that devices have now. */
    public static ManifestReader manifest(UpdateContext context) throws IOException {
        RemountedDevices devices = new RemountedDevices(context);
        Map<String, Long> readSince = UnreadCopies.checksums(context);
        return ManifestReader.open(
                context.layout().manifest(), StateFiles.changes(context.layout()), context.logs(), recorded -> {
                    FileEntry entry = devices.renumbered(recorded);
                    Long checksum = readSince.get(entry.path());
                    return checksum == null ? entry : entry.withChecksum(checksum);
                });
    }

    /** Returns where the files are kept. */
    public BackupTree tree() {
        return tree;
    }

    /** Returns whether the first pass took everything. */
    public boolean whole() {
        return taken.whole();
    }

    /** Returns what the second pass had to do. */
    public InDowntime inDowntime() {
        return inDowntime;
    }

    /**
     * Takes the bulk, until the deadline: the rest is for the second pass. Forces the manifest, not the copies.
     *
     * @param deadline when to stop, in {@link updater.api.Ticker#nanos()}
     * @param linkedChecksums until when linked files, whose bytes cannot be lost, are read for their checksum
     */
    public void bulk(Directory home, long deadline, long linkedChecksums) throws IOException {
        Instant start = context.clock().now();
        try (ManifestWriter manifest = ManifestWriter.create(context.layout().manifest(), context.logs())) {
            FirstPass pass = new FirstPass(tree, manifest, context.clock(), deadline, linkedChecksums);
            boolean whole = pass.walk(home, scope::excludes);
            manifest.complete(manifest.count());
            taken = new FirstPass.Extent(start, whole, pass.reached());
        }
    }

    /**
     * Stats everything again, takes what changed, and records that beside the manifest of the first pass. Forces that
     * record, not the copies.
     */
    public void complete(Directory home) throws IOException {
        try (ManifestReader bulk = ManifestReader.open(context.layout().manifest(), context.logs());
                ManifestWriter changes = ManifestWriter.create(StateFiles.changes(context.layout()), context.logs())) {
            SecondPass pass = new SecondPass(tree, changes, bulk, taken);
            pass.walk(home, scope::excludes);
            changes.complete(changes.count());
            UnreadCopies.write(context, pass.unread());
            inDowntime = new InDowntime(changes.count(), pass.copiedBytes(), pass.largest());
        }
    }

    static FileEntry describeSelf(FileEntry entry, Directory itself) throws IOException {
        try (Pinned self = itself.pinSelf()) {
            return entry.withAttributes(self.attributes());
        }
    }

    /** Describes a file; empty when it vanished meanwhile. */
    static Optional<FileEntry> described(FileEntry entry, Directory parent) throws IOException {
        try {
            return Optional.of(entry.withAttributes(parent.attributes(entry.name())));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        tree.close();
    }
}
