package updater.app.host;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import updater.api.HomeLayout;
import updater.api.Os;
import updater.api.Product;
import updater.api.Reason;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.fs.Failures;
import updater.fs.UpdaterLock;
import updater.transaction.context.OwnUser;

/**
 * The directory of journal, lock, guard and runtime. Root executes what lies in it, so only root may be able to change it,
 * or any directory on the way to it.
 */
public final class StateDirectory {
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;
    // As many as Linux follows in one path before it gives up.
    private static final int MAX_LINKS = 40;

    private final PathAccess access;

    StateDirectory(PathAccess access) {
        this.access = access;
    }

    /** The host's view of one path, links not followed, and its way to create directories. */
    interface PathAccess {
        /** Returns what is there, empty when there is nothing. */
        Optional<PathOwner> at(Path path) throws IOException;

        /**
         * Creates a directory, forced to disk; nothing when it is there.
         *
         * @param own whether only this user may enter it
         */
        default void create(Path directory, boolean own) throws IOException {
            StateDirectory.create(directory, own ? "rwx------" : "rwxr-xr-x");
        }

        /** Returns what an operator can do about a path that others may change. */
        default String repair(Path path, long owner) {
            return "Look at what is in it, then run 'chown " + owner + " " + path + "' or remove it";
        }
    }

    /**
     * What decides who may change a path.
     *
     * @param mode permission bits
     * @param link what it holds, if it is a symbolic link
     */
    record PathOwner(long uid, int mode, boolean directory, Optional<Path> link) {}

    /** Returns where the state directory of this run is. Touches nothing. */
    public static Path locate(Product product, Os os, boolean privileged, Path home) {
        if (!privileged) {
            return home.resolve(HomeLayout.WORK);
        }
        String text = product.places().stateDirectory().get(os);
        if (text == null) {
            text = standardParent(os) + product.name() + "-updater";
        }
        String expanded = new HomeLayout(home, home).expand(text);
        return home.getFileSystem().getPath(expanded).normalize();
    }

    private static String standardParent(Os os) {
        return switch (os) {
            case LINUX -> "/var/lib/";
            case MACOS -> "/Library/Application Support/";
            case WINDOWS -> "C:\\ProgramData\\";
        };
    }

    /**
     * Creates the state directory with mode 0700 when it is missing, forced to disk, and checks that no other user
     * can change it. Idempotent.
     *
     * @param user this process's user
     * @throws UpdateFailure.Refused naming the directory that others control, or that cannot be created
     */
    public static void secure(Path state, OwnUser user) throws UpdateFailure.Refused {
        new StateDirectory(ofHost(state)).prepare(state, user.privileged(), user.uid());
        for (String name : UpdaterLock.FILES) {
            requireFile(state.resolve(name));
        }
    }

    /** No updater gets the lock while something else is in its place. */
    private static void requireFile(Path file) throws UpdateFailure.Refused {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STATE_DIRECTORY_UNUSABLE,
                    file + " is no regular file: no updater gets the lock that belongs there",
                    "See what it is with 'ls -ld " + file + "', and remove it; the updater makes the file again");
        }
    }

    /**
     * Checks that nobody else can put another tree in home's place. Windows protects the names of others in its own way.
     *
     * @throws UpdateFailure.Refused naming the directory above home that others control
     */
    public static void requireAncestors(Path home, long uid) throws UpdateFailure.Refused {
        if (home.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            HomeAncestors.check(home, StateDirectory::lookAt, uid);
        }
    }

    private static PathAccess ofHost(Path state) throws UpdateFailure.Refused {
        Set<String> views = state.getFileSystem().supportedFileAttributeViews();
        if (views.contains("unix") || !views.contains("acl")) {
            return StateDirectory::lookAt;
        }
        // HostCommands finds it in the same way.
        Path system32 = Host.systemRoot(System.getenv("SystemRoot")).resolve("System32");
        try {
            return WindowsAccess.of(system32);
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STATE_DIRECTORY_UNTRUSTED,
                    "could not read who may write in " + system32 + ": " + Reason.at(e),
                    "Run the updater as an administrator",
                    e);
        }
    }

    void prepare(Path state, boolean privileged, long uid) throws UpdateFailure.Refused {
        if (!state.isAbsolute()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STATE_DIRECTORY_UNUSABLE,
                    "the state directory " + state + " is not an absolute path",
                    "Correct it in the product descriptor");
        }
        try {
            if (privileged) {
                prepareRoots(state);
            } else {
                prepareOwn(state, uid);
            }
        } catch (IOException e) {
            throw new UpdateFailure.Refused(
                    RefusalCode.STATE_DIRECTORY_UNUSABLE,
                    "the state directory " + state + " cannot be used: " + Reason.of(e),
                    "Make it a directory that the updater's user can create and write",
                    e);
        }
    }

    /** Only the directory itself is checked: whoever controls home already controls the agent this user runs. */
    private void prepareOwn(Path state, long uid) throws IOException, UpdateFailure.Refused {
        if (access.at(state).isEmpty()) {
            access.create(state, true);
        }
        check(state, require(state), uid);
    }

    /**
     * Every component is checked before the next one is looked at or created: below a directory that only root can
     * change, what was seen stays true.
     */
    private void prepareRoots(Path state) throws IOException, UpdateFailure.Refused {
        Path reached = root(state);
        checkAncestor(reached, require(reached));
        Deque<Path> ahead = new ArrayDeque<>();
        state.forEach(ahead::add);
        int links = 0;
        while (!ahead.isEmpty()) {
            Path next = reached.resolve(ahead.remove()).normalize();
            if (access.at(next).isEmpty()) {
                access.create(next, ahead.isEmpty());
            }
            PathOwner seen = require(next);
            if (seen.link().isEmpty()) {
                if (ahead.isEmpty()) {
                    check(next, seen, 0);
                } else {
                    checkAncestor(next, seen);
                }
                reached = next;
                continue;
            }
            if (seen.uid() != 0 || ++links > MAX_LINKS) {
                throw refused(next, "is a symbolic link that does not belong to root", "");
            }
            Path target = seen.link().get();
            if (target.isAbsolute()) {
                reached = root(target);
            }
            pushFirst(ahead, target);
        }
    }

    private static void pushFirst(Deque<Path> ahead, Path target) {
        for (int i = target.getNameCount() - 1; i >= 0; i--) {
            ahead.addFirst(target.getName(i));
        }
    }

    /**
     * In a directory of root's with the sticky bit, such as {@code /tmp}, others can make names, but not touch those that
     * belong to root; and whatever is not root's is refused when it is its turn.
     */
    private void checkAncestor(Path path, PathOwner seen) throws UpdateFailure.Refused {
        int mode = (seen.mode() & STICKY) != 0 ? seen.mode() & ~GROUP_OR_OTHERS_WRITE : seen.mode();
        check(path, new PathOwner(seen.uid(), mode, seen.directory(), seen.link()), 0);
    }

    private void check(Path path, PathOwner seen, long owner) throws UpdateFailure.Refused {
        if (seen.link().isPresent()) {
            throw refused(path, "is a symbolic link", "Remove it");
        }
        if (!seen.directory()) {
            throw refused(path, "is not a directory", "Remove it");
        }
        if (seen.uid() != owner) {
            throw refused(
                    path,
                    "belongs to user id " + seen.uid() + ", not to " + (owner == 0 ? "root" : "user id " + owner),
                    access.repair(path, owner));
        }
        if ((seen.mode() & GROUP_OR_OTHERS_WRITE) != 0) {
            throw refused(
                    path,
                    String.format(Locale.ROOT, "can be written by others (mode %04o)", seen.mode()),
                    "Look at what is in it, then run 'chmod go-w " + path
                            + "', or name another state directory in the product descriptor");
        }
    }

    private static UpdateFailure.Refused refused(Path path, String what, String advice) {
        return new UpdateFailure.Refused(
                RefusalCode.STATE_DIRECTORY_UNTRUSTED,
                path + " " + what + ", but what the updater trusts is kept in or below it",
                advice);
    }

    private PathOwner require(Path path) throws IOException {
        return access.at(path).orElseThrow(() -> new NoSuchFileException(path.toString()));
    }

    private static Path root(Path absolute) {
        Path root = absolute.getRoot();
        return root == null ? absolute : root;
    }

    private static void create(Path directory, String permissions) throws IOException {
        Set<PosixFilePermission> set = PosixFilePermissions.fromString(permissions);
        FileAttribute<Set<PosixFilePermission>> mode = PosixFilePermissions.asFileAttribute(set);
        try {
            Files.createDirectory(directory, mode);
        } catch (FileAlreadyExistsException e) {
            // Another updater made it meanwhile; the check that follows judges it like any other.
            return;
        }
        // The umask can only have taken bits away; it must not make root's directories unusable.
        Files.setPosixFilePermissions(directory, set);
        force(directory.resolveSibling("."));
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw Failures.naming(directory, e);
        }
    }

    private static Optional<PathOwner> lookAt(Path path) throws IOException {
        Map<String, Object> seen;
        try {
            seen = Files.readAttributes(path, "unix:uid,mode,isDirectory,isSymbolicLink", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        boolean link = Boolean.TRUE.equals(seen.get("isSymbolicLink"));
        return Optional.of(new PathOwner(
                number(seen.get("uid")),
                (int) number(seen.get("mode")) & 07777,
                Boolean.TRUE.equals(seen.get("isDirectory")),
                link ? Optional.of(Files.readSymbolicLink(path)) : Optional.empty()));
    }

    private static long number(@Nullable Object value) throws IOException {
        return switch (value) {
            case Integer number -> Integer.toUnsignedLong(number);
            case Long number -> number;
            case null, default -> throw new IOException("expected a number, found " + value);
        };
    }
}
