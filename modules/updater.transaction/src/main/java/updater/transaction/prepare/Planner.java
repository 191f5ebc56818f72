package updater.transaction.prepare;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.Product.OutsideFile;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.fs.PrefetchingWalk;
import updater.fs.SharedFileException;
import updater.state.journal.Journal;
import updater.transaction.backup.BackupTree;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.context.UpdateContext;
import updater.transaction.prepare.StagedTreeInspection.Found;
import updater.transaction.prepare.StagedTreeInspection.Level;

/**
 * The planner of an update's file steps. It computes them from the staged tree, writes them to the journal, and makes
 * everything about them ready: each staged file gets the owner, mode and attributes it will have in place, and each file that will be replaced
 * gets a second name in the backup. Nothing is changed but below {@code home/tmp} and in the state directory.
 */
public final class Planner {
    private static final int PERMISSION_BITS = 0777;

    private final UpdateContext context;
    private final Journal journal;
    private final BackupTree backup;
    private final OutsideBackup outside;
    private final ContentComparer contents;
    private final List<String> warnings = new ArrayList<>();
    private long steps;
    private long replaced;
    private long created;
    private long unchanged;
    private long preserved;
    private long bytes;
    private final SpaceNeeds copied;

    public Planner(
            UpdateContext context,
            Journal journal,
            BackupTree backup,
            OutsideBackup outside,
            ContentComparer contents) {
        this.context = context;
        this.journal = journal;
        this.backup = backup;
        this.outside = outside;
        this.contents = contents;
        this.copied = new SpaceNeeds(context.disk());
    }

    /**
     * Plans.
     *
     * @throws UpdateFailure.Refused for anything in the bundle or in home that an update cannot deal with
     */
    public Plan plan(Directory home, Directory staged) throws IOException, UpdateFailure {
        StagedTreeInspection inspection = new StagedTreeInspection(context, home, outside, contents);
        try {
            PrefetchingWalk.walk(staged, StagedTreeInspection::isUpdatersOwn, inspection, new Follower());
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
        private boolean byRename;

        Destination(Level level, Optional<Destination> above) {
            this.level = level;
            this.existing = level.directory().isPresent() ? this : above.orElseThrow().existing;
        }

        Directory directory() {
            return existing.level.directory().orElseThrow();
        }

        /** Returns whether files can be put here. */
        boolean writable(Directory stagedDirectory) throws IOException {
            if (!checked) {
                checked = true;
                writable = directory().writable();
                byRename = writable && stagedDirectory.sameMount(directory());
            }
            return writable;
        }

        /** Returns whether files are put here by a rename; refuses where they cannot be. */
        boolean byRename(Directory stagedDirectory) throws IOException {
            if (!writable(stagedDirectory)) {
                throw Refusal.notWritable(context, directory());
            }
            return byRename;
        }

        SpaceNeeds.Need needs() throws IOException {
            return copied.at(context.layout().home().resolve(existing.level.path()), directory());
        }
    }

    private final class Follower implements PrefetchingWalk.Follower<Level, Found> {
        private final Deque<Destination> destinations = new ArrayDeque<>();

        @Override
        public void enter(FileEntry entry, Directory opened, Level level) throws IOException {
            Destination destination = new Destination(level, Optional.ofNullable(destinations.peek()));
            destinations.push(destination);
            if (level.directory().isEmpty()) {
                destination.byRename(opened);
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

        private void placeNew(FileEntry entry, Directory parent, Pinned staged) throws IOException {
            Destination destination = destinations.element();
            boolean byRename = destination.byRename(parent);
            applyNewMetadata(staged, entry, destination.level);
            created++;
            place(entry, destination, Optional.empty(), byRename);
        }

        private void replace(FileEntry entry, Directory parent, Found.Replacing replacing) throws IOException {
            Destination destination = destinations.element();
            String name = replacing.there().name();
            if (!destination.writable(parent) && same(replacing.staged(), destination.directory(), name)) {
                // The inspection assumed it to differ, for want of time: no reason to refuse.
                unchanged++;
                return;
            }
            boolean byRename = destination.byRename(parent);
            applyMetadata(replacing.staged(), replacing.there(), replacing.attributes());
            backup.link(destination.directory(), name, entry.path());
            if (destination.directory().busy(name)) {
                // The agent may have it open until it stops. If another process has, the warning names the file.
                warnings.add("in use before the stop: " + entry.path());
            }
            replaced++;
            place(entry, destination, Optional.of(replacing.there()), byRename);
        }

        private boolean same(Pinned staged, Directory in, String name) throws IOException {
            try (Pinned installed = in.pinFile(name)) {
                return contents.same(staged, installed);
            }
        }

        private void place(FileEntry entry, Destination destination, Optional<FileEntry> there, boolean byRename)
                throws IOException {
            bytes += entry.size();
            if (!byRename) {
                addCopied(destination.needs(), entry, there);
            }
            planned(new Step.PlaceFile(
                    new Place(context.layout().home(), HomeLayout.STAGED + "/" + entry.path()),
                    new Place(context.layout().home(), entry.path()),
                    backup.placeOf(entry.path()),
                    there.isPresent(),
                    byRename,
                    entry.size()));
        }

        private void placeOutside(FileEntry entry, Directory parent, OutsideFile file) throws IOException {
            Place source = new Place(context.layout().home(), HomeLayout.STAGED + "/" + entry.path());
            try (OutsideBackup.Target target = outside.open(file);
                    Pinned installed = target.directory().pinFile(target.place().name());
                    Pinned staged = parent.pinFile(source.name())) {
                if (contents.same(staged, installed)) {
                    unchanged++;
                    return;
                }
                if (!target.directory().writable()) {
                    throw Refusal.notWritable(context, target.directory());
                }
                boolean byRename = parent.sameMount(target.directory());
                applyMetadata(staged, target.entry(), installed.attributes());
                replaced++;
                bytes += entry.size();
                if (!byRename) {
                    addCopied(
                            copied.at(target.place().anchor(), target.directory()), entry, Optional.of(target.entry()));
                }
                planned(new Step.PlaceFile(source, target.place(), outside.keep(target), true, byRename, entry.size()));
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

    /** Gives a staged file what the file it replaces has: owner, mode, ACL, capabilities, label. */
    private static void applyMetadata(Pinned staged, FileEntry like, Map<String, Bytes> attributes) throws IOException {
        try {
            staged.own(like.stat().uid(), like.stat().gid());
            staged.setAttributes(attributes);
            staged.chmod(like.mode());
        } catch (SharedFileException e) {
            throw shared(staged);
        }
    }

    /** Gives a staged file that replaces nothing the owner of its directory and the mode from the bundle. */
    private static void applyNewMetadata(Pinned staged, FileEntry entry, Level level) throws IOException {
        try {
            staged.own(level.uid(), level.gid());
            staged.chmod(entry.mode() & PERMISSION_BITS);
        } catch (SharedFileException e) {
            throw shared(staged);
        }
    }

    private static Refusal shared(Pinned staged) {
        return new Refusal(
                "the staged file " + staged.display() + " has more than one hard link",
                "Unpack the bundle again, as regular files of their own");
    }
}
