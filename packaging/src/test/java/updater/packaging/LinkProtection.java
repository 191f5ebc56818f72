package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The kernel's protection of hard and symbolic links, taken away until this is closed, or the virtual machine ends. It is this host's,
 * and not a box's: to be held for as short a time as can be.
 */
final class LinkProtection implements AutoCloseable {
    private static final List<Path> SETTINGS =
            List.of(Path.of("/proc/sys/fs/protected_hardlinks"), Path.of("/proc/sys/fs/protected_symlinks"));

    private final Map<Path, String> before = new LinkedHashMap<>();
    private final Thread atEnd = new Thread(this::restore);

    private LinkProtection() {}

    static boolean canBeTakenAway() {
        return SETTINGS.stream().allMatch(Files::isWritable);
    }

    static LinkProtection takeAway() {
        LinkProtection taken = new LinkProtection();
        try {
            for (Path setting : SETTINGS) {
                taken.before.put(setting, Files.readString(setting));
            }
            Runtime.getRuntime().addShutdownHook(taken.atEnd);
            for (Path setting : SETTINGS) {
                Files.writeString(setting, "0\n");
            }
            return taken;
        } catch (IOException e) {
            taken.restore();
            throw new UncheckedIOException(e);
        }
    }

    private void restore() {
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
    }
}
