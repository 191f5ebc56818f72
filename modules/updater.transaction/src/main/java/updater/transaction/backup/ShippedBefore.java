package updater.transaction.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Stat;
import updater.api.Step;
import updater.fs.Directory;
import updater.fs.SmallFile;
import updater.state.journal.JournalView;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * What the version before an update shipped, where no record says it, as after the first update of a host: what the new version
 * ships, but for what that update created. Both come in the order of a walk, so that neither is held in memory.
 */
record ShippedBefore(UpdateContext context) {
    private static final String REPLACED = "replaced";
    private static final String CREATED = "created";

    /** Writes it, unless there is one. Idempotent; the directory that holds it is forced by the caller. */
    void complete(JournalView journal) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            if (state.look(StateFiles.PREVIOUS_SHIPPED).isPresent()) {
                return;
            }
            String name = SmallFile.temporaryName(StateFiles.PREVIOUS_SHIPPED);
            String placed = SmallFile.temporaryName(StateFiles.PREVIOUS_SHIPPED + "-placed");
            writePlaced(journal, fresh(placed));
            try (ManifestReader shipped = ManifestReader.open(path(StateFiles.SHIPPED), context.logs());
                    ManifestReader changed = ManifestReader.open(path(placed), context.logs());
                    ManifestWriter before = ManifestWriter.create(fresh(name), context.logs())) {
                write(shipped, changed, before);
                before.complete(before.count());
            } catch (NoSuchFileException e) {
                // Of a version that is not recorded nothing is known, and nothing of it is removed.
                return;
            }
            state.rename(name, state, StateFiles.PREVIOUS_SHIPPED);
            state.delete(placed);
        }
    }

    private Path path(String name) {
        return context.layout().state().resolve(name);
    }

    private Path fresh(String name) throws IOException {
        Files.deleteIfExists(path(name));
        return path(name);
    }

    /** What is placed beside a file of the bundle comes out of order, and was not shipped under that name. */
    private void writePlaced(JournalView journal, Path file) throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file, context.logs())) {
            String[] last = {""};
            journal.<IOException>forEachStepForward((index, step) -> {
                Optional<Place> target = switch (step) {
                    case Step.CreateDirectory directory -> Optional.of(directory.target());
                    case Step.PlaceFile placed -> Optional.of(placed.target());
                    default -> Optional.empty();
                };
                boolean replaces = step instanceof Step.PlaceFile placed && placed.replaces();
                if (target.filter(place ->
                                        place.anchor().equals(context.layout().home()))
                                .isPresent()
                        && ManifestEntry.WALK_ORDER.compare(
                                        last[0], target.get().path())
                                < 0) {
                    last[0] = target.get().path();
                    writer.add(named(last[0]), Optional.of(replaces ? REPLACED : CREATED));
                }
            });
            writer.complete(writer.count());
        }
    }

    private static FileEntry named(String path) {
        Stat stat = new Stat(FileType.REGULAR, 0, 0, 0, 0, Instant.EPOCH, Instant.EPOCH, 0, 0, 1);
        return new FileEntry(path, stat);
    }

    private static void write(ManifestReader shipped, ManifestReader changed, ManifestWriter before)
            throws IOException {
        Optional<ManifestEntry> change = changed.next();
        for (Optional<ManifestEntry> next = shipped.next(); next.isPresent(); next = shipped.next()) {
            FileEntry entry = next.get().file();
            while (change.isPresent() && order(change.get(), entry) < 0) {
                change = changed.next();
            }
            boolean isChanged = change.isPresent() && order(change.get(), entry) == 0;
            if (entry.path().startsWith("/")) {
                continue;
            }
            if (!isChanged) {
                before.add(entry);
            } else if (change.orElseThrow().note().equals(Optional.of(REPLACED))) {
                // Its content was another one.
                before.add(new FileEntry(entry.path(), entry.stat()));
            }
        }
    }

    private static int order(ManifestEntry change, FileEntry entry) {
        return ManifestEntry.WALK_ORDER.compare(change.file().path(), entry.path());
    }
}
