package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileRules;
import updater.api.FileRules.OutsideFile;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.PathPatterns;
import updater.api.RefusalCode;
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
final class StagedTreeInspection implements PrefetchingWalk.Scout<Level, StagedTreeInspection.Inspected> {
    /** How deep a staged tree may be. Of each level, the directory in home that it stands for is open. */
    static final int MAX_DEPTH = 256;

    private static final int SET_ID_BITS = 07000;
    private static final int LAUNCHER_MODE = 0755;

    private final UpdateContext context;
    private final StagedTree staged;
    private final ManagedPaths scope;
    private final Directory home;
    private final OutsideBackup outside;
    private final ContentComparer contents;
    private final ShippedRecord shipped;
    private final PathPatterns preserved;
    private final ThreeWayComparison ways;
    private final HomeLinks links;
    private final Deque<Level> levels = new ArrayDeque<>();
    private final List<String> warnings = new ArrayList<>();
    private final LinkedPaths linked = new LinkedPaths();
    private int umask;

    /** @param shipped what the installed version shipped */
    StagedTreeInspection(
            UpdateContext context,
            StagedTree staged,
            Directory home,
            OutsideBackup outside,
            ContentComparer contents,
            ShippedRecord shipped) {
        this.context = context;
        this.staged = staged;
        this.scope = new ManagedPaths(context.product(), context.layout());
        this.home = home;
        this.outside = outside;
        this.contents = contents;
        this.shipped = shipped;
        this.preserved = new PathPatterns(context.product().files().preserved());
        FileRules rules = context.product().files();
        this.ways = new ThreeWayComparison(contents, new PathPatterns(rules.configuration()));
        List<String> edited = Stream.concat(rules.configuration().stream(), rules.preserved().stream())
                .toList();
        this.links = new HomeLinks(context, staged, ways, new PathPatterns(edited), warnings::add);
    }

    /**
     * A file of the bundle.
     *
     * @param checksum CRC32C of its bytes; empty where it is of no use, or there was no time
     */
    record Inspected(Found found, OptionalLong checksum) implements Closeable {
        @Override
        public void close() throws IOException {
            found.close();
        }
    }

    /** Launcher, runtime, and what vouches for the release are not artifacts of the agent. */
    static boolean isUpdatersOwn(String path) {
        return HomeLayout.isLauncher(path)
                || path.equals(HomeLayout.STAGED_RUNTIME)
                || path.startsWith(HomeLayout.STAGED_RUNTIME + "/")
                || path.startsWith(FileList.DIRECTORY + "/");
    }

    /** Returns what of the bundle lies behind links; complete when the walk is. */
    LinkedPaths linked() {
        return linked;
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
        if (levels.size() > MAX_DEPTH) {
            throw new Refusal(
                    RefusalCode.STAGED_TREE_INVALID,
                    "the staged tree is more than " + MAX_DEPTH + " directories deep, in "
                            + entry.path().substring(0, entry.path().indexOf('/')),
                    ReleaseCheck.UNPACK);
        }
        if (opened.traits().fixed()) {
            throw FlagCheck.refusal(opened.traits(), context.layout().staged().resolve(entry.path()));
        }
        if (entry.path().isEmpty()) {
            umask = umask(opened);
        }
        levels.push(entry.path().isEmpty() ? top() : below(entry, opened, levels.element()));
        linked.add(levels.element());
        return Optional.of(levels.element());
    }

    /** Bundles have their launcher with 0755: what is missing of that, who unpacked it was not to give to anybody. */
    private int umask(Directory root) throws IOException {
        return root.lookup(context.layout().launcherName())
                .map(launcher -> LAUNCHER_MODE & ~launcher.mode())
                .orElse(0);
    }

    private Level top() throws IOException {
        Stat self = home.self();
        return new Level("", "", Optional.empty(), Optional.of(home), self.uid(), self.gid(), staged.doubt());
    }

    private Level below(FileEntry entry, Directory opened, Level above) throws IOException {
        String name = entry.name();
        Optional<Doubt> doubt = above.doubt().isPresent()
                ? above.doubt()
                : staged.doubtOf(context.layout().staged().resolve(entry.path()), opened.self());
        Optional<FileEntry> there = above.lookup(name);
        if (there.isEmpty()) {
            return new Level(
                    entry.path(), above.link(), Optional.of(above), Optional.empty(), above.uid(), above.gid(), doubt);
        }
        if (there.get().type() == FileType.SYMLINK) {
            return links.directory(entry.path(), above, doubt);
        }
        if (there.get().type() != FileType.DIRECTORY) {
            throw conflict(entry.path(), "a directory", there.get().type());
        }
        return new Level(
                entry.path(),
                above.link(),
                Optional.of(above),
                Optional.of(above.directory().orElseThrow().child(name)),
                there.get().stat().uid(),
                there.get().stat().gid(),
                doubt);
    }

    @Override
    public Inspected file(FileEntry entry, Directory parent) throws IOException {
        Optional<FileEntry> last = shipped.at(entry.path());
        Found found = found(entry, parent, last);
        boolean complete = false;
        try {
            OptionalLong checksum = switch (found) {
                case Found.NotPlaced.PRESERVED, Found.NotPlaced.EXCLUDED -> OptionalLong.empty();
                case Found.Elsewhere _, Found.Link _ -> OptionalLong.empty();
                case Found.NotPlaced.UNCHANGED, Found.NotPlaced.STAYS -> checksum(entry, parent);
                case Found.New file -> ways.checksum(entry.path(), file.staged());
                case Found.Replacing file -> ways.checksum(entry.path(), file.staged());
                case Found.ReplacingLink file -> ways.checksum(entry.path(), file.staged());
                case Found.Beside file -> ways.checksum(entry.path(), file.staged());
            };
            complete = true;
            return new Inspected(found, checksum);
        } finally {
            if (!complete) {
                found.close();
            }
        }
    }

    private OptionalLong checksum(FileEntry entry, Directory parent) throws IOException {
        try (Pinned file = parent.pinFile(entry.name())) {
            return ways.checksum(entry.path(), file);
        }
    }

    private Found found(FileEntry entry, Directory parent, Optional<FileEntry> last) throws IOException {
        if (entry.type() == FileType.SYMLINK && staged.previous()) {
            return links.back(entry, levels.element(), regular(last));
        }
        if (entry.type() != FileType.REGULAR) {
            throw new Refusal(
                    RefusalCode.STAGED_TREE_INVALID,
                    "the bundle holds a " + describe(entry.type()) + ": " + entry.path(),
                    "A bundle may hold regular files and directories only; build it again");
        }
        if (!staged.previous()) {
            refuseBits(entry);
        }
        if (preserved.matches(entry.path()) && !staged.previous()) {
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
        return inHome(entry, parent, last);
    }

    private Found inHome(FileEntry entry, Directory parent, Optional<FileEntry> last) throws IOException {
        String name = entry.name();
        Level level = levels.element();
        Optional<FileEntry> there = level.lookup(name);
        if (there.isEmpty()) {
            requireMovable(entry, parent);
            return new Found.New(parent.pinFile(name));
        }
        if (there.get().type() == FileType.SYMLINK) {
            requireMovable(entry, parent);
            return links.file(entry, parent, level, there.get(), regular(last));
        }
        // Checked first, since even to open a device can have an effect.
        if (there.get().type() != FileType.REGULAR) {
            throw conflict(entry.path(), "a file", there.get().type());
        }
        Directory in = level.directory().orElseThrow();
        Path shown = context.layout().home().resolve(entry.path());
        long owner = there.get().stat().uid();
        Found found = OwnerCheck.readable(staged.user(), owner, shown, () -> {
            try (Pinned installed = in.pinFile(name)) {
                return replacing(entry, parent, installed, regular(last));
            }
        });
        if (found instanceof Found.Replacing || found instanceof Found.Beside) {
            try {
                requireMovable(entry, parent);
                if (found instanceof Found.Replacing) {
                    FlagCheck.requireReplaceable(in, name, shown);
                }
                OwnerCheck.requireOwned(staged.user(), owner, shown);
            } catch (IOException e) {
                try (found) {
                    throw e;
                }
            }
        }
        return found;
    }

    private static Optional<FileEntry> regular(Optional<FileEntry> last) {
        return last.filter(one -> one.type() == FileType.REGULAR);
    }

    /** It is renamed out of where it is staged. */
    private void requireMovable(FileEntry entry, Directory parent) throws IOException {
        FlagCheck.requireReplaceable(
                parent, entry.name(), context.layout().staged().resolve(entry.path()));
    }

    private Found replacing(FileEntry entry, Directory parent, Pinned installed, Optional<FileEntry> last)
            throws IOException {
        Pinned staged = parent.pinFile(entry.name());
        Optional<Found> replacing = Optional.empty();
        try {
            int mode = ways.mode(entry, installed, last, umask);
            if (!ways.same(entry.path(), staged, installed, last)) {
                replacing = differing(entry.path(), staged, installed, last, mode);
            } else if (mode != installed.entry().mode()) {
                replacing = Optional.of(
                        new Found.Replacing(staged, installed.entry(), installed.attributes(), mode, false));
            }
            return replacing.orElse(Found.NotPlaced.UNCHANGED);
        } finally {
            if (replacing.isEmpty() || replacing.get() instanceof Found.NotPlaced) {
                staged.close();
            }
        }
    }

    private Optional<Found> differing(String path, Pinned staged, Pinned installed, Optional<FileEntry> last, int mode)
            throws IOException {
        Map<String, Bytes> attributes = installed.attributes();
        if (mayHaveStrangersRights(installed.entry(), attributes)) {
            // Perhaps the time for comparing was over.
            requireSame(path, staged, installed);
            return Optional.empty();
        }
        FileEntry there = installed.entry();
        if (preserved.matches(path)) {
            // It was migrated by the update that is taken back; the operator may have edited it since.
            return Optional.of(new Found.Replacing(staged, there, attributes, mode, true));
        }
        return Optional.of(
                switch (ways.judge(path, staged, installed, last)) {
                    case FOLLOWS -> new Found.Replacing(staged, there, attributes, mode, false);
                    case STAYS -> Found.NotPlaced.STAYS;
                    case BESIDE ->
                        new Found.Beside(staged, PlacedInodes.Wanted.like(there, there.mode(), attributes, false));
                    case SET_ASIDE -> new Found.Replacing(staged, there, attributes, mode, true);
                });
    }

    @Override
    public void leave() {
        levels.pop();
    }

    private Optional<OutsideFile> outsideOf(String path) {
        return context.product().files().outside().stream()
                .filter(file -> file.staged().equals(path))
                .findFirst();
    }

    private static void refuseBits(FileEntry entry) throws Refusal {
        if ((entry.mode() & SET_ID_BITS) != 0) {
            throw new Refusal(
                    RefusalCode.STAGED_TREE_INVALID,
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
                    RefusalCode.PRIVILEGED_FILE_SHARED,
                    "a file with special mode bits or capabilities and more than one hard link would be replaced: "
                            + path,
                    "Find out whose file it is; remove its other names, or what makes it special");
        }
    }

    static Refusal conflict(String path, String staged, FileType there) {
        return new Refusal(
                RefusalCode.HOME_CONFLICT,
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
