package updater.transaction.rollback;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * Remember which paths of home an undo could not put back, so that the next one mends those and no others.
 *
 * <p>The old agent is started even when something could not be put back, and runs until somebody has removed the cause.
 * What it writes meanwhile is the host's own, like all that it writes after a rollback that was complete: an undo that
 * compared all of home with its manifest again would take hours of data for the new agent's, and look for backups that
 * were used up when the files were put back. So the list is made durable before the old agent is started, and is missing
 * where home could not be compared, or where more paths than {@link #MOST} differ: then all of home is compared again.
 */
final class PendingRestores {
    /** More, and it is not paths that are broken. Bounds the memory this takes, too. */
    private static final int MOST = 10_000;

    private final UpdateContext context;
    private final SortedMap<String, ManifestEntry> entries = new TreeMap<>(ManifestEntry.WALK_ORDER);
    private boolean complete;
    private boolean written;

    /** What is wrong with a path. */
    enum Left {
        /** Nothing of its type is there, or nothing was there before. */
        MISSING,
        /** It is there, and differs. */
        DIFFERENT
    }

    PendingRestores(UpdateContext context) {
        this.context = context;
    }

    /**
     * Returns the paths that an earlier undo of the update in the journal could not put back; empty when it left no list,
     * and all of home may have to be undone.
     */
    static Optional<SortedMap<String, Left>> read(UpdateContext context) throws IOException {
        SortedMap<String, Left> paths = new TreeMap<>(ManifestEntry.WALK_ORDER);
        try (ManifestReader list = ManifestReader.open(StateFiles.pendingRestores(context.layout()), context.logs())) {
            for (Optional<ManifestEntry> next = list.next(); next.isPresent(); next = list.next()) {
                Left what = next.get().note().map(Left::valueOf).orElse(Left.MISSING);
                paths.put(next.get().file().path(), what);
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "what is wrong with a path in " + StateFiles.pendingRestores(context.layout()) + " is not known",
                    e);
        }
        return Optional.of(paths);
    }

    /** Adds one path: it could not be mended, or is not what it was. */
    void add(FileEntry entry, Left what) {
        if (entries.size() <= MOST) {
            entries.put(entry.path(), new ManifestEntry(entry, Optional.of(what.name())));
            written = false;
        }
    }

    /** All of home, or all that an earlier undo had left, was compared, and what was put back is durable. */
    void complete() {
        complete = true;
    }

    /**
     * Writes the list, durably, in the place of an earlier one. Atomic; does nothing when that was done, or when the list
     * would not hold everything.
     */
    void write() throws IOException {
        if (written || !complete || entries.size() > MOST) {
            return;
        }
        String name =
                String.valueOf(StateFiles.pendingRestores(context.layout()).getFileName());
        Path temporary = context.layout().state().resolve(SmallFile.temporaryName(name));
        try (Directory state = context.disk().open(context.layout().state())) {
            Files.deleteIfExists(temporary);
            try (ManifestWriter list = ManifestWriter.create(temporary, context.logs())) {
                for (ManifestEntry entry : entries.values()) {
                    list.add(entry.file(), entry.note());
                }
                list.complete(entries.size());
            }
            state.rename(SmallFile.temporaryName(name), state, name);
            state.force();
        }
        written = true;
    }
}
