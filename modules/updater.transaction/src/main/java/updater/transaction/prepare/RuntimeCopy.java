package updater.transaction.prepare;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
import updater.fs.SortedNames;
import updater.transaction.context.EventLog;

/**
 * The copy of the staged runtime and launcher in the state directory, where a recovery finds it once {@code home/tmp} is
 * gone.
 *
 * <p>A copy is a directory {@code runtime-<id>}; the link {@code runtime} names the one in use and is flipped at once. A
 * copy counts only with its marker, which is written after everything else is on disk and removed before anything else
 * is: at no instant does the link lead to half a runtime. Killed at any point, the next call finishes the work.
 *
 * @param javaHome the runtime this process runs from, which is never removed
 */
public record RuntimeCopy(Disk disk, HostFiles hostFiles, HomeLayout layout, User user, Path javaHome, EventLog log) {
    private static final String PREFIX = "runtime-";
    private static final int OTHERS_WRITE = 0022;
    private static final int MAX_LAUNCHER_BYTES = 1 << 20;

    /**
     * The user who executes the copy.
     *
     * @param privileged whether that is root
     */
    public record User(boolean privileged, long uid) {}

    /**
     * Brings the state directory's runtime and launcher to those that are staged, durably. What is not staged stays as
     * it is there. Idempotent.
     *
     * @param needs what else will be written, to which the copy is added unless it can be made by links
     * @throws UpdateFailure.Refused when root would come to execute what another user can change, or there is too little
     *     space
     * @throws UpdateFailure.Disk when the copy cannot be made; an earlier one is still in use then
     */
    void refresh(SpaceNeeds needs) throws UpdateFailure {
        try (Directory state = disk.open(layout.state());
                DirectoryChain opened = new DirectoryChain(disk)) {
            Optional<Directory> staged = staged(opened);
            if (staged.isEmpty()) {
                log.info("no staged tree to take a runtime from", "path", layout.staged());
                return;
            }
            Optional<String> name = refreshRuntime(state, staged.get(), needs);
            refreshLauncher(staged.get());
            if (name.isPresent()) {
                removeOthers(state, name.get());
            }
        } catch (IOException e) {
            throw new UpdateFailure.Disk("copy the runtime into", layout.state(), e);
        }
    }

    private Optional<Directory> staged(DirectoryChain opened) throws IOException {
        try {
            return Optional.of(opened.directory(layout.home(), HomeLayout.STAGED));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        }
    }

    private Optional<String> refreshRuntime(Directory state, Directory staged, SpaceNeeds needs)
            throws IOException, UpdateFailure {
        Optional<FileEntry> found = staged.look(HomeLayout.STAGED_RUNTIME);
        if (found.isEmpty()) {
            log.info("no runtime is staged, keeping the one there is", "path", layout.runtime());
            return Optional.empty();
        }
        requireTrusted(staged, found.get());
        try (Directory source = staged.child(HomeLayout.STAGED_RUNTIME)) {
            RuntimeImage image = RuntimeImage.read(source);
            for (FileEntry entry : image.entries()) {
                requireTrusted(source, entry);
            }
            String name = PREFIX + image.id();
            if (runsFrom(name) && !complete(state, name, image)) {
                // Damaged, but this process runs from it: it stays, and a whole one goes beside it.
                name = name + "-again";
            }
            if (complete(state, name, image)) {
                log.debug("the staged runtime is already copied", "name", name);
            } else {
                if (!source.sameMount(state)) {
                    requireSpace(state, image, needs);
                }
                make(state, name, source, image);
            }
            hostFiles.link(layout.runtime(), name);
            return Optional.of(name);
        }
    }

    /** A user who can change what is staged would otherwise decide what root runs when the guard fires. */
    private void requireTrusted(Directory directory, FileEntry entry) throws UpdateFailure.Refused {
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
    private static boolean complete(Directory state, String name, RuntimeImage wanted) throws IOException {
        Optional<FileEntry> there = state.look(name);
        if (there.isEmpty() || there.get().type() != FileType.DIRECTORY) {
            return false;
        }
        try (Directory copy = state.child(name)) {
            return copy.look(RuntimeImage.MARKER).isPresent()
                    && RuntimeImage.read(copy).id().equals(wanted.id());
        } catch (UpdateFailure.Refused e) {
            return false;
        }
    }

    private void requireSpace(Directory state, RuntimeImage image, SpaceNeeds needs)
            throws IOException, UpdateFailure.Refused {
        SpaceNeeds.Need copy = needs.at(layout.state(), state);
        for (FileEntry entry : image.entries()) {
            copy.addFile(entry.size());
        }
        needs.require();
    }

    private void make(Directory state, String name, Directory source, RuntimeImage image)
            throws IOException, UpdateFailure {
        RuntimeImage.remove(state, name);
        try {
            state.createDirectory(name, 0755);
            try (Directory copy = state.child(name)) {
                RuntimeImage.copy(source, copy, user.uid());
                if (!RuntimeImage.read(copy).id().equals(image.id())) {
                    throw new IOException("the staged runtime " + source.display() + " changed while it was copied");
                }
                copy.syncFileSystem();
                copy.create(RuntimeImage.MARKER, 0644).close();
                copy.force();
            }
            state.force();
        } catch (IOException | UpdateFailure e) {
            discard(state, name, e);
            throw e;
        }
        log.info("copied the runtime", "name", name, "entries", image.entries().size());
    }

    private void refreshLauncher(Directory staged) throws IOException, UpdateFailure {
        String name = layout.launcherName();
        Optional<FileEntry> launcher = staged.look(name);
        if (launcher.isEmpty()) {
            log.info("no launcher is staged, keeping the one there is", "path", layout.stateLauncher());
            return;
        }
        requireTrusted(staged, launcher.get());
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
            SortedNames.forEach(state, name -> {
                if (name.startsWith(PREFIX) && !name.equals(current) && !runsFrom(name)) {
                    RuntimeImage.remove(state, name);
                }
            });
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
            RuntimeImage.remove(state, name);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
