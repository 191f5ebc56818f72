package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
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
 * What there was of what the version before an update shipped: what its record says or, where there is none, as after the first
 * update of a host, what the new version ships; but for what that update created. An operator had removed that, and it is to go
 * when the update is taken back. All come in the order of a walk, so that none is held in memory.
 */
public record ShippedBefore(UpdateContext context) {
    /** The note of what was there with a version, and was not shipped by it. */
    public static final String OPERATORS = "operators";

    private static final String REPLACED = "replaced";
    private static final String CREATED = "created";

    /** Writes it. Atomic and idempotent; the directory that holds it is forced by the caller. */
    void complete(JournalView journal) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            boolean known = state.lookup(StateFiles.PREVIOUS_SHIPPED).isPresent();
            String name = SmallFile.temporaryName(StateFiles.PREVIOUS_SHIPPED);
            String placed = SmallFile.temporaryName(StateFiles.PREVIOUS_SHIPPED + "-placed");
            writePlaced(journal, fresh(placed));
            try (Entries changes = new Entries(ManifestReader.open(path(placed), context.logs()));
                    Entries after = new Entries(ManifestReader.open(path(StateFiles.SHIPPED), context.logs()));
                    ManifestWriter before = ManifestWriter.create(fresh(name), context.logs())) {
                if (known) {
                    Path record = path(StateFiles.PREVIOUS_SHIPPED);
                    try (Entries own = new Entries(ManifestReader.open(record, context.logs()))) {
                        merge(own, after, changes, before);
                    }
                } else {
                    guess(after, changes, before);
                }
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

    /**
     * What is placed beside a file of the bundle was not shipped under that name, and comes before its turn: what comes next lies
     * before it in the order of a walk. What a migration has printed comes behind all else.
     */
    private void writePlaced(JournalView journal, Path file) throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file, context.logs())) {
            List<Placed> held = new ArrayList<>();
            journal.<IOException>forEachStepForward((index, step) -> {
                Optional<Placed> next = placed(step);
                if (next.isEmpty()) {
                    return;
                }
                if (!held.isEmpty()
                        && ManifestEntry.WALK_ORDER.compare(
                                        held.getFirst().path(), next.get().path())
                                < 0) {
                    held.getFirst().add(writer);
                }
                held.clear();
                held.add(next.get());
            });
            for (Placed last : held) {
                last.add(writer);
            }
            writer.complete(writer.count());
        }
    }

    /** What an update has put at a path of home. */
    private record Placed(String path, String how) {
        void add(ManifestWriter writer) throws IOException {
            writer.add(named(path), Optional.of(how));
        }
    }

    private Optional<Placed> placed(Step step) {
        return switch (step) {
            case Step.CreateDirectory directory -> inHome(directory.target(), CREATED);
            case Step.PlaceFile file
            when file.source().path().startsWith(HomeLayout.MIGRATED + "/") -> Optional.empty();
            case Step.PlaceFile file -> inHome(file.target(), file.replaces() ? REPLACED : CREATED);
            default -> Optional.empty();
        };
    }

    private Optional<Placed> inHome(Place target, String how) {
        return context.layout().pathOf(target).map(path -> new Placed(path, how));
    }

    private static FileEntry named(String path) {
        Stat stat = new Stat(FileType.REGULAR, 0, 0, 0, 0, Instant.EPOCH, Instant.EPOCH, 0, 0, 1);
        return new FileEntry(path, stat);
    }

    /** The entries of a record, in the order of a walk. */
    private static final class Entries implements Closeable {
        private final ManifestReader reader;
        private Optional<ManifestEntry> next;

        Entries(ManifestReader reader) throws IOException {
            this.reader = reader;
            this.next = reader.next();
        }

        Optional<ManifestEntry> take() throws IOException {
            Optional<ManifestEntry> taken = next;
            next = reader.next();
            return taken;
        }

        /** Returns the entry of a path, which comes behind those that were asked for before. */
        Optional<ManifestEntry> at(FileEntry entry) throws IOException {
            while (next.isPresent() && order(next.get(), entry) < 0) {
                take();
            }
            return next.filter(there -> order(there, entry) == 0);
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }

    /** What the version shipped and was there, and what the next one ships and was there all the same: an operator's. */
    private static void merge(Entries own, Entries after, Entries changes, ManifestWriter before) throws IOException {
        while (own.next.isPresent() || after.next.isPresent()) {
            int order = own.next.isEmpty()
                    ? 1
                    : after.next.isEmpty()
                            ? -1
                            : order(own.next.get(), after.next.get().file());
            Optional<ManifestEntry> shipped = order <= 0 ? own.take() : Optional.empty();
            Optional<ManifestEntry> now = order >= 0 ? after.take() : Optional.empty();
            FileEntry entry = shipped.or(() -> now).orElseThrow().file();
            if (isCreated(changes, entry)) {
                continue;
            }
            if (shipped.isPresent()) {
                before.add(entry, shipped.get().note());
            } else if (!entry.path().startsWith("/")) {
                before.add(new FileEntry(entry.path(), entry.stat()), Optional.of(OPERATORS));
            }
        }
    }

    private static boolean isCreated(Entries changes, FileEntry entry) throws IOException {
        return changes.at(entry).flatMap(ManifestEntry::note).equals(Optional.of(CREATED));
    }

    /** What is there of what the next version ships. The definition of another version says nothing. */
    private static void guess(Entries after, Entries changes, ManifestWriter before) throws IOException {
        for (Optional<ManifestEntry> next = after.take(); next.isPresent(); next = after.take()) {
            FileEntry entry = next.get().file();
            Optional<ManifestEntry> change = changes.at(entry);
            if (entry.path().startsWith("/") || isCreated(changes, entry)) {
                continue;
            }
            // The content of what was replaced was another one.
            before.add(
                    change.isPresent() ? new FileEntry(entry.path(), entry.stat()) : entry,
                    next.get().note());
        }
    }

    private static int order(ManifestEntry change, FileEntry entry) {
        return ManifestEntry.WALK_ORDER.compare(change.file().path(), entry.path());
    }
}
