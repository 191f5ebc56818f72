package updater.transaction.context;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tell one boot of the host from another. */
public final class BootId {
    private final Path file;

    /** @param file where the kernel says it; {@code /proc/sys/kernel/random/boot_id} on Linux */
    public BootId(Path file) {
        this.file = file;
    }

    public static BootId ofHost() {
        return new BootId(Path.of("/proc/sys/kernel/random/boot_id"));
    }

    /** Returns what is the same until the host boots again, empty where that cannot be told. */
    public String current() {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Returns whether the host has certainly booted since. */
    public boolean bootedSince(String earlier) {
        String now = current();
        return !earlier.isEmpty() && !now.isEmpty() && !now.equals(earlier);
    }
}
