package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.Place;
import updater.api.Product.OutsideFile;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.fs.PrefetchingWalk;
import updater.state.journal.Journal;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.StagedTreeInspection.Found;
import updater.transaction.prepare.StagedTreeInspection.Level;

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
    public Plan plan(Directory home, ContentComparer contents) throws IOException, UpdateFailure {
        StagedTreeInspection inspection = new StagedTreeInspection(context, staged, home, outside, contents);
        Directory root = opened.directory(staged.root().anchor(), staged.root().path());
        try (PlacedInodes inodes = new PlacedInodes(context, staged, home.self().uid())) {
            PrefetchingWalk.walk(root, StagedTreeInspection::isUpdatersOwn, inspection, new Follower(inodes, contents));
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
        warnings.addAll(inspection.warnings());
        if (bytes == 0 && replaced + created + unchanged + preserved == 0) {
            throw new UpdateFailure.Refused(
                    "the staged tree " + context.layout().staged() + " holds no agent files",
                    "Unpack the update tarball there");
        }
        return new Plan(steps, replaced, created, unchanged, preserved, bytes, copied, List.copyOf(warnings));
    }

    private void planned(Step step) throws IOException {
        journal.planned(step);
        steps++;
    }

    /** The directory in home that files of one staged directory are put in, and how. */
    private final class Destination {
        final Level level;

        /** The destination itself, or the nearest above it that exists. */
        final Destination existing;

        private boolean checked;
        private boolean writable;
        private boolean checkedMount;
        private boolean onStagedMount;

        Destination(Level level, Optional<Destination> above) {
            this.level = level;
            this.existing = level.directory().isPresent() ? this : above.orElseThrow().existing;
        }

        Directory directory() {
            return existing.level.directory().orElseThrow();
        }

        /** Returns whether files can be put here. */
        boolean writable() throws IOException {
            if (!checked) {
                checked = true;
                writable = directory().writable();
            }
            return writable;
        }

        void requireWritable() throws IOException {
            if (!writable()) {
                throw Refusal.notWritable(context, directory());
            }
        }

        /** Returns whether a file is put here by a rename. All files of one staged directory lie on one mount. */
        boolean byRename(PlacedInodes.Ready ready) throws IOException {
            if (ready.copied()) {
                return ready.in().sameMount(directory());
            }
            if (!checkedMount) {
                checkedMount = true;
                onStagedMount = ready.in().sameMount(directory());
            }
            return onStagedMount;
        }

        SpaceNeeds.Need needs() throws IOException {
            return copied.at(context.layout().home().resolve(existing.level.path()), directory());
        }
    }

    private final class Follower implements PrefetchingWalk.Follower<Level, Found> {
        private final PlacedInodes inodes;
        private final ContentComparer contents;
        private final Deque<Destination> destinations = new ArrayDeque<>();

        Follower(PlacedInodes inodes, ContentComparer contents) {
            this.inodes = inodes;
            this.contents = contents;
        }

        @Override
        public void enter(FileEntry entry, Directory opened, Level level) throws IOException {
            Destination destination = new Destination(level, Optional.ofNullable(destinations.peek()));
            destinations.push(destination);
            if (level.directory().isEmpty()) {
                destination.requireWritable();
                destination.needs().addFile(1);
                planned(new Step.CreateDirectory(
                        new Place(context.layout().home(), entry.path()),
                        entry.mode() & PERMISSION_BITS,
                        level.uid(),
                        level.gid()));
            }
        }

        @Override
        public void file(FileEntry entry, Directory parent, Found found) throws IOException {
            switch (found) {
                case Found.NotPlaced.UNCHANGED -> unchanged++;
                case Found.NotPlaced.PRESERVED -> preserved++;
                case Found.NotPlaced.EXCLUDED -> {}
                case Found.Elsewhere(OutsideFile file) -> placeOutside(entry, parent, file);
                case Found.New(Pinned staged) -> placeNew(entry, parent, staged);
                case Found.Replacing replacing -> replace(entry, parent, replacing);
            }
        }

        /** What replaces nothing gets the owner of its directory and the mode from the bundle. */
        private void placeNew(FileEntry entry, Directory parent, Pinned file) throws IOException {
            Destination destination = destinations.element();
            Level level = destination.level;
            destination.requireWritable();
            PlacedInodes.Wanted wanted = new PlacedInodes.Wanted(
                    level.uid(), level.gid(), entry.mode() & PERMISSION_BITS, Optional.empty(), false);
            PlacedInodes.Ready ready = inodes.ready(entry, parent, file, level.doubt(), wanted);
            created++;
            place(entry, destination, Optional.empty(), ready);
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
                    like(replacing.there(), replacing.attributes(), false));
            backup.link(destination.directory(), name, entry.path());
            if (destination.directory().busy(name)) {
                // The agent may have it open until it stops. If another process has, the warning names the file.
                warnings.add("in use before the stop: " + entry.path());
            }
            replaced++;
            place(entry, destination, Optional.of(replacing.there()), ready);
        }

        /** What replaces a file gets what that has: owner, mode, ACL, capabilities, label. */
        private PlacedInodes.Wanted like(FileEntry there, Map<String, Bytes> attributes, boolean isOutside) {
            return new PlacedInodes.Wanted(
                    there.stat().uid(), there.stat().gid(), there.mode(), Optional.of(attributes), isOutside);
        }

        private boolean same(Pinned file, Directory in, String name) throws IOException {
            try (Pinned installed = in.pinFile(name)) {
                return contents.same(file, installed);
            }
        }

        private void place(
                FileEntry entry, Destination destination, Optional<FileEntry> there, PlacedInodes.Ready ready)
                throws IOException {
            boolean byRename = destination.byRename(ready);
            bytes += entry.size();
            addWritten(entry, ready);
            if (!byRename) {
                addCopied(destination.needs(), entry, there);
            }
            planned(new Step.PlaceFile(
                    ready.source(),
                    new Place(context.layout().home(), entry.path()),
                    backup.placeOf(entry.path()),
                    there.isPresent(),
                    byRename,
                    entry.size()));
        }

        private void placeOutside(FileEntry entry, Directory parent, OutsideFile file) throws IOException {
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
                PlacedInodes.Ready ready = inodes.ready(
                        entry,
                        parent,
                        pinned,
                        destinations.element().level.doubt(),
                        like(target.entry(), installed.attributes(), true));
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
        public void leave(Level level) {
            destinations.pop();
        }
    }

    @Override
    public void close() throws IOException {
        opened.close();
    }
}
