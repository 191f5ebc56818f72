package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.FileEntry;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The large files that were copied while no agent ran, and not read for their checksum: reading takes longer than all else
 * that is done meanwhile. Their copies cannot change, so a rollback reads them before it puts anything back.
 */
public final class UnreadCopies {
    private UnreadCopies() {}

    /** Records which they are, forced; nothing where there are none. */
    static void write(UpdateContext context, List<FileEntry> unread) throws IOException {
        if (unread.isEmpty()) {
            return;
        }
        try (ManifestWriter writer = ManifestWriter.create(StateFiles.unread(context.layout()), context.logs())) {
            for (FileEntry entry : unread) {
                writer.add(entry);
            }
            writer.complete(writer.count());
        }
    }

    /**
     * Reads those that are still in the backup, and records their checksums, forced: from then on they are part of the manifest.
     * Idempotent; nothing where there are none.
     */
    public static void read(UpdateContext context) throws IOException {
        Path file = StateFiles.unread(context.layout());
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        String name = String.valueOf(file.getFileName());
        Path written = file.resolveSibling(SmallFile.temporaryName(name));
        Files.deleteIfExists(written);
        boolean any = false;
        try (ManifestReader reader = ManifestReader.open(file, context.logs());
                ManifestWriter writer = ManifestWriter.create(written, context.logs());
                BackupTree tree = new BackupTree(context)) {
            for (Optional<ManifestEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                FileEntry entry = next.get().file();
                FileEntry read = entry.checksum().isPresent() ? entry : tree.withChecksum(entry);
                any |= !read.equals(entry);
                writer.add(read);
            }
            writer.complete(writer.count());
        }
        try (Directory state = context.disk().open(context.layout().state())) {
            if (any) {
                state.rename(SmallFile.temporaryName(name), state, name);
                state.force();
            } else {
                state.delete(SmallFile.temporaryName(name));
            }
        }
    }

    /** Returns the checksums of those that were read since, by their paths. */
    static Map<String, Long> checksums(UpdateContext context) throws IOException {
        Map<String, Long> found = new HashMap<>();
        Path file = StateFiles.unread(context.layout());
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            try (ManifestReader reader = ManifestReader.open(file, context.logs())) {
                for (Optional<ManifestEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                    FileEntry entry = next.get().file();
                    entry.checksum().ifPresent(checksum -> found.put(entry.path(), checksum));
                }
            }
        }
        return found;
    }
}
