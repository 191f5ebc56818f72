package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The kernel's protection of hard and symbolic links, taken away until this is closed, or the virtual machine ends. It is this host's,
 * and not a box's: to be held for as short a time as can be. Of virtual machines side by side one has it, as the others would take
 * what they find for what there was before.
 */
final class LinkProtection implements AutoCloseable {
    private static final List<Path> SETTINGS =
            List.of(Path.of("/proc/sys/fs/protected_hardlinks"), Path.of("/proc/sys/fs/protected_symlinks"));

    /** Its neighbour, since whoever closes one of a file's channels gives all of his locks on it back. */
    private static final Path LOCKED = Path.of("/proc/sys/fs/protected_fifos");

    private final Map<Path, String> before = new LinkedHashMap<>();
    private final Thread atEnd = new Thread(this::restore);
    private final FileChannel locked;
    private boolean restored;

    private LinkProtection(FileChannel locked) {
        this.locked = locked;
    }

    static boolean canBeTakenAway() {
        return Files.isWritable(LOCKED) && SETTINGS.stream().allMatch(Files::isWritable);
    }

    static LinkProtection takeAway() {
        FileChannel locked;
        try {
            locked = FileChannel.open(LOCKED, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LinkProtection taken = new LinkProtection(locked);
        try {
            locked.lock();
            for (Path setting : SETTINGS) {
                taken.before.put(setting, Files.readString(setting));
            }
            Runtime.getRuntime().addShutdownHook(taken.atEnd);
            taken.write();
            return taken;
        } catch (IOException e) {
            taken.close();
            throw new UncheckedIOException(e);
        }
    }

    /** Not behind the end of the virtual machine, which this thread may outlive. */
    private synchronized void write() throws IOException {
        if (!restored) {
            for (Path setting : SETTINGS) {
                Files.writeString(setting, "0\n");
            }
        }
    }

    private synchronized void restore() {
        restored = true;
        before.forEach((setting, value) -> {
            try {
                Files.writeString(setting, value);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Override
    public void close() {
        restore();
        Runtime.getRuntime().removeShutdownHook(atEnd);
        try {
            locked.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
