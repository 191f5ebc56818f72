package updater.fs;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;

/**
 * The following of links that nobody but root and the updater's user can have made, and nobody else can
 * exchange. Every directory in which a name is looked up on the way belongs to one of them, and nobody else may write in it, or
 * rename what is looked up, so that what was seen stays true. What is at the end may be anybody's, as a directory or a file of home may.
 *
 * @param disk opens real paths
 * @param user the updater's user
 */
record RootsLinks(Disk disk, long user) {
    private static final int OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;

    /** As many as Linux follows. */
    private static final int MOST = 40;

    /**
     * What a link leads to.
     *
     * @param directory itself, or the one that the file is in
     * @param path its real path
     */
    record Reached(Directory directory, Path path) {}

    /**
     * Follows a link to a directory.
     *
     * @param in the directory that it is in
     * @param at the real path of that
     * @throws LinkNotFollowedException naming what somebody else could change
     * @throws NoSuchFileException when there is nothing where it leads
     */
    Reached follow(Directory in, Path at, FileEntry link) throws IOException {
        return follow(in, at, link, false);
    }

    /** As {@link #follow}, to a regular file. */
    Reached followToFile(Directory in, Path at, FileEntry link) throws IOException {
        return follow(in, at, link, true);
    }

    private Reached follow(Directory in, Path at, FileEntry link, boolean toFile) throws IOException {
        String shown = at.resolve(link.name()).toString();
        requireOwn(shown, at, in.self(), link.stat());
        Walk walk = new Walk(shown, at);
        try {
            walk.push(at, link);
            while (!walk.ahead.isEmpty() && !(toFile && walk.isAtFile())) {
                walk.step(walk.ahead.remove());
            }
            if (!toFile) {
                return new Reached(walk.open, walk.reached);
            }
            if (walk.ahead.isEmpty()) {
                throw new LinkNotFollowedException(shown, walk.reached + " is no file");
            }
            return new Reached(walk.open, walk.reached.resolve(walk.ahead.remove()));
        } catch (IOException | RuntimeException | Error e) {
            walk.open.close();
            throw e;
        }
    }

    private final class Walk {
        private final String shown;
        private final Deque<String> ahead = new ArrayDeque<>();
        private int links;
        private Path reached;
        private Directory open;

        Walk(String shown, Path at) throws IOException {
            this.shown = shown;
            this.reached = at;
            this.open = disk.open(at);
        }

        void step(String name) throws IOException {
            if (name.isEmpty() || name.equals(".")) {
                return;
            }
            if (name.equals("..")) {
                Path above = reached.getParent();
                goTo(above == null ? reached : above);
                return;
            }
            Path next = reached.resolve(name);
            Optional<FileEntry> entry = open.lookup(name);
            if (entry.isEmpty()) {
                throw new NoSuchFileException(next.toString());
            }
            requireOwn(shown, reached, open.self(), entry.get().stat());
            switch (entry.get().type()) {
                case DIRECTORY -> {
                    Directory above = open;
                    open = above.child(name);
                    reached = next;
                    above.close();
                }
                case SYMLINK -> push(reached, entry.get());
                case REGULAR, SPECIAL -> throw new LinkNotFollowedException(shown, next + " is no directory");
            }
        }

        /** Returns whether the last name on the way is that of a regular file, where nobody else can put another one. */
        boolean isAtFile() throws IOException {
            String name = ahead.element();
            boolean named = !name.isEmpty() && !name.equals(".") && !name.equals("..");
            Optional<FileEntry> entry = ahead.size() == 1 && named ? open.lookup(name) : Optional.empty();
            if (entry.filter(found -> found.type() == FileType.REGULAR).isEmpty()) {
                return false;
            }
            requireOwn(shown, reached, open.self(), entry.get().stat());
            return true;
        }

        void push(Path at, FileEntry link) throws IOException {
            if (!trusted(link.stat())) {
                throw others(shown, at.resolve(link.name()), link.stat());
            }
            String target = link.linkTarget().orElse("");
            if (++links > MOST || target.isEmpty()) {
                throw new LinkNotFollowedException(shown, "it leads nowhere");
            }
            String[] names = target.split("/", -1);
            for (int i = names.length - 1; i >= 0; i--) {
                ahead.addFirst(names[i]);
            }
            if (target.startsWith("/")) {
                Path root = reached.getRoot();
                goTo(root == null ? reached : root);
            }
        }

        private void goTo(Path path) throws IOException {
            Directory before = open;
            open = disk.open(path);
            reached = path;
            before.close();
        }
    }

    /**
     * With the sticky bit, only its owner can rename a name in a directory that others may write in. A second name of a
     * link of root's anybody can put there, where links are not protected.
     */
    private void requireOwn(String shown, Path path, Stat directory, Stat named) throws LinkNotFollowedException {
        if (!trusted(directory)) {
            throw others(shown, path, directory);
        }
        boolean oneName = named.type() != FileType.SYMLINK || named.links() == 1;
        boolean protectedName = (directory.mode() & STICKY) != 0 && trusted(named) && oneName;
        if ((directory.mode() & OTHERS_WRITE) != 0 && !protectedName) {
            throw new LinkNotFollowedException(
                    shown,
                    String.format(Locale.ROOT, "%s can be written by others (mode %04o)", path, directory.mode()));
        }
    }

    private boolean trusted(Stat stat) {
        return stat.uid() == 0 || stat.uid() == user;
    }

    private static LinkNotFollowedException others(String shown, Path path, Stat stat) {
        return new LinkNotFollowedException(shown, path + " belongs to user id " + stat.uid());
    }
}
