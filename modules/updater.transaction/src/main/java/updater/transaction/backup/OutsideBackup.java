package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileRules.OutsideFile;
import updater.api.FileType;
import updater.api.Place;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.FileCopy;
import updater.fs.SmallFile;
import updater.fs.TreeRemoval;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The backup of files outside home, which the product names or a link of root's leads to: in the state directory, where only the updater's
 * user can write, since one of them decides what the service manager runs as root.
 */
public final class OutsideBackup implements Closeable {
    /** The note of a directory that a link in home leads to: its entry says which one it is. */
    public static final String LINKED = "linked";

    private static final String TREE = "outside";

    private final UpdateContext context;
    private final Directory state;
    private final List<Kept> kept = new ArrayList<>();

    /** Directories of files that were not there, and of directories. */
    private final List<Path> further = new ArrayList<>();

    /** The links in home that something is planned behind. */
    private final Set<Path> links = new LinkedHashSet<>();

    /** Files behind them that were not there. */
    private final List<Place> absent = new ArrayList<>();

    /** What was replaced already, and what it was. */
    private final Map<Place, FileEntry> replaced = new HashMap<>();

    private record Kept(Place target, String name, FileEntry entry) {}

    /**
     * A file outside home, and the open directory it is in.
     *
     * @param entry what is there now, without attributes
     */
    public record Target(Directory directory, Place place, FileEntry entry) implements Closeable {
        Map<String, Bytes> attributes() throws IOException {
            return directory.attributes(place.name());
        }

        @Override
        public void close() throws IOException {
            directory.close();
        }
    }

    public OutsideBackup(UpdateContext context) throws IOException {
        this.context = context;
        this.state = context.disk().open(context.layout().state());
    }

    /** Creates the empty backup, in the place of what was left of another one. */
    public void create() throws IOException {
        discard(context);
        state.createDirectory(TREE, 0700);
    }

    /** Removes the whole backup; nothing when there is none. */
    static void discard(UpdateContext context) throws IOException {
        try (Directory state = context.disk().open(context.layout().state())) {
            TreeRemoval.remove(state, TREE);
        }
    }

    /** Returns what is there, a symbolic link included; empty when nothing is. */
    public Optional<FileEntry> lookup(OutsideFile file) throws IOException {
        Place place = placeOf(pathOf(file));
        try (Directory directory = context.disk().open(place.anchor())) {
            return directory.lookup(place.name());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    public Target open(OutsideFile file) throws IOException {
        return open(pathOf(file));
    }

    /** Opens a regular file's directory. */
    public Target open(Path path) throws IOException {
        Place place = placeOf(path);
        Directory directory = context.disk().openFollowing(place.anchor());
        Optional<FileEntry> entry = directory.lookup(place.name());
        if (entry.isEmpty() || entry.get().type() != FileType.REGULAR) {
            directory.close();
            throw new IOException(path + " is not a regular file");
        }
        return new Target(directory, place, entry.get());
    }

    /** Keeps a file, and returns where. */
    public Place keep(Target target) throws IOException {
        String name = Integer.toString(kept.size());
        kept.add(new Kept(target.place(), name, save(target, name)));
        return new Place(context.layout().state(), TREE + "/" + name);
    }

    /**
     * Keeps a file that lies behind a link in home.
     *
     * @param place anchored at the link
     */
    public Place keepBehindLink(Place place) throws IOException {
        links.add(place.anchor());
        try (Target open = open(place.display())) {
            return keep(open);
        }
    }

    /**
     * Returns a place in the backup that never holds anything: that of a file that was not there.
     *
     * @param anchor the directory in which it will be
     */
    public Place placeOfNothing(Path anchor) {
        further.add(anchor);
        return new Place(context.layout().state(), TREE + "/none");
    }

    /**
     * Returns the same for a file that lies behind a link in home. No backup is completed when it is there by then.
     *
     * @param place anchored at the link
     */
    public Place nothingBehindLink(Place place) {
        absent.add(place);
        changesBehindLink(place);
        return placeOfNothing(place.anchor());
    }

    /**
     * Notes that a directory behind a link in home is made or removed.
     *
     * @param place anchored at the link
     */
    public void changesBehindLink(Place place) {
        links.add(place.anchor());
        further.add(place.anchor().resolve(place.parent()));
    }

    private FileEntry save(Target target, String name) throws IOException {
        try (Directory to = state.child(TREE)) {
            if (to.lookup(name).isPresent()) {
                to.delete(name);
            }
            try {
                target.directory().link(target.place().name(), to, name);
            } catch (FileSystemException e) {
                return FileCopy.copy(target.directory(), target.place().name(), to, name);
            }
            to.force();
            return target.directory().lookup(target.place().name()).orElseThrow();
        }
    }

    /**
     * Saves again what changed since, and writes the manifest, forced; the directory that holds it is forced by the caller.
     * It takes the place of one that was written before, atomically.
     *
     * @throws FileAlreadyExistsException when a file is there that was not: nothing would bring it back
     */
    public void complete() throws IOException {
        List<ManifestEntry> entries = linked();
        requireAbsent();
        boolean copied = false;
        for (Kept one : kept) {
            if (replaced.containsKey(one.target())) {
                entries.add(new ManifestEntry(replaced.get(one.target()), Optional.empty()));
                continue;
            }
            try (Target now = open(one.target().display())) {
                FileEntry entry = one.entry();
                if (!now.entry().untouchedSince(entry)) {
                    entry = save(now, one.name());
                    copied = true;
                }
                entries.add(new ManifestEntry(asManifest(one, entry, now), Optional.empty()));
            }
        }
        write(entries);
        if (copied) {
            state.syncFileSystem();
        }
        String name = String.valueOf(StateFiles.outside(context.layout()).getFileName());
        state.rename(SmallFile.temporaryName(name), state, name);
    }

    private void write(List<ManifestEntry> entries) throws IOException {
        entries.sort(Comparator.comparing(one -> one.file().path(), ManifestEntry.WALK_ORDER));
        String name = String.valueOf(StateFiles.outside(context.layout()).getFileName());
        Path written = context.layout().state().resolve(SmallFile.temporaryName(name));
        Files.deleteIfExists(written);
        try (ManifestWriter writer = ManifestWriter.create(written, context.logs())) {
            for (ManifestEntry entry : entries) {
                writer.add(entry.file(), entry.note());
            }
            writer.complete(entries.size());
        }
    }

    /** Which directories the links lead to: an undo must not take another one for it, as where one is not mounted. */
    private List<ManifestEntry> linked() throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        for (Path link : links) {
            try (Directory directory = context.disk().openFollowing(link)) {
                entries.add(new ManifestEntry(new FileEntry(link.toString(), directory.self()), Optional.of(LINKED)));
            }
        }
        return entries;
    }

    private void requireAbsent() throws IOException {
        try (DirectoryChain opened = new DirectoryChain(context.disk())) {
            for (Place place : absent) {
                if (isThere(opened, place)) {
                    throw new FileAlreadyExistsException(
                            place.toString(), null, "was not there when the update was planned");
                }
            }
        }
    }

    private static boolean isThere(DirectoryChain opened, Place place) throws IOException {
        try {
            return opened.parent(place).lookup(place.name()).isPresent();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }

    /**
     * Completes the backup before one of the files is replaced, ahead of the others: from here on that one is what it is
     * now, whatever lies in its place.
     */
    public void completeBeforeReplacing(Place target) throws IOException {
        complete();
        try (ManifestReader manifest = ManifestReader.open(StateFiles.outside(context.layout()), context.logs())) {
            for (Optional<ManifestEntry> next = manifest.next(); next.isPresent(); next = manifest.next()) {
                if (next.get().file().path().equals(target.display().toString())) {
                    replaced.put(target, next.get().file());
                }
            }
        }
        state.force();
    }

    private static FileEntry asManifest(Kept one, FileEntry entry, Target now) throws IOException {
        return entry.withPath(one.target().display().toString()).withAttributes(now.attributes());
    }

    /**
     * Returns the directories of the files that will be replaced, and of those that were not there; some may be removed
     * meanwhile.
     */
    public List<Path> anchors() {
        return Stream.concat(kept.stream().map(one -> one.target().anchor()), further.stream())
                .distinct()
                .toList();
    }

    private Path pathOf(OutsideFile file) {
        return context.layout().home().resolve(file.target()).normalize();
    }

    /** Returns the place of a path outside home: directly in its directory. */
    public static Place placeOf(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException(path + " is no file");
        }
        return new Place(parent, String.valueOf(path.getFileName()));
    }

    @Override
    public void close() throws IOException {
        state.close();
    }
}
