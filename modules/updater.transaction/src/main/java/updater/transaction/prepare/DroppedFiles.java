package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.PathPatterns;
import updater.api.Place;
import updater.api.Stat;
import updater.api.Step;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.transaction.backup.BackupTree;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.UpdateContext;

/**
 * The plan of what goes: shipped by the last version, not by this one, and unchanged since. Both records come in the order of a
 * walk, so that none of them is held in memory.
 */
final class DroppedFiles {
    private final UpdateContext context;
    private final BackupTree backup;
    private final ContentComparer contents;
    private final Steps steps;
    private final ManagedPaths scope;
    private final PathPatterns preserved;
    private final Deque<String> directories = new ArrayDeque<>();
    private final Named changed =
            new Named("not in this version any more, but changed since it was installed, so it stays");
    private final Named unread =
            new Named("not in this version any more, but there was no time to see whether it was changed, so it stays");
    private final Named locked = new Named("not in this version any more, but it cannot be removed, so it stays");
    private long removed;

    /** What takes a step into the plan. */
    interface Steps {
        void planned(Step step) throws IOException;
    }

    DroppedFiles(UpdateContext context, BackupTree backup, ContentComparer contents, Steps steps) {
        this.context = context;
        this.backup = backup;
        this.contents = contents;
        this.steps = steps;
        this.scope = new ManagedPaths(context.product(), context.layout());
        this.preserved = new PathPatterns(context.product().preservedNames());
    }

    /** Plans, and links what will go into the backup. Nothing where there is no record of the last version. */
    void plan(ShippedRecord last, ShippedRecord now) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            for (Optional<FileEntry> next = last.take(); next.isPresent(); next = last.take()) {
                FileEntry entry = next.get();
                leave(opened, entry.path());
                if (ShippedWriter.isInHome(entry) && now.at(entry.path()).isEmpty() && !scope.excludes(entry.path())) {
                    dropped(opened, entry);
                }
            }
            leave(opened, "");
        }
    }

    long removed() {
        return removed;
    }

    /** Returns how many stay that would have gone. */
    long stayed() {
        return changed.count() + unread.count() + locked.count();
    }

    List<String> warnings() {
        List<String> warnings = new ArrayList<>(changed.lines());
        warnings.addAll(unread.lines());
        warnings.addAll(locked.lines());
        return warnings;
    }

    private void dropped(DirectoryChain opened, FileEntry entry) throws IOException {
        if (entry.type() == FileType.DIRECTORY) {
            directories.push(entry.path());
        } else if (entry.checksum().isPresent() && !preserved.matches(entry.path())) {
            file(opened, entry);
        }
    }

    private void file(DirectoryChain opened, FileEntry shipped) throws IOException {
        Place place = new Place(context.layout().home(), shipped.path());
        try {
            Directory parent = opened.parent(place);
            Optional<FileEntry> there = parent.look(place.name());
            if (there.isEmpty()) {
                return;
            }
            if (there.get().type() != FileType.REGULAR || there.get().size() != shipped.size()) {
                changed.add(shipped.path());
            } else if (!FlagCheck.writable(parent)
                    || parent.traits(place.name()).fixed()) {
                locked.add(shipped.path());
            } else {
                sameSize(parent, place, shipped);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // The operator has removed it, or what it lay in.
        }
    }

    private void sameSize(Directory parent, Place place, FileEntry shipped) throws IOException {
        try (Pinned file = parent.pinFile(place.name())) {
            switch (contents.isStill(file, shipped)) {
                case YES -> {
                    backup.link(parent, place.name(), shipped.path());
                    Stat stat = file.entry().stat();
                    steps.planned(new Step.RemoveFile(
                            place, backup.placeOf(shipped.path()), stat.size(), stat.inode(), stat.modified()));
                    removed++;
                }
                case NO -> changed.add(shipped.path());
                case UNKNOWN -> unread.add(shipped.path());
            }
        }
    }

    /** Plans to remove the directories that the records have passed. What lies in one comes before it. */
    private void leave(DirectoryChain opened, String path) throws IOException {
        while (!directories.isEmpty() && !path.startsWith(directories.element() + "/")) {
            Place place = new Place(context.layout().home(), directories.pop());
            try {
                Directory parent = opened.parent(place);
                Optional<FileEntry> there = parent.look(place.name());
                if (there.isPresent() && there.get().type() == FileType.DIRECTORY && isOrdinary(parent, place.name())) {
                    Stat stat = there.get().stat();
                    steps.planned(new Step.RemoveDirectory(place, stat.mode(), stat.uid(), stat.gid()));
                }
            } catch (NoSuchFileException | NotDirectoryException e) {
                // It is gone already.
            }
        }
    }

    /** What something is mounted on cannot be removed. */
    private static boolean isOrdinary(Directory parent, String name) throws IOException {
        try (Directory itself = parent.child(name)) {
            return FlagCheck.writable(parent)
                    && parent.sameMount(itself)
                    && !itself.traits().fixed();
        }
    }
}
