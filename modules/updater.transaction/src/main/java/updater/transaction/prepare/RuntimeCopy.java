package updater.transaction.prepare;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.transaction.context.EventLog;

/**
 * Keep a copy of the staged runtime and launcher in the state directory, where a recovery finds it once {@code
 * home/tmp} is gone.
 *
 * <p>A copy is a directory {@code runtime-<id>}; the link {@code runtime} names the one in use and is flipped at once. A
 * copy counts only with its marker, which is written after everything else is on disk and removed before anything else
 * is: at no instant does the link lead to half a runtime. Killed at any point, the next call finishes the work.
 */
public final class RuntimeCopy {
    private static final String PREFIX = "runtime-";
    private static final int OTHERS_WRITE = 0022;
    private static final int MAX_LAUNCHER_BYTES = 1 << 20;

    private final Disk disk;
    private final HostFiles hostFiles;
    private final HomeLayout layout;
    private final User user;
    private final Path javaHome;
    private final EventLog log;

    /**
     * Say who executes the copy.
     *
     * @param uid this process's user
     */
    public record User(boolean privileged, long uid) {}

    /** @param javaHome the runtime this process runs from; that one is never removed */
    public RuntimeCopy(Disk disk, HostFiles hostFiles, HomeLayout layout, User user, Path javaHome, EventLog log) {
        this.disk = disk;
        this.hostFiles = hostFiles;
        this.layout = layout;
        this.user = user;
        this.javaHome = javaHome;
        this.log = log;
    }

    /**
     * Brings the state directory's runtime and launcher to those that are staged, durably. What is not staged stays as
     * it is there. Idempotent.
     *
     * @param needs what else will be written, to which the copy is added unless it can be made by links
     * @throws UpdateFailure.Refused when root would come to execute what somebody else can change, or there is too little
     *     space
     * @throws UpdateFailure.Disk when the copy cannot be made; an earlier one is still in use then
     */
    void refresh(SpaceNeeds needs) throws UpdateFailure {
        try (Directory state = disk.open(layout.state());
                Directory home = disk.open(layout.home())) {
            Optional<Directory> staged = staged(home);
            if (staged.isEmpty()) {
                log.info("no staged tree to take a runtime from", "path", layout.staged());
                return;
            }
            try (Directory source = staged.get()) {
                Optional<String> name = refreshRuntime(state, source, needs);
                refreshLauncher(source);
                if (name.isPresent()) {
                    removeOthers(state, name.get());
                }
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("copy the runtime into", layout.state(), e);
        }
    }

    private static Optional<Directory> staged(Directory home) throws IOException {
        try {
            return Optional.of(descend(home, HomeLayout.STAGED));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    private Optional<String> refreshRuntime(Directory state, Directory staged, SpaceNeeds needs)
            throws IOException, UpdateFailure {
        Optional<FileEntry> image = staged.look(HomeLayout.STAGED_RUNTIME);
        if (image.isEmpty()) {
            log.info("no runtime is staged, keeping the one there is", "path", layout.runtime());
            return Optional.empty();
        }
        checkTrust(staged, image.get());
        try (Directory source = staged.child(HomeLayout.STAGED_RUNTIME)) {
            RuntimeTree tree = RuntimeTree.read(source);
            for (FileEntry entry : tree.entries()) {
                checkTrust(source, entry);
            }
            String name = PREFIX + tree.id();
            if (runsFrom(name) && !complete(state, name, tree)) {
                // Damaged, but all this process has: it is left alone, and a whole one goes beside it.
                name = name + "-again";
            }
            if (complete(state, name, tree)) {
                log.debug("the staged runtime is already copied", "name", name);
            } else {
                if (!source.sameMount(state)) {
                    requireSpace(state, tree, needs);
                }
                make(state, name, source, tree);
            }
            hostFiles.link(layout.runtime(), name);
            return Optional.of(name);
        }
    }

    /** Whoever can change what is staged would otherwise decide what root runs when the guard fires. */
    private void checkTrust(Directory directory, FileEntry entry) throws UpdateFailure.Refused {
        if (!user.privileged()) {
            return;
        }
        Path path = directory.display().resolve(entry.path());
        if (entry.stat().uid() != 0 && entry.stat().uid() != user.uid()) {
            throw new UpdateFailure.Refused(
                    "root would execute " + path + ", which belongs to user id "
                            + entry.stat().uid(),
                    "Let root unpack the update");
        }
        if ((entry.mode() & OTHERS_WRITE) != 0) {
            throw new UpdateFailure.Refused(
                    "root would execute " + path + ", which others can write (mode "
                            + Integer.toOctalString(entry.mode()) + ")",
                    "Unpack the update with a umask of 022, or run 'chmod -R go-w' on it");
        }
    }

    /** The marker alone is not trusted: files that were linked change along with the staged ones they came from. */
    private static boolean complete(Directory state, String name, RuntimeTree wanted) throws IOException {
        Optional<FileEntry> there = state.look(name);
        if (there.isEmpty() || there.get().type() != FileType.DIRECTORY) {
            return false;
        }
        try (Directory copy = state.child(name)) {
            return copy.look(RuntimeTree.MARKER).isPresent()
                    && RuntimeTree.read(copy).id().equals(wanted.id());
        } catch (UpdateFailure.Refused e) {
            return false;
        }
    }

    private void requireSpace(Directory state, RuntimeTree tree, SpaceNeeds needs)
            throws IOException, UpdateFailure.Refused {
        SpaceNeeds.Need copy = needs.at(layout.state(), state);
        for (FileEntry entry : tree.entries()) {
            copy.addFile(entry.size());
        }
        needs.require();
    }

    private void make(Directory state, String name, Directory source, RuntimeTree tree)
            throws IOException, UpdateFailure {
        RuntimeTransfer.remove(state, name);
        try {
            state.createDirectory(name, 0755);
            try (Directory copy = state.child(name)) {
                new RuntimeTransfer(user.uid()).copy(source, copy);
                if (!RuntimeTree.read(copy).id().equals(tree.id())) {
                    throw new IOException("the staged runtime " + source.display() + " changed while it was copied");
                }
                copy.syncFileSystem();
                copy.create(RuntimeTree.MARKER, 0644).close();
                copy.force();
            }
            state.force();
        } catch (IOException | UpdateFailure e) {
            discard(state, name, e);
            throw e;
        }
        log.info("copied the runtime", "name", name, "entries", tree.entries().size());
    }

    private void refreshLauncher(Directory staged) throws IOException, UpdateFailure {
        String name = layout.launcherName();
        Optional<FileEntry> launcher = staged.look(name);
        if (launcher.isEmpty()) {
            log.info("no launcher is staged, keeping the one there is", "path", layout.stateLauncher());
            return;
        }
        checkTrust(staged, launcher.get());
        byte[] content;
        try (FileChannel file = staged.read(name)) {
            if (file.size() > MAX_LAUNCHER_BYTES) {
                throw new UpdateFailure.Refused(
                        staged.display().resolve(name) + " has " + file.size() + " bytes, more than a launcher has",
                        "Unpack the update again");
            }
            content = Channels.newInputStream(file).readAllBytes();
        }
        if (hostFiles
                .read(layout.stateLauncher())
                .filter(there -> Arrays.equals(there, content))
                .isEmpty()) {
            hostFiles.write(layout.stateLauncher(), content, 0755);
        }
    }

    private void removeOthers(Directory state, String current) {
        try {
            List<String> old = state.names().stream()
                    .filter(name -> name.startsWith(PREFIX))
                    .filter(name -> !name.equals(current) && !runsFrom(name))
                    .toList();
            for (String name : old) {
                RuntimeTransfer.remove(state, name);
            }
        } catch (IOException e) {
            log.warning("an old runtime could not be removed", e, "directory", layout.state());
        }
    }

    private boolean runsFrom(String name) {
        return real(javaHome).startsWith(real(layout.state()).resolve(name));
    }

    /** A runtime may have been moved or removed from under this process. */
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }

    private static void discard(Directory state, String name, Exception failure) {
        try {
            RuntimeTransfer.remove(state, name);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Opens the directory at a relative path, no link followed. */
    private static Directory descend(Directory from, String path) throws IOException {
        int slash = path.indexOf('/');
        if (slash < 0) {
            return from.child(path);
        }
        try (Directory child = from.child(path.substring(0, slash))) {
            return descend(child, path.substring(slash + 1));
        }
    }
}
