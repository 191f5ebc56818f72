package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestWriter;
import updater.transaction.backup.ShippedBefore;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The record of what the new version ships, being written as its staged tree is walked: every path with type, size, mode and
 * checksum. Of a file without a checksum nothing is ever concluded but that it was shipped.
 */
public final class ShippedWriter implements Closeable {
    private final ManifestWriter manifest;
    private final ShippedRecord known;
    private final boolean partial;

    private ShippedWriter(ManifestWriter manifest, ShippedRecord known, boolean partial) {
        this.manifest = manifest;
        this.known = known;
        this.partial = partial;
    }

    /** Creates it, in the place of one that an update left that ended. */
    public static ShippedWriter create(UpdateContext context) throws IOException {
        return create(context, ShippedRecord.nothing(), false);
    }

    /**
     * Creates the record of a version of which only a part is staged.
     *
     * @param known what it shipped; is closed by this object
     */
    static ShippedWriter create(UpdateContext context, ShippedRecord known) throws IOException {
        return create(context, known, true);
    }

    private static ShippedWriter create(UpdateContext context, ShippedRecord known, boolean partial)
            throws IOException {
        Path file = context.layout().state().resolve(StateFiles.SHIPPED_PENDING);
        Files.deleteIfExists(file);
        return new ShippedWriter(ManifestWriter.create(file, context.logs()), known, partial);
    }

    /** Returns whether an entry is of home, and not of what lies outside. */
    static boolean isInHome(FileEntry entry) {
        return !entry.path().startsWith("/");
    }

    /** Returns where the definition of a service is in a record: before all that is in home. */
    static String definition(String manager, String service) {
        return "/" + manager + "/" + service;
    }

    /** Adds the definition of the service, before anything else. */
    void addDefinition(String path, Bytes content, int mode) throws IOException {
        Instant now = Instant.EPOCH;
        Stat stat = new Stat(FileType.REGULAR, content.length(), mode, 0, 0, now, now, 0, 0, 1);
        add(new FileEntry(path, stat), OptionalLong.of(checksum(content)));
    }

    static long checksum(Bytes content) {
        CRC32C checksum = new CRC32C();
        checksum.update(content.toArray());
        return checksum.getValue();
    }

    /** Adds what is staged. Where it is known what was shipped at its path, an operator may have changed it before it was kept. */
    void add(FileEntry staged, OptionalLong checksum) throws IOException {
        Optional<ManifestEntry> shipped = Optional.empty();
        while (shipped.isEmpty()
                && known.peek()
                        .filter(next -> ManifestEntry.WALK_ORDER.compare(next.path(), staged.path()) <= 0)
                        .isPresent()) {
            ManifestEntry next = known.takeNoted().orElseThrow();
            if (next.file().path().equals(staged.path())) {
                shipped = Optional.of(next);
            } else {
                manifest.add(next.file(), next.note());
            }
        }
        boolean vendors = shipped.isPresent() && shipped.get().note().isEmpty();
        if (partial && !vendors && isInHome(staged)) {
            // An operator's, which an update had replaced: it is placed, and no later update may take it for the
            // vendor's.
            manifest.add(staged, Optional.of(ShippedBefore.OPERATORS));
        } else if (shipped.map(ManifestEntry::file)
                .filter(entry ->
                        entry.type() == FileType.DIRECTORY || entry.checksum().isPresent())
                .isPresent()) {
            manifest.add(shipped.get().file());
        } else {
            manifest.add(checksum.isPresent() ? staged.withChecksum(checksum.getAsLong()) : staged);
        }
    }

    /** Marks it as whole and forces it; the directory that holds it is forced by the caller. */
    void complete() throws IOException {
        for (Optional<ManifestEntry> next = known.takeNoted(); next.isPresent(); next = known.takeNoted()) {
            manifest.add(next.get().file(), next.get().note());
        }
        manifest.complete(manifest.count());
    }

    @Override
    public void close() throws IOException {
        try (known) {
            manifest.close();
        }
    }
}
