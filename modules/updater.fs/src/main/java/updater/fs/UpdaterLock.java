package updater.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The lock that keeps a second updater out. It ends with the process, however that ends.
 *
 * <p>The lock is a POSIX record lock where the host has those, and such a lock is lost as soon as its process closes
 * <em>any</em> descriptor of the file it read or wrote through. So nothing but this may open the file {@code lock}, and
 * what its holder wrote about itself is in another one, {@code holder}.
 */
public final class UpdaterLock implements Closeable {
    private static final String LOCK = "lock";
    private static final String HOLDER = "holder";

    /** The names of its files in the state directory. */
    public static final List<String> FILES = List.of(LOCK, HOLDER);

    private static final int LONGEST_HOLDER = 4096;

    private final Directory state;
    private final FileChannel channel;

    private UpdaterLock(Directory state, FileChannel channel) {
        this.state = state;
        this.channel = channel;
    }

    /** The result of trying to take the lock. */
    public sealed interface Attempt {
        /** The lock is held until it is closed or the process ends. */
        record Acquired(UpdaterLock lock) implements Attempt {}

        /**
         * Another updater holds it.
         *
         * @param holder what that updater wrote about itself; empty when it did not get to it yet
         */
        record Busy(String holder) implements Attempt {}
    }

    /**
     * Tries to get the lock, without waiting. To be called once in a process: a second call while the first one's lock
     * is held gets {@link Busy}, but its closing of the file can cost the first one its lock against other processes.
     *
     * @param state the state directory, open until the lock is closed
     * @param holder what another updater reads about this one: process id, start, command
     * @throws IOException when the lock's file cannot be created or opened, or {@code holder} neither be written nor what
     *     was there be removed; the lock is not held then
     */
    public static Attempt tryAcquire(Directory state, String holder) throws IOException {
        FileChannel channel = open(state);
        boolean held = false;
        try {
            FileLock lock = lock(channel);
            if (lock == null) {
                return new Attempt.Busy(holder(state));
            }
            tell(state, holder);
            held = true;
            return new Attempt.Acquired(new UpdaterLock(state, channel));
        } finally {
            if (!held) {
                channel.close();
            }
        }
    }

    /**
     * A recovery on a full disk must get the lock all the same; it must not pass for the updater that had it before.
     */
    private static void tell(Directory state, String holder) throws IOException {
        try {
            SmallFile.replace(state, HOLDER, holder.getBytes(StandardCharsets.UTF_8), 0644);
        } catch (IOException e) {
            if (state.lookup(HOLDER).isPresent()) {
                state.delete(HOLDER);
            }
        }
    }

    /** Returns what the last holder wrote about itself, whether it still lives or not. */
    public static String holder(Directory state) throws IOException {
        Optional<byte[]> content = SmallFile.read(state, HOLDER, LONGEST_HOLDER);
        return content.map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("");
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very process.
            return null;
        }
    }

    private static FileChannel open(Directory state) throws IOException {
        try {
            return state.create(LOCK, 0600);
        } catch (FileAlreadyExistsException e) {
            try (Pinned file = state.pin(LOCK)) {
                return file.write();
            }
        }
    }

    /**
     * Releases the lock. Its file stays: removing it would let two others lock one each. What this process wrote about itself
     * goes, before another one may write; where it cannot, readers see that the process is gone.
     */
    @Override
    public void close() throws IOException {
        try {
            if (state.lookup(HOLDER).isPresent()) {
                state.delete(HOLDER);
            }
        } catch (IOException e) {
            // No reason to fail what was done under the lock.
        } finally {
            channel.close();
        }
    }
}
