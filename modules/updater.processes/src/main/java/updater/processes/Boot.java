package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The boot of the host that it runs since; its identifier tells it from others.
 *
 * <p>The kernel's own identifier does not change where only a container boots. There the first process is another one, so
 * its start time is part of the identifier. Neither changes when systemd boots user space alone (soft-reboot): only who is
 * run by that boot knows of it.
 *
 * @param kernel where the kernel keeps its identifier; {@code /proc/sys/kernel/random/boot_id} on Linux
 * @param first what the kernel says of the first process; {@code /proc/1/stat} on Linux
 * @param underWay whether the boot is under way and waits for this process
 */
public record Boot(Path kernel, Path first, boolean underWay) {
    /** Returns the boot of this host. */
    public static Boot ofHost() {
        return in(Path.of("/proc"));
    }

    static Boot in(Path proc) {
        return new Boot(proc.resolve("sys/kernel/random/boot_id"), proc.resolve("1/stat"), false);
    }

    /** Returns this boot to a process that the boot itself has started, and waits for. */
    public Boot asUnderWay() {
        return new Boot(kernel, first, true);
    }

    /** Returns the identifier, which is the same until the host boots again; empty where that cannot be told. */
    public String id() {
        String started = ProcessStat.read(first).map(ProcessStat::startTime).orElse("");
        return started.isEmpty() ? kernelId() : kernelId() + "/" + started;
    }

    String kernelId() {
        try {
            return Files.readString(kernel, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Returns whether the host has certainly booted since a boot with this identifier. */
    public boolean isAfter(String earlier) {
        return underWay || differs(earlier, id());
    }

    /** What only one of the two has says nothing: an older updater did not note it, and not everybody may see it. */
    private static boolean differs(String earlier, String now) {
        return differs(part(earlier, 0), part(now, 0)) || differs(part(earlier, 1), part(now, 1));
    }

    private static boolean differs(Optional<String> earlier, Optional<String> now) {
        return earlier.isPresent() && now.isPresent() && !earlier.equals(now);
    }

    private static Optional<String> part(String id, int index) {
        String[] parts = id.split("/", 2);
        return index < parts.length && !parts[index].isEmpty() ? Optional.of(parts[index]) : Optional.empty();
    }
}
