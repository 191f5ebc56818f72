package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.FileEntry;
import updater.api.FileRules.OutsideFile;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Stat;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.fs.PrefetchingWalk;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.PlanPreview;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.StagedTreeInspection.Inspected;

/** The check of all staged files, without a plan: the same inspection, and whether their directories can be written. */
record FilesCheck(UpdateContext context, StagedTree staged, Consumer<String> warnings) {
    /** Checks. Changes nothing. Returns what would become of each, and warns of what the update itself would warn of. */
    PlanPreview.Files run() throws IOException, UpdateFailure {
        ContentComparer contents = new ContentComparer(context.clock(), Long.MAX_VALUE);
        try (Directory home = context.disk().open(context.layout().home());
                DirectoryChain opened = new DirectoryChain(context.disk());
                ShippedRecord shipped = LastShipped.read(context).open();
                OutsideBackup outside = new OutsideBackup(context)) {
            StagedTreeInspection inspection =
                    new StagedTreeInspection(context, staged, home, outside, contents, shipped);
            Directory root =
                    opened.directory(staged.root().anchor(), staged.root().path());
            Writable follower = new Writable(outside, contents);
            PrefetchingWalk.walk(root, StagedTreeInspection::isUpdatersOwn, inspection, follower);
            DroppedFiles dropped = new DroppedFiles(context, contents, inspection.linked(), follower);
            try (ShippedRecord last = LastShipped.read(context).open();
                    DirectoryChain tree = new DirectoryChain(context.disk())) {
                dropped.find(last, path -> ships(tree, path));
            }
            inspection.warnings().forEach(warnings);
            follower.contested.lines().forEach(warnings);
            return follower.counted();
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
    }

    private boolean ships(DirectoryChain tree, String path) throws IOException {
        try {
            Place place = staged.place(path);
            return tree.parent(place).lookup(place.name()).isPresent();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }

    /** Files of one kind. */
    private static final class Counted {
        private final List<String> first = new ArrayList<>();
        private long count;

        void add(String path) {
            if (count++ < PlanPreview.Paths.MOST) {
                first.add(path);
            }
        }

        PlanPreview.Paths paths() {
            return new PlanPreview.Paths(count, first);
        }
    }

    private final class Writable implements PrefetchingWalk.Follower<Level, Inspected>, DroppedFiles.Going {
        /** The destination of each staged directory, or the nearest above it that exists. */
        private final Deque<Directory> destinations = new ArrayDeque<>();

        private final OutsideBackup outside;
        private final ContentComparer contents;
        private final Counted replaced = new Counted();
        private final Counted added = new Counted();
        private final Counted preserved = new Counted();
        private final Counted removed = new Counted();
        private final Counted stayed = new Counted();
        private final Contested contested = new Contested();
        private long unchanged;
        private long bytes;

        Writable(OutsideBackup outside, ContentComparer contents) {
            this.outside = outside;
            this.contents = contents;
        }

        PlanPreview.Files counted() {
            return new PlanPreview.Files(
                    replaced.paths(),
                    added.paths(),
                    removed.paths(),
                    preserved.paths(),
                    stayed.paths(),
                    unchanged,
                    bytes);
        }

        @Override
        public void enter(FileEntry entry, Directory opened, Level level) throws IOException {
            destinations.push(level.directory().orElseGet(destinations::element));
            if (level.directory().isEmpty()) {
                requireWritable();
            }
        }

        @Override
        public void file(FileEntry entry, Directory parent, Inspected inspected) throws IOException {
            switch (inspected.found()) {
                case Found.New _ -> {
                    requireWritable();
                    added.add(entry.path());
                    bytes += entry.size();
                }
                case Found.Replacing _ -> {
                    requireWritable();
                    replaced.add(entry.path());
                    bytes += entry.size();
                }
                case Found.ReplacingLink(Pinned _, FileEntry link) -> {
                    requireWritable();
                    contested.link(entry.path(), link);
                    replaced.add(entry.path());
                    bytes += entry.size();
                }
                case Found.Link(Optional<FileEntry> there, boolean _) -> {
                    requireWritable();
                    there.filter(found -> found.type() == FileType.SYMLINK)
                            .ifPresent(link -> contested.link(entry.path(), link));
                    (there.isPresent() ? replaced : added).add(entry.path());
                }
                case Found.Beside _ -> {
                    requireWritable();
                    stayed.add(entry.path());
                }
                case Found.Elsewhere(OutsideFile file) -> elsewhere(entry, parent, file);
                case Found.NotPlaced.UNCHANGED -> unchanged++;
                case Found.NotPlaced.PRESERVED -> preserved.add(entry.path());
                case Found.NotPlaced.STAYS -> stayed.add(entry.path());
                case Found.NotPlaced.EXCLUDED -> {
                    // A warning says so.
                }
            }
        }

        private void elsewhere(FileEntry entry, Directory parent, OutsideFile file) throws IOException {
            try (OutsideBackup.Target target = outside.open(file);
                    Pinned installed = target.directory().pinFile(target.place().name());
                    Pinned pinned = parent.pinFile(entry.name())) {
                if (contents.same(pinned, installed)) {
                    unchanged++;
                    return;
                }
                if (!target.directory().writable()) {
                    throw Refusal.notWritable(context, target.directory());
                }
            }
            replaced.add(entry.path());
            bytes += entry.size();
        }

        @Override
        public void file(Directory parent, Place place, Stat stat) {
            removed.add(place.path());
        }

        @Override
        public void directory(Place place, Stat stat) {
            // Only files are counted.
        }

        @Override
        public void stays(String path) {
            stayed.add(path);
        }

        private void requireWritable() throws IOException {
            if (!FlagCheck.writable(destinations.element())) {
                throw Refusal.notWritable(context, destinations.element());
            }
        }

        @Override
        public void leave() {
            destinations.pop();
        }
    }
}
