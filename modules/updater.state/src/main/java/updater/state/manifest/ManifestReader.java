package updater.state.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.json.Printable;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.LogChannels;

/** A reader of a complete manifest: of one file, or of two of which the second says what has changed since the first. */
public final class ManifestReader implements Closeable {
    private final Path file;
    private final ManifestRecords base;
    private final Optional<ManifestRecords> changes;
    private Optional<ManifestCodec.Decoded> nextOfBase = Optional.empty();
    private Optional<ManifestCodec.Decoded> nextOfChanges = Optional.empty();
    private final Edit edit;
    private boolean begun;

    private ManifestReader(Path file, ManifestRecords base, Optional<ManifestRecords> changes, Edit edit) {
        this.file = file;
        this.base = base;
        this.changes = changes;
        this.edit = edit;
    }

    /** What a reader makes of each entry. */
    @FunctionalInterface
    public interface Edit {
        /** Returns what takes the place of what is recorded. */
        FileEntry of(FileEntry recorded) throws IOException;
    }

    /**
     * Opens a manifest whose last record says that it is complete.
     *
     * @throws DamagedLogException when it does not
     * @throws FutureFormatException when a newer updater wrote it
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    public static ManifestReader open(Path file, LogChannels channels) throws IOException {
        return new ManifestReader(file, ManifestRecords.open(file, channels), Optional.empty(), entry -> entry);
    }

    /**
     * Opens a manifest and what has changed since it was written. As {@link #open(Path, LogChannels)}, for either file.
     *
     * @param changes holds an entry for each path that is new or has changed, and says of others that they are gone
     */
    public static ManifestReader open(Path file, Path changes, LogChannels channels) throws IOException {
        return open(file, changes, channels, entry -> entry);
    }

    /**
     * As {@link #open(Path, Path, LogChannels)}.
     *
     * @param edit is asked for each entry, in order
     */
    public static ManifestReader open(Path file, Path changes, LogChannels channels, Edit edit) throws IOException {
        ManifestRecords base = ManifestRecords.open(file, channels);
        try {
            return new ManifestReader(file, base, Optional.of(ManifestRecords.open(changes, channels)), edit);
        } catch (IOException e) {
            try (base) {
                throw e;
            }
        }
    }

    /**
     * Returns the next entry in {@link ManifestEntry#WALK_ORDER}; empty behind the last one, and from then on.
     *
     * @throws DamagedLogException when the manifest is damaged, entries are missing or not in order
     */
    public Optional<ManifestEntry> next() throws IOException {
        if (!begun) {
            begun = true;
            nextOfBase = base.next();
            nextOfChanges = nextOfChanges();
        }
        while (nextOfBase.isPresent() || nextOfChanges.isPresent()) {
            ManifestCodec.Decoded merged = nextOfBoth();
            if (merged.entry().isPresent()) {
                ManifestEntry entry = merged.entry().get();
                return Optional.of(new ManifestEntry(edit.of(entry.file()), entry.note()));
            }
        }
        return Optional.empty();
    }

    private Optional<ManifestCodec.Decoded> nextOfChanges() throws IOException {
        return changes.isPresent() ? changes.get().next() : Optional.empty();
    }

    /** Of two records about one path, that of the changes is later. */
    private ManifestCodec.Decoded nextOfBoth() throws IOException {
        @Nullable String old = pathOf(nextOfBase);
        @Nullable String late = pathOf(nextOfChanges);
        int order = old == null ? 1 : late == null ? -1 : ManifestEntry.WALK_ORDER.compare(old, late);
        ManifestCodec.Decoded result = order < 0 ? nextOfBase.orElseThrow() : nextOfChanges.orElseThrow();
        if (result.gone().isPresent() && order != 0) {
            throw new DamagedLogException(
                    file,
                    0,
                    "expected an entry of '" + Printable.text(result.gone().get()) + "' that is said to be gone");
        }
        if (order <= 0) {
            nextOfBase = base.next();
        }
        if (order >= 0) {
            nextOfChanges = nextOfChanges();
        }
        return result;
    }

    private static @Nullable String pathOf(Optional<ManifestCodec.Decoded> record) {
        return record.flatMap(ManifestCodec.Decoded::path).orElse(null);
    }

    @Override
    public void close() throws IOException {
        try (base) {
            if (changes.isPresent()) {
                changes.get().close();
            }
        }
    }
}
