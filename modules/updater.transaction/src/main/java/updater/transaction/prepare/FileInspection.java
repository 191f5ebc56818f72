package updater.transaction.prepare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileRules.OutsideFile;
import updater.api.FileType;
import updater.api.PathPatterns;
import updater.api.RefusalCode;
import updater.fs.Directory;
import updater.fs.Pinned;
import updater.transaction.backup.OutsideBackup;
import updater.transaction.backup.StagedTree;
import updater.transaction.context.ManagedPaths;
import updater.transaction.context.UpdateContext;

/** The inspection of one file of the staged tree, and of what it is going to replace. Changes nothing. */
final class FileInspection {
    private static final int SET_ID_BITS = 07000;

    private final UpdateContext context;
    private final StagedTree staged;
    private final ManagedPaths scope;
    private final OutsideBackup outside;
    private final ContentComparer contents;
    private final PathPatterns preserved;
    private final ThreeWayComparison ways;
    private final HomeLinks links;
    private final Consumer<String> warnings;
    private int umask;

    FileInspection(
            UpdateContext context,
            StagedTree staged,
            OutsideBackup outside,
            ContentComparer contents,
            ThreeWayComparison ways,
            HomeLinks links,
            Consumer<String> warnings) {
        this.context = context;
        this.staged = staged;
        this.scope = new ManagedPaths(context.product(), context.layout());
        this.outside = outside;
        this.contents = contents;
        this.preserved = new PathPatterns(context.product().files().preserved());
        this.ways = ways;
        this.links = links;
        this.warnings = warnings;
    }

    /** Says what permissions all files of the tree lack because of who unpacked it. */
    void unpackedWith(int missing) {
        umask = missing;
    }

    /**
     * Returns what an update does with a file.
     *
     * @param parent the staged directory that it lies in
     * @param level the place in home that this directory stands for
     * @param last the file that the installed version shipped there
     * @throws Refusal when there can be no such update
     */
    Found found(FileEntry entry, Directory parent, Level level, Optional<FileEntry> last) throws IOException {
        if (entry.type() == FileType.SYMLINK && staged.previous()) {
            return links.back(entry, level, regular(last));
        }
        if (entry.type() != FileType.REGULAR) {
            throw new Refusal(
                    RefusalCode.STAGED_TREE_INVALID,
                    "the bundle holds a " + StagedTreeInspection.describe(entry.type()) + ": " + entry.path(),
                    "A bundle may hold regular files and directories only; build it again");
        }
        if (!staged.previous()) {
            refuseBits(entry);
        }
        if (preserved.matches(entry.path()) && !staged.previous()) {
            return Found.NotPlaced.PRESERVED;
        }
        if (scope.excludes(entry.path())) {
            warnings.accept("not installed, since an update never touches it: " + entry.path());
            return Found.NotPlaced.EXCLUDED;
        }
        Optional<OutsideFile> elsewhere = outsideOf(entry.path());
        if (elsewhere.isPresent()) {
            Optional<FileEntry> there = outside.lookup(elsewhere.get());
            if (there.isPresent() && there.get().type() == FileType.REGULAR) {
                return new Found.Elsewhere(elsewhere.get());
            }
            there.flatMap(FileEntry::linkTarget).ifPresent(target -> warnOfLink(entry, elsewhere.get(), target));
        }
        return inHome(entry, parent, level, last);
    }

    private void warnOfLink(FileEntry entry, OutsideFile file, String target) {
        Path home = context.layout().home();
        warnings.accept("a link is left alone, and what it leads to: "
                + home.resolve(file.target()).normalize() + " -> " + target
                + "; the file of this version goes to " + home.resolve(entry.path()) + " instead");
    }

    private Found inHome(FileEntry entry, Directory parent, Level level, Optional<FileEntry> last) throws IOException {
        String name = entry.name();
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
            throw StagedTreeInspection.conflict(
                    entry.path(), "a file", there.get().type());
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
}
