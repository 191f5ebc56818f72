package updater.transaction.prepare;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import updater.api.FileEntry;
import updater.api.HomeLayout;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.SortedNames;
import updater.transaction.context.EventLog;
import updater.transaction.context.OwnUser;

/**
 * The runtime in the state directory that this process runs from, and its adoption as the one that a recovery finds once
 * {@code home/tmp} is gone.
 *
 * <p>The launcher copied it there, with its own file in it, into a directory {@code runtime-<process>-<its birth>}: nothing
 * is read from {@code home/tmp} any more. The link {@code runtime} names the one in use and is flipped at once. A runtime
 * counts only with its marker, which is written after everything else is on disk and removed before anything else is: at
 * no instant does the link lead to half a runtime. Killed at any point, the next update brings its own.
 *
 * @param user who executes the runtime
 * @param javaHome the runtime this process runs from, which is not removed while it is in use
 */
public record RuntimeCopy(
        Disk disk, HostFiles hostFiles, HomeLayout layout, OwnUser user, Path javaHome, EventLog log) {
    private static final String PREFIX = "runtime-";
    private static final int OTHERS_WRITE = 0022;
    private static final int MAX_LAUNCHER_BYTES = 1 << 20;

    /**
     * Makes the runtime that this process runs from, and the launcher in it, those of the state directory, durably. Where
     * this process runs from elsewhere, or from the installed one, they stay as they are. Idempotent.
     *
     * @throws UpdateFailure.Refused when root would come to execute what another user can change
     * @throws UpdateFailure.Disk when that failed; an earlier runtime is still in use then
     */
    public void adopt() throws UpdateFailure {
        Optional<String> own = ownName();
        if (own.isEmpty()) {
            log.info("this process runs from elsewhere, keeping the installed runtime", "java_home", javaHome);
            return;
        }
        try (Directory state = disk.open(layout.state())) {
            if (!installed(own.get())) {
                adopt(state, own.get());
            }
            removeOthers(state, own.get());
        } catch (IOException e) {
            throw new UpdateFailure.Disk("install the runtime in", layout.state(), e);
        }
    }

    /** Returns whether this process runs from the state directory, as one does that a launcher started. */
    public boolean own() {
        return ownName().isPresent();
    }

    /** Returns the name in the state directory of the runtime that this process runs from. */
    private Optional<String> ownName() {
        Path real = real(javaHome);
        Path state = real(layout.state());
        if (!real.startsWith(state) || real.getNameCount() != state.getNameCount() + 1) {
            return Optional.empty();
        }
        return Optional.of(String.valueOf(real.getFileName())).filter(name -> name.startsWith(PREFIX));
    }

    private boolean installed(String name) {
        return real(layout.runtime()).equals(real(layout.state()).resolve(name));
    }

    private void adopt(Directory state, String name) throws IOException, UpdateFailure {
        try (Directory copy = state.child(name)) {
            RuntimeImage image = RuntimeImage.read(copy);
            requireTrusted(copy, new FileEntry("", copy.self()));
            for (FileEntry entry : image.entries()) {
                requireTrusted(copy, entry);
            }
            copy.syncFileSystem();
            if (copy.lookup(RuntimeImage.MARKER).isEmpty()) {
                copy.create(RuntimeImage.MARKER, 0644).close();
            }
            copy.force();
            state.force();
            hostFiles.link(layout.runtime(), name);
            installLauncher(copy);
            log.info(
                    "installed the runtime",
                    "name",
                    name,
                    "entries",
                    image.entries().size());
        }
    }

    /** The launcher judged it when it was copied; nobody but this user could have changed it since. */
    private void requireTrusted(Directory directory, FileEntry entry) throws UpdateFailure.Refused {
        if (!user.privileged()) {
            return;
        }
        Path path = directory.display().resolve(entry.path());
        if (entry.stat().uid() != 0 && entry.stat().uid() != user.uid()) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RUNTIME_UNTRUSTED,
                    "root would execute " + path + ", which belongs to user id "
                            + entry.stat().uid(),
                    "Let root unpack the update");
        }
        if ((entry.mode() & OTHERS_WRITE) != 0) {
            throw new UpdateFailure.Refused(
                    RefusalCode.RUNTIME_UNTRUSTED,
                    "root would execute " + path + ", which others can write (mode "
                            + Integer.toOctalString(entry.mode()) + ")",
                    "Unpack the update with a umask of 022, or run 'chmod -R go-w' on it");
        }
    }

    private void installLauncher(Directory copy) throws IOException, UpdateFailure {
        String name = layout.launcherName();
        if (copy.lookup(name).isEmpty()) {
            log.info("no launcher was staged, keeping the one there is", "path", layout.stateLauncher());
            return;
        }
        byte[] content;
        try (FileChannel file = copy.read(name)) {
            if (file.size() > MAX_LAUNCHER_BYTES) {
                throw new UpdateFailure.Refused(
                        RefusalCode.RUNTIME_UNUSABLE,
                        copy.display().resolve(name) + " has " + file.size() + " bytes, more than a launcher has",
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

    /**
     * Returns whether a launcher has copied a runtime here for an updater that lives and has not installed it yet: one that is
     * handed an offer, and waits for the lock.
     */
    public boolean anotherBegins() throws IOException {
        Optional<String> own = ownName();
        AtomicBoolean begins = new AtomicBoolean();
        try (Directory state = disk.open(layout.state())) {
            SortedNames.forEach(state, name -> {
                if (name.startsWith(PREFIX)
                        && !own.equals(Optional.of(name))
                        && !installed(name)
                        && launcherLives(name)) {
                    begins.set(true);
                }
            });
        }
        return begins.get();
    }

    private void removeOthers(Directory state, String current) {
        try {
            SortedNames.forEach(state, name -> {
                if (name.startsWith(PREFIX) && !name.equals(current) && !installed(name) && !launcherLives(name)) {
                    RuntimeImage.remove(state, name);
                }
            });
        } catch (IOException e) {
            log.warning("an old runtime could not be removed", e, "directory", layout.state());
        }
    }

    /** Another updater may be about to find that this one is at work. The next launcher looks at its birth, too. */
    private static boolean launcherLives(String name) {
        try {
            String process = name.substring(PREFIX.length());
            return ProcessHandle.of(Long.parseLong(process.substring(0, process.indexOf('-'))))
                    .isPresent();
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return false;
        }
    }

    /** A runtime may have been moved or removed from under this process. */
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }
}
