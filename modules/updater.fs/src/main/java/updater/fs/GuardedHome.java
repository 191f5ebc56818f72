package updater.fs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.Stat;

/**
 * A disk that opens directories below home, which may belong to another user, component by component and follows no
 * link there. Home stays the directory that was opened first, and the updater's own directory in it is opened only while
 * it belongs to the updater's user and nobody else may write in it: the owner of home can put any directory in its place that
 * lies there. Safe for use by several threads.
 */
public final class GuardedHome implements Disk {
    /** An access list that lets somebody write shows in the bits of the group. */
    private static final int WRITE_OF_OTHERS = 0022;

    private final Disk disk;
    private final HomeLayout layout;
    private volatile @Nullable Stat first;

    /** @param layout whose home is itself opened as the operator named it, links included */
    public GuardedHome(Disk disk, HomeLayout layout) {
        this.disk = disk;
        this.layout = layout;
    }

    /**
     * As {@link Disk#open}.
     *
     * @throws NotDirectoryException when something on the way below home is a link or no directory
     * @throws NoSuchFileException also when its owner has put another directory in the place of the updater's own, in which
     *     he may write
     * @throws FileSystemException when home is another directory than before
     */
    @Override
    public Directory open(Path absoluteDirectory) throws IOException {
        return open(absoluteDirectory, (in, at, name) -> in.child(name));
    }

    /**
     * As {@link #open}. Such a link may lie anywhere in home but in {@code tmp} and in the updater's own directory, and lead
     * anywhere but into home, into the state directory, or above one of them.
     */
    @Override
    public Directory openFollowing(Path absoluteDirectory) throws IOException {
        return mayFollow(absoluteDirectory) ? open(absoluteDirectory, new Following()) : open(absoluteDirectory);
    }

    private boolean mayFollow(Path path) {
        Path home = layout.home();
        boolean windows = home.getFileSystem().getSeparator().equals("\\");
        return !windows && !path.startsWith(home.resolve("tmp")) && !path.startsWith(layout.work());
    }

    @Override
    public Optional<Pinned> pinFollowing(Path link) throws IOException {
        Path above = link.getParent();
        if (above == null || !mayFollow(link)) {
            return Optional.empty();
        }
        try (Directory in = open(above)) {
            Optional<FileEntry> found =
                    in.lookup(String.valueOf(link.getFileName())).filter(entry -> entry.type() == FileType.SYMLINK);
            return found.isPresent() ? pinFollowing(in, above, found.get()) : Optional.empty();
        } catch (LinkNotFollowedException | NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private Optional<Pinned> pinFollowing(Directory in, Path at, FileEntry link) throws IOException {
        RootsLinks.Reached reached = new RootsLinks(disk, user()).followToFile(in, at, link);
        try (Directory directory = reached.directory()) {
            return isOurs(reached.path())
                    ? Optional.empty()
                    : Optional.of(
                            directory.pinFile(String.valueOf(reached.path().getFileName())));
        }
    }

    /** The way from a directory to one in it. */
    @FunctionalInterface
    private interface Descent {
        /** @param at where it was reached by */
        Directory child(Directory in, Path at, String name) throws IOException;
    }

    /** A descent that follows root's links. Once it has, the way is another one than that below home. */
    private final class Following implements Descent {
        private @Nullable Path elsewhere;

        @Override
        public Directory child(Directory in, Path at, String name) throws IOException {
            Path real = elsewhere == null ? at : elsewhere;
            Optional<FileEntry> link = in.lookup(name).filter(entry -> entry.type() == FileType.SYMLINK);
            if (link.isEmpty()) {
                elsewhere = elsewhere == null ? null : real.resolve(name);
                return in.child(name);
            }
            RootsLinks.Reached reached = new RootsLinks(disk, user()).follow(in, real, link.get());
            elsewhere = reached.path();
            if (isOurs(reached.path())) {
                reached.directory().close();
                throw new LinkNotFollowedException(
                        at.resolve(name).toString(),
                        "it leads to " + reached.path() + ", which an update works in itself");
            }
            return reached.directory();
        }
    }

    private boolean isOurs(Path target) {
        return Stream.of(layout.home(), layout.state())
                .anyMatch(own -> own.startsWith(target) || target.startsWith(own));
    }

    private long user() throws IOException {
        try (Directory state = disk.open(layout.state())) {
            return state.self().uid();
        }
    }

    private Directory open(Path absoluteDirectory, Descent descent) throws IOException {
        if (!absoluteDirectory.startsWith(layout.home())) {
            return disk.open(absoluteDirectory);
        }
        Path at = layout.home();
        Directory reached = disk.open(at);
        try {
            requireSame(reached);
            for (Path component : layout.home().relativize(absoluteDirectory)) {
                if (component.toString().isEmpty()) {
                    continue;
                }
                try (Directory above = reached) {
                    reached = descent.child(above, at, component.toString());
                }
                at = at.resolve(component);
                if (reached.display().equals(layout.work())) {
                    requireOwn(reached);
                }
            }
            return reached;
        } catch (IOException | RuntimeException | Error e) {
            reached.close();
            throw e;
        }
    }

    private void requireSame(Directory home) throws IOException {
        Stat now = home.self();
        Stat before = first;
        if (before == null) {
            first = now;
        } else if (!now.sameInode(before)) {
            throw new FileSystemException(
                    layout.home().toString(), null, "is another directory than when the updater began");
        }
    }

    /** The state directory belongs to the updater's user, and nobody else can have put it there. */
    private void requireOwn(Directory work) throws IOException {
        if (layout.state().equals(layout.work())) {
            return;
        }
        Stat there = work.self();
        long own = user();
        if (there.uid() != own) {
            throw notOwn("belongs to user id " + there.uid() + ", not to user id " + own);
        }
        if ((there.mode() & WRITE_OF_OTHERS) != 0) {
            throw notOwn("can be written by others");
        }
    }

    private NoSuchFileException notOwn(String why) {
        return new NoSuchFileException(layout.work().toString(), null, "what is there " + why);
    }

    @Override
    public Space space(Path path) throws IOException {
        return disk.space(path);
    }

    @Override
    public Disk settingAside(Path directory) {
        return new GuardedHome(disk.settingAside(directory), layout);
    }

    @Override
    public void clearAside() throws IOException {
        disk.clearAside();
    }
}
