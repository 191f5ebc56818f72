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
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import updater.testkit.ProcessTree;

/**
 * A process in mount and PID namespaces of its own, in which a script has mounted disks.
 *
 * <p>It ends when its standard input does. The JVM holds the other end, so nothing of it outlives the tests, not even when
 * they are killed.
 */
final class MountHolder implements AutoCloseable {
    private final Process unshare;
    private final long pid;
    private final Duration bound;

    private MountHolder(Process unshare, long pid, Duration bound) {
        this.unshare = unshare;
        this.pid = pid;
        this.bound = bound;
    }

    /**
     * Starts a script of this package's resources, which says {@code mounted} on a line of its own, and waits until it has.
     *
     * @param arguments of the script; the first is what it calls itself
     * @param bound how long the end may take
     */
    static MountHolder start(String script, List<String> arguments, Duration bound) {
        List<String> command = new ArrayList<>(List.of(
                "unshare", "--pid", "--fork", "--kill-child", "--mount", "--propagation", "private", "sh", "-c"));
        command.add(resource(script));
        command.addAll(arguments);
        try {
            Process unshare = Command.prepare(command)
                    .redirectInput(ProcessBuilder.Redirect.PIPE)
                    .redirectErrorStream(true)
                    .start();
            awaitMounted(unshare);
            return new MountHolder(
                    unshare, unshare.children().findFirst().orElseThrow().pid(), bound);
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
        throw new AssertionError("the disks cannot be mounted: " + said);
    }

    static String resource(String name) {
        try (InputStream in = MountHolder.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the process whose namespaces these are. */
    long pid() {
        return pid;
    }

    /** Returns a file in here, by its absolute path inside, as seen from this virtual machine. */
    Path at(String inside) {
        return Path.of("/proc/" + pid + "/root" + inside);
    }

    /** Unmounts everything and kills whatever still runs in here. Idempotent. */
    @Override
    public void close() {
        ProcessTree.whileEnding(this::end);
    }

    private void end() {
        try {
            unshare.getOutputStream().close();
            if (!unshare.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                unshare.destroyForcibly();
                throw new AssertionError("the disks do not go away");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            unshare.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
