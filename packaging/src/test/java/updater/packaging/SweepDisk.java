package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A file system in an image in memory, with processes of its own. They and the mount end with this virtual machine
 * ({@link MountHolder}).
 */
final class SweepDisk implements AutoCloseable {

    private static final Duration MOUNTING = Duration.ofSeconds(60);
    private static final Duration RUNNING = Duration.ofSeconds(60);

    private final MountHolder holder;

    private SweepDisk(MountHolder holder) {
        this.holder = holder;
    }

    /** @param type ext4 or xfs */
    static SweepDisk mount(String type, int mebibytes, String options) {
        List<String> arguments = List.of("sweep", "hold", type, Integer.toString(mebibytes), options);
        SweepDisk disk = new SweepDisk(MountHolder.start("sweep.sh", arguments, MOUNTING));
        try {
            Files.writeString(disk.at("/mnt/sweep.sh"), MountHolder.resource("sweep.sh"));
            return disk;
        } catch (IOException e) {
            disk.close();
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a file in here, by its absolute path inside, as seen from this virtual machine. */
    Path at(String inside) {
        return holder.at(inside);
    }

    /** Starts a program in here. */
    ProcessBuilder prepare(String... command) {
        List<String> argv = new ArrayList<>(List.of("nsenter", "-t", Long.toString(holder.pid()), "-m", "-p", "--"));
        argv.addAll(List.of(command));
        return Command.prepare(argv);
    }

    /** Runs one part of the script to its end. */
    Command.Result sweep(String... arguments) {
        List<String> argv = new ArrayList<>(List.of("sh", "/mnt/sweep.sh"));
        argv.addAll(List.of(arguments));
        ProcessBuilder builder = prepare(argv.toArray(String[]::new));
        try {
            return Command.finish(RUNNING, argv, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        holder.close();
    }
}
