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
import updater.transaction.context.Sandboxing;
import updater.transaction.context.UpdateContext;

/**
 * Compute the file steps of an update from the staged tree, write them to the journal, and make everything about them
 * ready: each staged file gets the owner, mode and attributes it will have in place, and each file that will be replaced
 * gets a second name in the backup. Nothing is changed but below {@code home/tmp} and in the state directory.
 */
public final class Planner {
    private static final int PERMISSION_BITS = 0777;

    private final UpdateContext context;
    private final Journal journal;
    private final BackupTree backup;
    private final OutsideBackup outside;
    private final ContentComparer sameContent;
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
            ContentComparer sameContent) {
        this.context = context;
        this.journal = journal;
        this.backup = backup;
        this.outside = outside;
        this.sameContent = sameContent;
        this.copied = new SpaceNeeds(context.disk());
    }

    /**
     * Plans.
     *
     * @throws UpdateFailure.Refused for anything in the bundle or in home that an update cannot deal with
     */
    public Plan plan(Directory home, Directory staged) throws IOException, UpdateFailure {
        StagedTreeInspection survey = new StagedTreeInspection(context, home, outside, sameContent);
        try {
            PrefetchingWalk.walk(staged, StagedTreeInspection::isUpdatersOwn, survey, new Follower());
        } catch (StagedTreeInspection.Refusal refusal) {
            throw refusal.failure();
        }
        warnings.addAll(survey.warnings());
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

    private StagedTreeInspection.Refusal notWritable(Directory target) {
        String because;
        try {
            because = context.service().sandboxing().map(Sandboxing::advice).orElse("Make it writable for the updater");
        } catch (UpdateFailure.Service e) {
            because = "Make it writable for the updater";
        }
        return new StagedTreeInspection.Refusal("the directory " + target.display() + " cannot be written", because);
    }

    /** Where files of one staged directory are put, and how. */
    private final class Destination {
        final StagedTreeInspection.Level level;

        /** The one in which the first missing directory is created, or its own. */
        final Destination existing;

        private boolean checked;
        private boolean writable;
        private boolean byRename;

        Destination(StagedTreeInspection.Level level, Optional<Destination> above) {
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
                throw notWritable(directory());
            }
            return byRename;
        }

        SpaceNeeds.Need needs() throws IOException {
            return copied.at(context.layout().home().resolve(existing.level.path()), directory());
        }
    }

    private final class Follower
            implements PrefetchingWalk.Follower<StagedTreeInspection.Level, StagedTreeInspection.Found> {
        private final Deque<Destination> destinations = new ArrayDeque<>();

        @Override
        public void enter(FileEntry entry, Directory opened, StagedTreeInspection.Level level) throws IOException {
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
        public void file(FileEntry entry, Directory parent, StagedTreeInspection.Found found) throws IOException {
            switch (found) {
                case StagedTreeInspection.Found.Left.UNCHANGED -> unchanged++;
                case StagedTreeInspection.Found.Left.PRESERVED -> preserved++;
                case StagedTreeInspection.Found.Left.EXCLUDED -> {}
                case StagedTreeInspection.Found.Elsewhere(OutsideFile file) -> placeOutside(entry, parent, file);
                case StagedTreeInspection.Found.New(Pinned staged) -> placeNew(entry, parent, staged);
                case StagedTreeInspection.Found.Replacing replacing -> replace(entry, parent, replacing);
            }
        }

        private void placeNew(FileEntry entry, Directory parent, Pinned staged) throws IOException {
            Destination destination = destinations.element();
            boolean byRename = destination.byRename(parent);
            dressNew(staged, entry, destination.level);
            created++;
            place(entry, destination, Optional.empty(), byRename);
        }

        private void replace(FileEntry entry, Directory parent, StagedTreeInspection.Found.Replacing replacing)
                throws IOException {
            Destination destination = destinations.element();
            String name = replacing.there().name();
            if (!destination.writable(parent) && same(replacing.staged(), destination.directory(), name)) {
                // Assumed to differ by the survey, which had no time to look: no reason to refuse.
                unchanged++;
                return;
            }
            boolean byRename = destination.byRename(parent);
            dress(replacing.staged(), replacing.there(), replacing.attributes());
            backup.link(destination.directory(), name, entry.path());
            if (destination.directory().busy(name)) {
                // The agent itself may have it open until it stops; should it be somebody else, this is what to look
                // at.
                warnings.add("in use before the stop: " + entry.path());
            }
            replaced++;
            place(entry, destination, Optional.of(replacing.there()), byRename);
        }

        private boolean same(Pinned staged, Directory in, String name) throws IOException {
            try (Pinned installed = in.pinFile(name)) {
                return sameContent.anyway(staged, installed);
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
                if (sameContent.anyway(staged, installed)) {
                    unchanged++;
                    return;
                }
                if (!target.directory().writable()) {
                    throw notWritable(target.directory());
                }
                boolean byRename = parent.sameMount(target.directory());
                dress(staged, target.entry(), installed.attributes());
                replaced++;
                bytes += entry.size();
                if (!byRename) {
                    addCopied(
                            copied.at(target.place().anchor(), target.directory()), entry, Optional.of(target.entry()));
                }
                planned(new Step.PlaceFile(source, target.place(), outside.keep(target), true, byRename, entry.size()));
            }
        }

        /** An undo copies what was there beside what is to be placed, so the larger of the two needs room as well. */
        private void addCopied(SpaceNeeds.Need needs, FileEntry entry, Optional<FileEntry> there) {
            needs.addFile(entry.size());
            needs.addPassing(Math.max(entry.size(), there.map(FileEntry::size).orElse(0L)));
        }

        @Override
        public void leave(StagedTreeInspection.Level level) {
            destinations.pop();
        }
    }

    /** Gives a staged file what the file it replaces has: owner, mode, ACL, capabilities, label. */
    private static void dress(Pinned staged, FileEntry like, Map<String, Bytes> attributes) throws IOException {
        try {
            staged.own(like.stat().uid(), like.stat().gid());
            staged.setAttributes(attributes);
            staged.chmod(like.mode());
        } catch (SharedFileException e) {
            throw shared(staged);
        }
    }

    /** Gives a staged file that replaces nothing the owner of its directory and the mode from the bundle. */
    private static void dressNew(Pinned staged, FileEntry entry, StagedTreeInspection.Level level) throws IOException {
        try {
            staged.own(level.uid(), level.gid());
            staged.chmod(entry.mode() & PERMISSION_BITS);
        } catch (SharedFileException e) {
            throw shared(staged);
        }
    }

    private static StagedTreeInspection.Refusal shared(Pinned staged) {
        return new StagedTreeInspection.Refusal(
                "the staged file " + staged.display() + " has more than one hard link",
                "Unpack the bundle again, as regular files of their own");
    }
}
