package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** What a {@link SweepHost} is offered from its next reset on, and what its agents do besides. */
final class SweepOffer {
    static final int FAILED = 3;

    private static final int PAYLOAD = 1 << 20;

    private final SweepHost host;
    private final Map<Integer, Judge> judges = new TreeMap<>();

    SweepOffer(SweepHost host) {
        this.host = host;
    }

    /** Gives both versions something to copy, and takes away the name of a file that lies in another directory. */
    static void load(SweepHost host) {
        try {
            // Its second name is in a directory that some disks are mounted on.
            Files.delete(host.disk().at("/mnt/disk/old/storage/twin"));
            Random random = new Random(1);
            payload(random, host.disk().at("/mnt/disk/old/storage/data"));
            payload(random, host.disk().at("/mnt/disk/old/plugins/payload"));
            payload(random, host.disk().at("/mnt/disk/new/plugins/payload"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void payload(Random random, Path file) throws IOException {
        byte[] bytes = new byte[PAYLOAD];
        random.nextBytes(bytes);
        Files.write(file, bytes);
    }

    /** Offers a version whose agent reports that. */
    void reporting(int report) {
        Path agent = host.disk().at("/mnt/disk/new/agent");
        try {
            String script = Files.readString(agent).replaceFirst("(?m)^report=[03]$", "report=" + report);
            FileTime time = Files.getLastModifiedTime(agent);
            Files.writeString(agent, script);
            Files.setLastModifiedTime(agent, time);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        judges.computeIfAbsent(report, any -> Judge.of(host));
    }

    /** Returns what judges an offer of an agent that reports that. */
    Judge judge(int report) {
        return judges.get(report);
    }

    /** Until the next reset, agents run the script when they stop, {@code /mnt/at-stop}, or start, {@code /mnt/at-start}. */
    void hook(String file, String script) {
        if (script.isEmpty()) {
            return;
        }
        SmallDisk.write(host, file, script);
        try {
            Files.setPosixFilePermissions(host.disk().at(file), PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
