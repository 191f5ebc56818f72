package updater.packaging;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What a box keeps while it is off: overlay and disks, mounted in a mount namespace of their own.
 *
 * <p>The namespaces belong to one process that ends when its standard input does. The JVM holds the other end, so nothing of a box outlives
 * the tests, not even when they are killed.
 */
final class BoxDisk implements AutoCloseable {

    private static final Duration MOUNTING = Duration.ofSeconds(20);

    /** What this host's administrator starts or installed by hand is not in the box. */
    private static final String HIDDEN = "etc/systemd/system etc/systemd/system.conf.d"
            + " etc/rc0.d etc/rc1.d etc/rc2.d etc/rc3.d etc/rc4.d etc/rc5.d etc/rc6.d etc/rcS.d opt";

    private final Process unshare;
    private final long holder;

    private BoxDisk(Process unshare, long holder) {
        this.unshare = unshare;
        this.holder = holder;
    }

    static BoxDisk mount(BoxSpec spec) {
        List<String> command = new ArrayList<>(List.of(
                "unshare", "--pid", "--fork", "--kill-child", "--mount", "--propagation", "private", "sh", "-c"));
        command.add(script());
        command.add("box.sh");
        command.add(spec.lower().toString());
        command.add(spec.lower().equals(Path.of("/")) ? HIDDEN : "opt");
        for (Disk disk : spec.disks()) {
            command.add(disk.type().name().toLowerCase(Locale.ROOT));
            command.add(Integer.toString(disk.mebibytes()));
            command.add(disk.options());
            command.add(String.join(":", disk.mountPoints()));
        }
        try {
            Process unshare = Command.prepare(command)
                    .redirectInput(ProcessBuilder.Redirect.PIPE)
                    .redirectErrorStream(true)
                    .start();
            awaitMounted(unshare);
            long holder = unshare.children().findFirst().orElseThrow().pid();
            return new BoxDisk(unshare, holder);
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
        throw new AssertionError("the disk of a box cannot be mounted: " + said);
    }

    private static String script() {
        try (InputStream in = BoxDisk.class.getResourceAsStream("box.sh")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the process whose mount and PID namespaces a box is booted in. */
    long holder() {
        return holder;
    }

    /** Returns the directory, in the holder's mount namespace, that is the root of the box. */
    String rootInside() {
        return "/mnt/root";
    }

    /** Returns the root of the box, seen from here; absolute symbolic links below it lead out of it. */
    Path root() {
        return seenFromHere(rootInside());
    }

    /** Returns a file for what the console shows, gone with the disk. */
    Path console() {
        return seenFromHere("/mnt/console");
    }

    /** Returns the image behind a disk of the specification, counted from 1, seen from here. */
    Path image(int number) {
        return seenFromHere("/mnt/disks/" + number + ".img");
    }

    /** Runs a program among the mounts of this disk, outside of the box, whether it is on or off; {@code /mnt/disks/N} are the disks. */
    Command.Result exec(String... command) {
        List<String> argv = new ArrayList<>(List.of("nsenter", "-t", Long.toString(holder), "-m", "--"));
        argv.addAll(List.of(command));
        return Command.run(MOUNTING, argv);
    }

    private Path seenFromHere(String inside) {
        return Path.of("/proc/" + holder + "/root" + inside);
    }

    /** Unmounts everything and kills whatever still runs in the box. Idempotent. */
    @Override
    public void close() {
        try {
            unshare.getOutputStream().close();
            if (!unshare.waitFor(MOUNTING.toMillis(), TimeUnit.MILLISECONDS)) {
                unshare.destroyForcibly();
                throw new AssertionError("the disk of a box does not go away");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            unshare.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
