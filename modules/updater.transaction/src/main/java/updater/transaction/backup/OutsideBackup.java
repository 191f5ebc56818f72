package updater.transaction.backup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Place;
import updater.api.Product.OutsideFile;
import updater.fs.Directory;
import updater.fs.FileCopy;
import updater.fs.TreeRemoval;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestWriter;
import updater.transaction.context.StateFiles;
import updater.transaction.context.UpdateContext;

/**
 * The backup of files outside home that the product names: in the state directory, where only the updater's
 * user can write, since one of them decides what the service manager runs as root.
 */
public final class OutsideBackup implements Closeable {
    private static final String TREE = "outside";

    private final UpdateContext context;
    private final Directory state;
    private final List<Kept> kept = new ArrayList<>();

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

    /** Returns whether a regular file is there. */
    public boolean exists(OutsideFile file) throws IOException {
        Place place = placeOf(pathOf(file));
        try (Directory directory = context.disk().open(place.anchor())) {
            return directory
                    .look(place.name())
                    .filter(entry -> entry.type() == FileType.REGULAR)
                    .isPresent();
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    public Target open(OutsideFile file) throws IOException {
        return open(pathOf(file));
    }

    /** Opens a regular file's directory. */
    public Target open(Path path) throws IOException {
        Place place = placeOf(path);
        Directory directory = context.disk().open(place.anchor());
        Optional<FileEntry> entry = directory.look(place.name());
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

    /** Returns a place in the backup that never holds anything: that of a file that was not there. */
    public Place placeOfNothing() {
        return new Place(context.layout().state(), TREE + "/none");
    }

    private FileEntry save(Target target, String name) throws IOException {
        try (Directory to = state.child(TREE)) {
            if (to.look(name).isPresent()) {
                to.delete(name);
            }
            try {
                target.directory().link(target.place().name(), to, name);
            } catch (FileSystemException e) {
                return FileCopy.copy(target.directory(), target.place().name(), to, name);
            }
            to.force();
            return target.directory().look(target.place().name()).orElseThrow();
        }
    }

    /** Saves again what changed since, and writes the manifest, forced. */
    public void complete() throws IOException {
        kept.sort(Comparator.comparing(one -> one.target().display().toString(), ManifestEntry.WALK_ORDER));
        try (ManifestWriter writer = ManifestWriter.create(StateFiles.outside(context.layout()), context.logs())) {
            for (Kept one : kept) {
                try (Target now = open(one.target().display())) {
                    FileEntry entry = now.entry().untouchedSince(one.entry()) ? one.entry() : save(now, one.name());
                    writer.add(entry.withPath(one.target().display().toString()).withAttributes(now.attributes()));
                }
            }
            writer.complete(kept.size());
        }
    }

    /** Returns the directories of the files that are kept. */
    public List<Path> anchors() {
        return kept.stream().map(one -> one.target().anchor()).distinct().toList();
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
