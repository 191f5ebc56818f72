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
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Product.OutsideFile;
import updater.api.Stat;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.fs.PrefetchingWalk;
import updater.release.FileList;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.Doubt;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.UpdateContext;

/**
 * The inspection of every file of the staged tree and of what it is going to replace. Changes nothing, so that it can run
 * ahead of the {@link Planner}, which does.
 */
final class StagedTreeInspection
        implements PrefetchingWalk.Scout<StagedTreeInspection.Level, StagedTreeInspection.Found> {
    private static final int SET_ID_BITS = 07000;

    private final UpdateContext context;
    private final StagedTree staged;
    private final ManagedPaths scope;
    private final Directory home;
    private final OutsideBackup outside;
    private final ContentComparer contents;
    private final Deque<Level> levels = new ArrayDeque<>();
    private final List<String> warnings = new ArrayList<>();

    StagedTreeInspection(
            UpdateContext context, StagedTree staged, Directory home, OutsideBackup outside, ContentComparer contents) {
        this.context = context;
        this.staged = staged;
        this.scope = new ManagedPaths(context.product(), context.layout());
        this.home = home;
        this.outside = outside;
        this.contents = contents;
    }

    /**
     * The place in home that a staged directory stands for.
     *
     * @param above the one it lies in; empty for home itself
     * @param directory empty where there is none yet
     * @param uid the owner of what is created there
     * @param doubt who else could have changed the staged directory
     */
    record Level(
            String path,
            Optional<Level> above,
            Optional<Directory> directory,
            long uid,
            long gid,
            Optional<Doubt> doubt)
            implements Closeable {
        @Override
        public void close() throws IOException {
            if (directory.isPresent() && above.isPresent()) {
                directory.get().close();
            }
        }
    }

    /** What an update does with a file of the bundle. */
    sealed interface Found extends Closeable {
        @Override
        default void close() throws IOException {
            // Most kinds hold nothing open.
        }

        /** It stays in the staged tree: it is in place already, or its path is never touched. */
        enum NotPlaced implements Found {
            UNCHANGED,
            PRESERVED,
            EXCLUDED
        }

        /** It goes outside home. */
        record Elsewhere(OutsideFile file) implements Found {}

        /** It goes where nothing is. */
        record New(Pinned staged) implements Found {
            @Override
            public void close() throws IOException {
                staged.close();
            }
        }

        /**
         * It replaces a file.
         *
         * @param there that file, without attributes
         */
        record Replacing(Pinned staged, FileEntry there, Map<String, Bytes> attributes) implements Found {
            @Override
            public void close() throws IOException {
                staged.close();
            }
        }
    }

    /** Launcher, runtime, and what vouches for the release are not artifacts of the agent. */
    static boolean isUpdatersOwn(String path) {
        return HomeLayout.isLauncher(path)
                || path.equals(HomeLayout.STAGED_RUNTIME)
                || path.startsWith(HomeLayout.STAGED_RUNTIME + "/")
                || path.startsWith(FileList.DIRECTORY + "/");
    }

    /** Returns what an operator should know of; complete when the walk is. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    public Optional<Level> enter(FileEntry entry, Directory opened) throws IOException {
        if (!entry.path().isEmpty() && scope.excludes(entry.path())) {
            warnings.add("not installed, since an update never touches it: " + entry.path() + "/");
            return Optional.empty();
        }
        levels.push(entry.path().isEmpty() ? top() : below(entry, opened, levels.element()));
        return Optional.of(levels.element());
    }

    private Level top() throws IOException {
        Stat self = home.self();
        return new Level("", Optional.empty(), Optional.of(home), self.uid(), self.gid(), staged.doubt());
    }

    private Level below(FileEntry entry, Directory opened, Level above) throws IOException {
        String name = entry.name();
        Optional<Doubt> doubt = above.doubt.isPresent()
                ? above.doubt
                : staged.doubtOf(context.layout().staged().resolve(entry.path()), opened.self());
        Optional<FileEntry> there = stat(above, name);
        if (there.isEmpty()) {
            return new Level(entry.path(), Optional.of(above), Optional.empty(), above.uid, above.gid, doubt);
        }
        if (there.get().type() != FileType.DIRECTORY) {
            throw conflict(entry.path(), "a directory", there.get().type());
        }
        return new Level(
                entry.path(),
                Optional.of(above),
                Optional.of(above.directory.orElseThrow().child(name)),
                there.get().stat().uid(),
                there.get().stat().gid(),
                doubt);
    }

    private static Optional<FileEntry> stat(Level level, String name) throws IOException {
        return level.directory.isPresent() ? level.directory.get().look(name) : Optional.empty();
    }

    @Override
    public Found file(FileEntry entry, Directory parent) throws IOException {
        if (entry.type() != FileType.REGULAR) {
            throw new Refusal(
                    "the bundle holds a " + describe(entry.type()) + ": " + entry.path(),
                    "A bundle may hold regular files and directories only; build it again");
        }
        refuseBits(entry);
        String name = entry.name();
        if (context.product().preservedNames().contains(name)) {
            return Found.NotPlaced.PRESERVED;
        }
        if (scope.excludes(entry.path())) {
            warnings.add("not installed, since an update never touches it: " + entry.path());
            return Found.NotPlaced.EXCLUDED;
        }
        Optional<OutsideFile> elsewhere = outsideOf(entry.path());
        if (elsewhere.isPresent() && outside.exists(elsewhere.get())) {
            return new Found.Elsewhere(elsewhere.get());
        }
        return inHome(entry, parent, name);
    }

    private Found inHome(FileEntry entry, Directory parent, String name) throws IOException {
        Level level = levels.element();
        Optional<FileEntry> there = stat(level, name);
        if (there.isEmpty()) {
            return new Found.New(parent.pinFile(name));
        }
        // Checked first, since even to open a device can have an effect.
        if (there.get().type() != FileType.REGULAR) {
            throw conflict(entry.path(), "a file", there.get().type());
        }
        try (Pinned installed = level.directory.orElseThrow().pinFile(name)) {
            return replacing(entry.path(), parent, name, installed);
        }
    }

    private Found replacing(String path, Directory parent, String name, Pinned installed) throws IOException {
        Pinned staged = parent.pinFile(name);
        Optional<Found> replacing = Optional.empty();
        try {
            if (!contents.sameInTime(staged, installed)) {
                Map<String, Bytes> attributes = installed.attributes();
                if (mayHaveStrangersRights(installed.entry(), attributes)) {
                    // Perhaps the time for comparing was over.
                    requireSame(path, staged, installed);
                    return Found.NotPlaced.UNCHANGED;
                }
                replacing = Optional.of(new Found.Replacing(staged, installed.entry(), attributes));
            }
        } finally {
            if (replacing.isEmpty()) {
                staged.close();
            }
        }
        return replacing.orElse(Found.NotPlaced.UNCHANGED);
    }

    @Override
    public void leave() {
        levels.pop();
    }

    private Optional<OutsideFile> outsideOf(String path) {
        return context.product().outsideFiles().stream()
                .filter(file -> file.staged().equals(path))
                .findFirst();
    }

    private static void refuseBits(FileEntry entry) throws Refusal {
        if ((entry.mode() & SET_ID_BITS) != 0) {
            throw new Refusal(
                    "the bundle sets special mode bits (" + Integer.toOctalString(entry.mode()) + ") on "
                            + entry.path(),
                    "A bundle may set permissions 0777 only; build it again");
        }
    }

    /**
     * The staged file gets the special rights of the one it replaces. A file with further names may be another owner's that
     * was linked into home, whose rights the agent's file must not get.
     */
    private static boolean mayHaveStrangersRights(FileEntry there, Map<String, Bytes> attributes) {
        return PlacedInodes.isPrivileged(there.mode(), attributes)
                && there.stat().links() > 1;
    }

    private void requireSame(String path, Pinned staged, Pinned installed) throws IOException {
        if (!contents.same(staged, installed)) {
            throw new Refusal(
                    "a file with special mode bits or capabilities and more than one hard link would be replaced: "
                            + path,
                    "Find out whose file it is; remove its other names, or what makes it special");
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
}
