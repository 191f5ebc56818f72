package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import updater.api.FileEntry;
import updater.api.FileRules.OutsideFile;
import updater.api.FileType;
import updater.api.Place;
import updater.api.RefusalCode;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.fs.PrefetchingWalk;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.journal.Journal;
import updater.state.manifest.ManifestWriter;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.StagedTreeInspection.Inspected;

/**
 * The planner of an update's file steps. It computes them from the staged tree, writes them to the journal, and makes
 * everything about them ready: each staged file, or a copy of it, gets the owner, mode and attributes it will have in place,
 * and each file that will be replaced gets a second name in the backup. Nothing is changed but in the updater's own
 * directories.
 */
public final class Planner implements Closeable {
    private static final int PERMISSION_BITS = 0777;

    private final UpdateContext context;
    private final StagedTree staged;
    private final Journal journal;
    private final BackupTree backup;
    private final OutsideBackup outside;
    private final List<String> warnings = new ArrayList<>();
    private final Contested contested = new Contested();
    private long stayed;
    private long steps;
    private long replaced;
    private long created;
    private long unchanged;
    private long preserved;
    private long bytes;
    private final SpaceNeeds copied;
    private final DirectoryChain opened;

    public Planner(
            UpdateContext context, StagedTree staged, Journal journal, BackupTree backup, OutsideBackup outside) {
        this.context = context;
        this.staged = staged;
        this.journal = journal;
        this.backup = backup;
        this.outside = outside;
        this.copied = new SpaceNeeds(context.disk());
        this.opened = new DirectoryChain(context.disk());
    }

    /**
     * Plans.
     *
     * @throws UpdateFailure.Refused for anything in the bundle or in home that an update cannot deal with
     */
    public Plan plan(Directory home, ContentComparer contents, LastShipped before, ShippedWriter shipped)
            throws IOException, UpdateFailure {
        LinkedPaths linked = placeAll(home, contents, before, shipped);
        shipped.complete();
        DroppedFiles dropped = new DroppedFiles(
                context, contents.anew(), linked, new Removal(context, backup, outside, this::planned));
        try (ShippedRecord last = before.open();
                ShippedRecord now = ShippedRecord.pending(context)) {
            dropped.find(last, path -> now.at(path).isPresent());
            before.problem().ifPresent(warnings::add);
        }
        warnings.addAll(contested.lines());
        warnings.addAll(dropped.warnings());
        if (!staged.previous() && bytes == 0 && replaced + created + unchanged + preserved + stayed == 0) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STAGED_TREE_EMPTY,
                    "the staged tree " + context.layout().staged() + " holds no agent files",
                    "Unpack the update tarball there");
        }
        FileCounts files = new FileCounts(
                replaced, created, unchanged, preserved, bytes, dropped.removed(), stayed + dropped.stayed());
        return new Plan(steps, files, copied, List.copyOf(warnings));
    }

    private LinkedPaths placeAll(Directory home, ContentComparer contents, LastShipped before, ShippedWriter shipped)
            throws IOException, UpdateFailure {
        try (ShippedRecord last = before.open();
                PlacedInodes inodes =
                        new PlacedInodes(context, staged, home.self().uid());
                ManifestWriter placed = ManifestWriter.create(StateFiles.placed(context.layout()), context.logs())) {
            StagedTreeInspection inspection = new StagedTreeInspection(context, staged, home, outside, contents, last);
            Directory root =
                    opened.directory(staged.root().anchor(), staged.root().path());
            Follower follower = new Follower(inodes, placed, contents, shipped);
            PrefetchingWalk.walk(root, StagedTreeInspection::isUpdatersOwn, inspection, follower);
            placed.complete(placed.count());
            warnings.addAll(inspection.warnings());
            return inspection.linked();
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
    }

    private void planned(Step step) throws IOException {
        journal.planned(step);
        steps++;
    }

    private final class Follower implements PrefetchingWalk.Follower<Level, Inspected> {
        private final PlacedInodes inodes;
        private final ManifestWriter placed;
        private final ContentComparer contents;
        private final ShippedWriter shipped;
        private final Deque<Destination> destinations = new ArrayDeque<>();

        /** @param placed takes every inode that is going to be placed in home, by its path there */
        Follower(PlacedInodes inodes, ManifestWriter placed, ContentComparer contents, ShippedWriter shipped) {
            this.inodes = inodes;
            this.placed = placed;
            this.contents = contents;
            this.shipped = shipped;
        }

        @Override
        public void enter(FileEntry entry, Directory opened, Level level) throws IOException {
            Destination destination = new Destination(context, copied, level, Optional.ofNullable(destinations.peek()));
            destinations.push(destination);
            if (!entry.path().isEmpty()) {
                shipped.add(entry, OptionalLong.empty());
            }
            if (level.directory().isEmpty()) {
                destination.requireWritable();
                destination.needs().addFile(1);
                boolean again = staged.previous();
                if (level.behindLink()) {
                    outside.changesBehindLink(level.place(context.layout(), entry.path()));
                }
                planned(new Step.CreateDirectory(
                        level.place(context.layout(), entry.path()),
                        again ? entry.mode() : entry.mode() & PERMISSION_BITS,
                        again ? entry.stat().uid() : level.uid(),
                        again ? entry.stat().gid() : level.gid()));
            }
        }

        @Override
        public void file(FileEntry entry, Directory parent, Inspected inspected) throws IOException {
            shipped.add(entry, inspected.checksum());
            switch (inspected.found()) {
                case Found.NotPlaced.UNCHANGED -> unchanged++;
                case Found.NotPlaced.PRESERVED -> preserved++;
                case Found.NotPlaced.EXCLUDED -> {}
                case Found.NotPlaced.STAYS -> stayed++;
                case Found.Elsewhere(OutsideFile file) -> placeOutside(entry, parent, file);
                case Found.New(Pinned staged) -> placeNew(entry, parent, staged, Optional.empty());
                case Found.ReplacingLink(Pinned staged, FileEntry link) ->
                    placeNew(entry, parent, staged, Optional.of(link));
                case Found.Replacing replacing -> replace(entry, parent, replacing);
                case Found.Beside beside -> placeBeside(entry, parent, beside);
                case Found.Link link -> placeLink(entry, parent, link);
            }
        }

        /**
         * What replaces no file gets the owner of its directory and the mode from the bundle; what comes back keeps its own.
         *
         * @param link what it replaces all the same: a change of the operator's, as a bundle holds none
         */
        private void placeNew(FileEntry entry, Directory parent, Pinned file, Optional<FileEntry> link)
                throws IOException {
            Destination destination = destinations.element();
            Level level = destination.level;
            destination.requireWritable();
            PlacedInodes.Wanted wanted = staged.previous()
                    ? PlacedInodes.Wanted.like(entry, entry.mode(), file.attributes(), false)
                    : new PlacedInodes.Wanted(
                            level.uid(), level.gid(), entry.mode() & PERMISSION_BITS, Optional.empty(), false);
            PlacedInodes.Ready ready = inodes.ready(entry, parent, file, level.doubt(), wanted);
            bytes += entry.size();
            keep(destination, entry.path(), link);
            place(entry, destination, entry.path(), link, ready);
        }

        private void replace(FileEntry entry, Directory parent, Found.Replacing replacing) throws IOException {
            Destination destination = destinations.element();
            String name = replacing.there().name();
            if (!destination.writable() && same(replacing.staged(), destination.directory(), name)) {
                // The inspection assumed it to differ, for want of time: no reason to refuse.
                unchanged++;
                return;
            }
            destination.requireWritable();
            PlacedInodes.Ready ready = inodes.ready(
                    entry,
                    parent,
                    replacing.staged(),
                    destination.level.doubt(),
                    PlacedInodes.Wanted.like(replacing.there(), replacing.mode(), replacing.attributes(), false));
            if (replacing.changed()) {
                setAside(entry, parent, destination, replacing.there());
            }
            link(destination, name, entry.path());
            if (destination.directory().busy(name)) {
                // The agent may have it open until it stops. If another process has, the warning names the file.
                warnings.add("in use before the stop: " + entry.path());
            }
            replaced++;
            bytes += entry.size();
            place(entry, destination, entry.path(), Optional.of(replacing.there()), ready);
        }

        /** Both have changed what is not configuration: the operator's gets another name, as it is, with all it has. */
        private void setAside(FileEntry entry, Directory parent, Destination destination, FileEntry there)
                throws IOException {
            Beside name = Beside.of(there.name(), Beside.OPERATORS, parent, destination.directory());
            if (!name.free()) {
                contested.lost.add(entry.path());
                return;
            }
            String path = entry.path() + Beside.OPERATORS;
            PlacedInodes.Ready ready = inodes.again(destination.directory(), there.name());
            keepWhatIsThere(destination, name, path);
            place(there, destination, path, name.there(), ready);
            contested.setAside.add(path);
        }

        /** Both have changed configuration: the vendor's is placed beside it, and readable by nobody who cannot read that. */
        private void placeBeside(FileEntry entry, Directory parent, Found.Beside found) throws IOException {
            Destination destination = destinations.element();
            destination.requireWritable();
            stayed++;
            Beside name = Beside.of(entry.name(), Beside.VENDORS, parent, destination.directory());
            if (!name.free()) {
                contested.notPlaced.add(entry.path());
                return;
            }
            String path = entry.path() + Beside.VENDORS;
            PlacedInodes.Ready ready =
                    inodes.ready(entry, parent, found.staged(), destination.level.doubt(), found.wanted());
            keepWhatIsThere(destination, name, path);
            place(entry, destination, path, name.there(), ready);
            contested.beside.add(path);
        }

        /** Keeps a link or a file, whichever is replaced. */
        private void keep(Destination destination, String path, Optional<FileEntry> there) throws IOException {
            if (there.isEmpty()) {
                created++;
                return;
            }
            replaced++;
            if (there.get().type() == FileType.SYMLINK) {
                backup.keepLink(destination.directory(), there.get().name(), path);
                contested.link(path, there.get());
            } else {
                link(destination, there.get().name(), path);
            }
        }

        /** A link that the update which is taken back had replaced. */
        private void placeLink(FileEntry entry, Directory parent, Found.Link found) throws IOException {
            Destination destination = destinations.element();
            destination.requireWritable();
            if (found.changed()) {
                setAside(entry, parent, destination, found.there().orElseThrow());
            }
            keep(destination, entry.path(), found.there());
            PlacedInodes.Ready ready = new PlacedInodes.Ready(staged.place(entry.path()), parent, false);
            place(entry, destination, entry.path(), found.there(), ready);
        }

        private void keepWhatIsThere(Destination destination, Beside name, String path) throws IOException {
            if (name.there().isPresent()) {
                link(destination, name.name(), path);
            }
        }

        private void link(Destination destination, String name, String path) throws IOException {
            if (!destination.level.behindLink()) {
                backup.link(destination.directory(), name, path);
            }
        }

        private boolean same(Pinned file, Directory in, String name) throws IOException {
            try (Pinned installed = in.pinFile(name)) {
                return contents.same(file, installed);
            }
        }

        private void place(
                FileEntry entry,
                Destination destination,
                String path,
                Optional<FileEntry> there,
                PlacedInodes.Ready ready)
                throws IOException {
            boolean byRename = destination.byRename(ready);
            Place target = destination.level.place(context.layout(), path);
            if (path.equals(entry.path()) && !destination.level.behindLink()) {
                // What goes beside a file of the bundle has no place in the order of the walk.
                placed.add(
                        ready.in().lookup(ready.source().name()).orElseThrow().withPath(path));
            }
            addWritten(entry, ready);
            if (!byRename) {
                addCopied(destination.needs(), entry, there);
            }
            planned(new Step.PlaceFile(
                    ready.source(),
                    target,
                    destination.level.behindLink() ? keepBehindLink(target, there) : backup.placeOf(path),
                    there.isPresent(),
                    byRename,
                    entry.size()));
        }

        private Place keepBehindLink(Place target, Optional<FileEntry> there) throws IOException {
            return there.isPresent() ? outside.keepBehindLink(target) : outside.nothingBehindLink(target);
        }

        private void placeOutside(FileEntry entry, Directory parent, OutsideFile file) throws IOException {
            try (OutsideBackup.Target target = outside.open(file);
                    Pinned installed = target.directory().pinFile(target.place().name());
                    Pinned pinned = parent.pinFile(entry.name())) {
                if (contents.same(pinned, installed)) {
                    unchanged++;
                    return;
                }
                if (!FlagCheck.writable(target.directory())) {
                    throw Refusal.notWritable(context, target.directory());
                }
                FlagCheck.requireReplaceable(
                        target.directory(),
                        target.place().name(),
                        target.place().display());
                PlacedInodes.Ready ready = inodes.ready(
                        entry,
                        parent,
                        pinned,
                        destinations.element().level.doubt(),
                        PlacedInodes.Wanted.like(target.entry(), target.entry().mode(), installed.attributes(), true));
                boolean byRename = ready.in().sameMount(target.directory());
                addWritten(entry, ready);
                replaced++;
                bytes += entry.size();
                if (!byRename) {
                    addCopied(
                            copied.at(target.place().anchor(), target.directory()), entry, Optional.of(target.entry()));
                }
                planned(new Step.PlaceFile(
                        ready.source(), target.place(), outside.keep(target), true, byRename, entry.size()));
            }
        }

        /** What was copied is written by now, but not yet allocated everywhere. */
        private void addWritten(FileEntry entry, PlacedInodes.Ready ready) throws IOException {
            if (ready.copied()) {
                copied.at(context.layout().work(), ready.in()).addFile(entry.size());
            }
        }

        /** An undo copies the old file beside the new one, so the larger of the two needs room as well. */
        private void addCopied(SpaceNeeds.Need needs, FileEntry entry, Optional<FileEntry> there) {
            needs.addFile(entry.size());
            needs.addPassing(Math.max(entry.size(), there.map(FileEntry::size).orElse(0L)));
        }

        @Override
        public void leave() {
            destinations.pop();
        }
    }

    @Override
    public void close() throws IOException {
        opened.close();
    }
}
