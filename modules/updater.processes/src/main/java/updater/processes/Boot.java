package updater.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The boot of the host that it runs since; its identifier tells it from others.
 *
 * @param file where the kernel keeps the identifier; {@code /proc/sys/kernel/random/boot_id} on Linux
 */
public record Boot(Path file) {
    /** Returns the boot of this host. */
    public static Boot ofHost() {
        return in(Path.of("/proc"));
    }

    static Boot in(Path proc) {
        return new Boot(proc.resolve("sys/kernel/random/boot_id"));
    }

    /** Returns the identifier, which is the same until the host boots again; empty where that cannot be told. */
    public String id() {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Returns whether the host has certainly booted since a boot with this identifier. */
    public boolean isAfter(String earlier) {
        String now = id();
        return !earlier.isEmpty() && !now.isEmpty() && !now.equals(earlier);
    }
}
