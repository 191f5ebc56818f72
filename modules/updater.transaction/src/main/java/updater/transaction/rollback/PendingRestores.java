package updater.transaction.rollback;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The paths of home that a rollback could not restore, so that the next one restores those and no others.
 *
 * <p>The old agent is started even when a path could not be restored, and runs until an operator has removed the cause.
 * What it writes meanwhile is the host's own, like all that it writes after a rollback that was complete: a rollback that
 * compared all of home with its manifest again would take hours of data for the new agent's, and look for backups that
 * were used up by the first one. So the list is made durable before the old agent is started, and is missing where home
 * could not be compared, or where more than {@link #MAX_PATHS} differ: then all of home is compared again.
 */
final class PendingRestores {
    /** More, and it is not paths that are broken. Bounds the memory that the list takes, too. */
    private static final int MAX_PATHS = 10_000;

    /** Of paths and attributes, which may be 64 KiB each: as for too many paths. */
    private static final long MAX_BYTES = 4 << 20;

    private final UpdateContext context;
    private final SortedMap<String, ManifestEntry> entries = new TreeMap<>(ManifestEntry.WALK_ORDER);
    private boolean complete;
    private boolean written;
    private long held;

    /** What is wrong with a path. */
    enum State {
        /** Nothing of its type is there, or nothing was there before. */
        MISSING,
        /** It is there, and differs. */
        DIFFERENT
    }

    PendingRestores(UpdateContext context) {
        this.context = context;
    }

    /**
     * Returns the paths that an earlier rollback of the update in the journal could not restore; empty when it left no list,
     * and all of home has to be compared.
     */
    static Optional<SortedMap<String, State>> read(UpdateContext context) throws IOException {
        SortedMap<String, State> paths = new TreeMap<>(ManifestEntry.WALK_ORDER);
        try (ManifestReader list = ManifestReader.open(StateFiles.pendingRestores(context.layout()), context.logs())) {
            for (Optional<ManifestEntry> next = list.next(); next.isPresent(); next = list.next()) {
                State what = next.get().note().map(State::valueOf).orElse(State.MISSING);
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

    /** Adds one path: it could not be restored, or is not what it was. */
    void add(FileEntry entry, State what) {
        if (!tooMany()) {
            entries.put(entry.path(), new ManifestEntry(entry, Optional.of(what.name())));
            held += size(entry);
            written = false;
        }
    }

    private boolean tooMany() {
        return entries.size() > MAX_PATHS || held > MAX_BYTES;
    }

    private static long size(FileEntry entry) {
        long size = 2L * entry.path().length();
        for (Bytes value : entry.attributes().values()) {
            size += value.toArray().length;
        }
        return size;
    }

    /** Notes that all of home, or all that was pending, was compared, and that what was restored is durable. */
    void complete() {
        complete = true;
    }

    /**
     * Writes the list, durably, in the place of an earlier one. Atomic; does nothing when that was done, or when the list
     * would not hold everything.
     */
    void write() throws IOException {
        if (written || !complete || tooMany()) {
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
