package updater.transaction.prepare;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import updater.api.FileEntry;
import updater.api.FileRules;
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
 * The inspection of the staged tree beside home, directory by directory. Changes nothing, so that it can run ahead of the
 * {@link Planner}, which does.
 */
final class StagedTreeInspection implements PrefetchingWalk.Scout<Level, StagedTreeInspection.Inspected> {
    /** How deep a staged tree may be. Of each level, the directory in home that it stands for is open. */
    static final int MAX_DEPTH = 256;

    private static final int LAUNCHER_MODE = 0755;

    private final UpdateContext context;
    private final StagedTree staged;
    private final ManagedPaths scope;
    private final Directory home;
    private final ShippedRecord shipped;
    private final ThreeWayComparison ways;
    private final HomeLinks links;
    private final FileInspection files;
    private final Deque<Level> levels = new ArrayDeque<>();
    private final List<String> warnings = new ArrayList<>();
    private final LinkedPaths linked = new LinkedPaths();

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
        this.shipped = shipped;
        FileRules rules = context.product().files();
        this.ways = new ThreeWayComparison(contents, new PathPatterns(rules.configuration()));
        List<String> edited = Stream.concat(rules.configuration().stream(), rules.preserved().stream())
                .toList();
        this.links = new HomeLinks(context, staged, ways, new PathPatterns(edited), warnings::add);
        this.files = new FileInspection(context, staged, outside, contents, ways, links, warnings::add);
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
            files.unpackedWith(umask(opened));
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
        Found found = files.found(entry, parent, levels.element(), last);
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

    @Override
    public void leave() {
        levels.pop();
    }

    static Refusal conflict(String path, String staged, FileType there) {
        return new Refusal(
                RefusalCode.HOME_CONFLICT,
                "the bundle has " + staged + " where home has a " + describe(there) + ": " + path,
                "Move what is in home out of the way, or build the bundle without it");
    }

    static String describe(FileType type) {
        return switch (type) {
            case REGULAR -> "file";
            case DIRECTORY -> "directory";
            case SYMLINK -> "symbolic link";
            case SPECIAL -> "special file (FIFO, socket or device)";
        };
    }
}
