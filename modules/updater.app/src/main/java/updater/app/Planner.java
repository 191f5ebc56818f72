package updater.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.Product.OutsideFile;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.fs.SharedFileException;
import updater.fs.TreeWalk;
import updater.state.Journal;

/**
 * Compute the file steps of an update from the staged tree, write them to the journal, and make everything about them
 * ready: each staged file gets the owner, mode and attributes it will have in place, and each file that will be replaced
 * gets a second name in the backup. Nothing is changed but below {@code home/tmp} and in the state directory.
 */
final class Planner {
    private static final int SET_ID_BITS = 07000;
    private static final int PERMISSION_BITS = 0777;

    private final Site site;
    private final Scope scope;
    private final Journal journal;
    private final BackupStore backup;
    private final OutsideBackup outside;
    private final SameContent sameContent;
    private final List<String> warnings = new ArrayList<>();
    private long steps;
    private long replaced;
    private long created;
    private long unchanged;
    private long preserved;
    private long bytes;
    private final SpaceNeeds copied;

    Planner(Site site, Journal journal, BackupStore backup, OutsideBackup outside, SameContent sameContent) {
        this.site = site;
        this.scope = new Scope(site.product(), site.layout());
        this.journal = journal;
        this.backup = backup;
        this.outside = outside;
        this.sameContent = sameContent;
        this.copied = new SpaceNeeds(site.disk());
    }

    /**
     * Plans.
     *
     * @throws UpdateFailure.Refused for anything in the bundle or in home that an update cannot deal with
     */
    Plan plan(Directory home, Directory staged) throws IOException, UpdateFailure {
        try {
            TreeWalk.walk(staged, Planner::isUpdatersOwn, new Visitor(home));
        } catch (Refusal refusal) {
            throw refusal.failure();
        }
        if (bytes == 0 && replaced + created + unchanged + preserved == 0) {
            throw new UpdateFailure.Refused(
                    "the staged tree " + site.layout().staged() + " holds no agent files",
                    "Unpack the update tarball there");
        }
        return new Plan(steps, replaced, created, unchanged, preserved, bytes, copied, List.copyOf(warnings));
    }

    /** Launcher and runtime are not artifacts of the agent. */
    private static boolean isUpdatersOwn(String path) {
        return HomeLayout.isLauncher(path)
                || path.equals(HomeLayout.STAGED_RUNTIME)
                || path.startsWith(HomeLayout.STAGED_RUNTIME + "/");
    }

    private void planned(Step step) throws IOException {
        journal.planned(step);
        steps++;
    }

    /** Carry a refusal out of a walk, whose callbacks know only I/O failures. */
    private static final class Refusal extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient UpdateFailure.Refused failure;

        Refusal(String message, String advice) {
            super(message);
            this.failure = new UpdateFailure.Refused(message, advice);
        }

        UpdateFailure.Refused failure() {
            return failure;
        }
    }

    /** The place in home that a staged directory stands for. */
    private final class Level {
        final String path;
        final Optional<Directory> directory;
        final long uid;
        final long gid;
        private boolean checked;
        private boolean byRename;

        Level(String path, Optional<Directory> directory, long uid, long gid) {
            this.path = path;
            this.directory = directory;
            this.uid = uid;
            this.gid = gid;
        }

        /** Checks once that files can be put here, and finds out how. */
        boolean byRename(Directory stagedDirectory, Level existing) throws IOException {
            if (!checked) {
                checked = true;
                Directory target = existing.directory.orElseThrow();
                if (!target.writable()) {
                    throw notWritable(target);
                }
                byRename = stagedDirectory.sameMount(target);
            }
            return byRename;
        }
    }

    private Refusal notWritable(Directory target) {
        String because;
        try {
            because = site.service().sandboxing().map(Sandboxing::advice).orElse("Make it writable for the updater");
        } catch (UpdateFailure.Service e) {
            because = "Make it writable for the updater";
        }
        return new Refusal("the directory " + target.display() + " cannot be written", because);
    }

    private final class Visitor implements TreeWalk.Visitor {
        private final java.util.ArrayDeque<Level> levels = new java.util.ArrayDeque<>();
        private final Directory home;

        Visitor(Directory home) {
            this.home = home;
        }

        @Override
        public boolean enter(FileEntry entry, Directory itself) throws IOException {
            if (entry.path().isEmpty()) {
                FileEntry self = home.self();
                levels.push(new Level("", Optional.of(home), self.uid(), self.gid()));
                return true;
            }
            if (scope.excludes(entry.path())) {
                warnings.add("not installed, since an update never touches it: " + entry.path() + "/");
                return false;
            }
            refuseBits(entry);
            levels.push(entered(entry, levels.element()));
            return true;
        }

        private Level entered(FileEntry entry, Level above) throws IOException {
            String name = nameOf(entry);
            Optional<FileEntry> there =
                    above.directory.isPresent() ? above.directory.get().look(name) : Optional.empty();
            if (there.isEmpty()) {
                // The first missing directory is created in one that exists: that one must be writable.
                nearestExisting().byRename(home, nearestExisting());
                needs(nearestExisting()).addFile(1);
                planned(new Step.CreateDirectory(
                        new Place(site.layout().home(), entry.path()),
                        entry.mode() & PERMISSION_BITS,
                        above.uid,
                        above.gid));
                return new Level(entry.path(), Optional.empty(), above.uid, above.gid);
            }
            if (there.get().type() != FileType.DIRECTORY) {
                throw conflict(entry.path(), "a directory", there.get().type());
            }
            return new Level(
                    entry.path(),
                    Optional.of(above.directory.orElseThrow().child(name)),
                    there.get().uid(),
                    there.get().gid());
        }

        private Level nearestExisting() {
            for (Level level : levels) {
                if (level.directory.isPresent()) {
                    return level;
                }
            }
            throw new IllegalStateException("home itself exists");
        }

        @Override
        public void file(FileEntry entry, Directory parent) throws IOException {
            if (entry.type() != FileType.REGULAR) {
                throw new Refusal(
                        "the bundle holds a " + describe(entry.type()) + ": " + entry.path(),
                        "A bundle may hold regular files and directories only; build it again");
            }
            refuseBits(entry);
            String name = nameOf(entry);
            if (site.product().preservedNames().contains(name)) {
                preserved++;
                return;
            }
            if (scope.excludes(entry.path())) {
                warnings.add("not installed, since an update never touches it: " + entry.path());
                return;
            }
            Optional<OutsideFile> elsewhere = outsideOf(entry.path());
            if (elsewhere.isPresent() && outside.exists(elsewhere.get())) {
                placeOutside(entry, parent, name, elsewhere.get());
                return;
            }
            placeInHome(entry, parent, name);
        }

        private void placeInHome(FileEntry entry, Directory parent, String name) throws IOException {
            Level level = levels.element();
            Optional<FileEntry> there =
                    level.directory.isPresent() ? level.directory.get().look(name) : Optional.empty();
            if (there.isPresent() && there.get().type() != FileType.REGULAR) {
                throw conflict(entry.path(), "a file", there.get().type());
            }
            if (there.isPresent()
                    && sameContent.test(entry, parent, there.get(), level.directory.orElseThrow(), name)) {
                unchanged++;
                return;
            }
            boolean byRename = level.byRename(parent, nearestExisting());
            if (there.isPresent()) {
                Directory target = level.directory.orElseThrow();
                dress(parent, name, there.get(), target.attributes(name));
                backup.link(target, name, entry.path());
                warnIfBusy(target, name, entry);
                replaced++;
            } else {
                dressNew(parent, name, entry, level);
                created++;
            }
            bytes += entry.size();
            if (!byRename) {
                addCopied(needs(nearestExisting()), entry, there);
            }
            planned(new Step.PlaceFile(
                    new Place(site.layout().home(), HomeLayout.STAGED + "/" + entry.path()),
                    new Place(site.layout().home(), entry.path()),
                    backup.placeOf(entry.path()),
                    there.isPresent(),
                    byRename,
                    entry.size()));
        }

        /** The agent itself may have it open until it stops; should it be somebody else, this is what to look at. */
        private void warnIfBusy(Directory target, String name, FileEntry entry) {
            if (target.busy(name)) {
                warnings.add("in use before the stop: " + entry.path());
            }
        }

        private void placeOutside(FileEntry entry, Directory parent, String name, OutsideFile file) throws IOException {
            Place source = new Place(site.layout().home(), HomeLayout.STAGED + "/" + entry.path());
            try (OutsideBackup.Target target = outside.open(file)) {
                if (sameContent.test(
                        entry,
                        parent,
                        target.entry(),
                        target.directory(),
                        target.place().name())) {
                    unchanged++;
                    return;
                }
                if (!target.directory().writable()) {
                    throw notWritable(target.directory());
                }
                boolean byRename = parent.sameMount(target.directory());
                dress(parent, name, target.entry(), target.attributes());
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

        private SpaceNeeds.Need needs(Level existing) throws IOException {
            return copied.at(site.layout().home().resolve(existing.path), existing.directory.orElseThrow());
        }

        @Override
        public void leave(FileEntry entry, Directory itself) throws IOException {
            Level left = levels.pop();
            if (left.directory.isPresent() && !entry.path().isEmpty()) {
                left.directory.get().close();
            }
        }
    }

    /** Gives a staged file what the file it replaces has: owner, mode, ACL, capabilities, label. */
    private static void dress(Directory parent, String name, FileEntry like, Map<String, Bytes> attributes)
            throws IOException {
        try (Pinned file = parent.pin(name)) {
            file.own(like.uid(), like.gid());
            file.setAttributes(attributes);
            file.chmod(like.mode());
        } catch (SharedFileException e) {
            throw sharedStaged(parent, name);
        }
    }

    /** Gives a staged file that replaces nothing the owner of its directory and the mode from the bundle. */
    private static void dressNew(Directory parent, String name, FileEntry entry, Level level) throws IOException {
        try (Pinned file = parent.pin(name)) {
            file.own(level.uid, level.gid);
            file.chmod(entry.mode() & PERMISSION_BITS);
        } catch (SharedFileException e) {
            throw sharedStaged(parent, name);
        }
    }

    private static Refusal sharedStaged(Directory parent, String name) {
        return new Refusal(
                "the staged file " + parent.display().resolve(name) + " has more than one hard link",
                "Unpack the bundle again, as regular files of their own");
    }

    private Optional<OutsideFile> outsideOf(String path) {
        return site.product().outsideFiles().stream()
                .filter(file -> file.staged().equals(path))
                .findFirst();
    }

    private static void refuseBits(FileEntry entry) throws Refusal {
        if (entry.type() != FileType.DIRECTORY && (entry.mode() & SET_ID_BITS) != 0) {
            throw new Refusal(
                    "the bundle sets special mode bits (" + Integer.toOctalString(entry.mode()) + ") on "
                            + entry.path(),
                    "A bundle may set permissions 0777 only; build it again");
        }
    }

    private static Refusal conflict(String path, String staged, FileType there) {
        return new Refusal(
                "the bundle has " + staged + " where home has a " + describe(there) + ": " + path,
                "Move what is in home out of the way, or build the bundle without it");
    }

    private static String describe(FileType type) {
        return switch (type) {
            case REGULAR -> "file";
            case DIRECTORY -> "directory";
            case SYMLINK -> "symbolic link";
            case SPECIAL -> "special file (FIFO, socket or device)";
        };
    }

    private static String nameOf(FileEntry entry) {
        return entry.path().substring(entry.path().lastIndexOf('/') + 1);
    }
}
