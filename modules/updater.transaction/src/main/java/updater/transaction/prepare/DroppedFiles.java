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
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Pinned;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.UpdateContext;

/**
 * The plan of what goes: shipped by the last version, not by this one, and unchanged since. Both records come in the order of a
 * walk, so that none of them is held in memory.
 */
final class DroppedFiles {
    private final UpdateContext context;
    private final ContentComparer contents;
    private final LinkedPaths linked;
    private final Going going;
    private final ManagedPaths scope;
    private final PathPatterns preserved;
    private final Deque<String> directories = new ArrayDeque<>();
    private final Named changed =
            new Named("not in this version any more, but changed since it was installed, so it stays");
    private final Named unread =
            new Named("not in this version any more, but there was no time to see whether it was changed, so it stays");
    private final Named untold =
            new Named("not in this version any more, but nothing tells whether it was changed, so it stays");
    private final Named locked = new Named("not in this version any more, but it cannot be removed, so it stays");
    private final Named shared =
            new Named("not in this version any more, but another link leads to where it lies, so it stays");
    private long removed;

    /** What is told of everything that was shipped by the last version and is not by this one. */
    interface Going {
        /** A file goes. */
        void file(Directory parent, Place place, Stat stat) throws IOException;

        /** A directory goes, if nothing is left in it. */
        void directory(Place place, Stat stat) throws IOException;

        /** A file stays all the same. */
        void stays(String path);
    }

    /** The paths that a version ships. It is asked in the order of a walk. */
    interface Ships {
        boolean has(String path) throws IOException;
    }

    DroppedFiles(UpdateContext context, ContentComparer contents, LinkedPaths linked, Going going) {
        this.context = context;
        this.contents = contents;
        this.linked = linked;
        this.going = going;
        this.scope = new ManagedPaths(context.product(), context.layout());
        this.preserved = new PathPatterns(context.product().files().preserved());
    }

    /** Finds them. Nothing where there is no record of the last version. */
    void find(ShippedRecord last, Ships now) throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            for (Optional<FileEntry> next = last.take(); next.isPresent(); next = last.take()) {
                FileEntry entry = next.get();
                leave(opened, entry.path());
                if (ShippedWriter.isInHome(entry) && !now.has(entry.path()) && !scope.excludes(entry.path())) {
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
        return changed.count() + unread.count() + untold.count() + locked.count() + shared.count();
    }

    List<String> warnings() {
        List<String> warnings = new ArrayList<>(changed.lines());
        warnings.addAll(unread.lines());
        warnings.addAll(untold.lines());
        warnings.addAll(locked.lines());
        warnings.addAll(shared.lines());
        return warnings;
    }

    private void dropped(DirectoryChain opened, FileEntry entry) throws IOException {
        if (entry.type() == FileType.DIRECTORY) {
            directories.push(entry.path());
        } else if (!preserved.matches(entry.path())) {
            file(opened, entry);
        }
    }

    private void file(DirectoryChain opened, FileEntry shipped) throws IOException {
        try {
            Place place = HomePlaces.of(context.layout(), opened, shipped.path());
            Directory parent = opened.parent(place);
            Optional<FileEntry> there = parent.lookup(place.name());
            if (there.isEmpty()) {
                return;
            }
            if (shipped.checksum().isEmpty()) {
                stays(untold, shipped);
            } else if (there.get().type() != FileType.REGULAR || there.get().size() != shipped.size()) {
                stays(changed, shipped);
            } else if (linked.hasAnother(parent, new Place(context.layout().home(), shipped.path()).parent())) {
                stays(shared, shipped);
            } else if (!FlagCheck.writable(parent)
                    || parent.traits(place.name()).fixed()) {
                stays(locked, shipped);
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
                    going.file(parent, place, file.entry().stat());
                    removed++;
                }
                case NO -> stays(changed, shipped);
                case UNKNOWN -> stays(unread, shipped);
            }
        }
    }

    private void stays(Named why, FileEntry shipped) {
        why.add(shipped.path());
        going.stays(shipped.path());
    }

    /** Plans to remove the directories that the records have passed. What lies in one comes before it. */
    private void leave(DirectoryChain opened, String path) throws IOException {
        while (!directories.isEmpty() && !path.startsWith(directories.element() + "/")) {
            String dropped = directories.pop();
            try {
                Place place = HomePlaces.of(context.layout(), opened, dropped);
                Directory parent = opened.parent(place);
                Optional<FileEntry> there = parent.lookup(place.name());
                if (there.isPresent() && there.get().type() == FileType.DIRECTORY && isOrdinary(parent, place.name())) {
                    going.directory(place, there.get().stat());
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
