package updater.packaging;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A file system in an image in memory, with processes of its own. They and the mount end with the process that holds the
 * namespaces, which ends with this virtual machine.
 */
final class SweepDisk implements AutoCloseable {

    private static final Duration MOUNTING = Duration.ofSeconds(60);
    private static final Duration RUNNING = Duration.ofSeconds(60);

    private final Process unshare;
    private final long holder;

    private SweepDisk(Process unshare, long holder) {
        this.unshare = unshare;
        this.holder = holder;
    }

    /** @param type ext4 or xfs */
    static SweepDisk mount(String type, int mebibytes, String options) {
        List<String> command = List.of(
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                script(),
                "sweep",
                "hold",
                type,
                Integer.toString(mebibytes),
                options);
        try {
            Process unshare = Command.prepare(command)
                    .redirectInput(ProcessBuilder.Redirect.PIPE)
                    .redirectErrorStream(true)
                    .start();
            awaitMounted(unshare);
            SweepDisk disk = new SweepDisk(
                    unshare, unshare.children().findFirst().orElseThrow().pid());
            Files.writeString(disk.at("/mnt/sweep.sh"), script());
            return disk;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitMounted(Process unshare) throws IOException {
        StringBuilder said = new StringBuilder();
        BufferedReader reader = unshare.inputReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.equals("mounted")) {
                return;
            }
            said.append(line).append('\n');
        }
        throw new AssertionError("the disk cannot be mounted: " + said);
    }

    private static String script() {
        return resource("sweep.sh");
    }

    static String resource(String name) {
        try (InputStream in = SweepDisk.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a file in here, by its absolute path inside, as seen from this virtual machine. */
    Path at(String inside) {
        return Path.of("/proc/" + holder + "/root" + inside);
    }

    /** Starts a program in here. */
    ProcessBuilder prepare(String... command) {
        List<String> argv = new ArrayList<>(List.of("nsenter", "-t", Long.toString(holder), "-m", "-p", "--"));
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
        try {
            unshare.getOutputStream().close();
            if (!unshare.waitFor(MOUNTING.toMillis(), TimeUnit.MILLISECONDS)) {
                unshare.destroyForcibly();
                throw new AssertionError("the disk does not go away");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            unshare.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
