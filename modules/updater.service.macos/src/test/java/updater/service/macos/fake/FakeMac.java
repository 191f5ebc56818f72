package updater.service.macos.fake;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import updater.api.Ticker;
import updater.api.service.Commands.Result;

/**
 * A host with launchd under a directory: {@code bin/launchctl}, {@code bin/ps}, {@code usr/bin/xattr} and
 * {@code Library/LaunchDaemons}, with real processes.
 *
 * <p>{@code launchctl} is a small shell script that hands its arguments to the {@link FakeLaunchd} of this process and
 * prints what comes back, so that any process can call it.
 */
public final class FakeMac implements AutoCloseable {
    private static final String LAUNCHCTL = """
            #!/bin/sh
            # Hands its arguments to the launchd of the test.
            run='@RUN@'
            call=$(mktemp -d "$run/call.XXXXXX") || exit 70
            mkfifo "$call/reply" || exit 70
            # Open for both: neither side waits for the other to open it.
            exec 3<>"$call/reply"
            { printf '%s' "$call"; for argument; do printf '\\037%s' "$argument"; done; echo; } >"$call/request"
            cat "$call/request" >"$run/requests"
            read -r code <&3
            cat "$call/out"
            cat "$call/err" >&2
            rm -r "$call"
            exit "$code"
            """;

    /** Says of every file that it has no such attribute, as of nearly every file it is true. */
    private static final String XATTR = """
            #!/bin/sh
            # xattr -d -s NAME FILE...
            echo "$@" >>'@RUN@/xattr.log'
            name=$3
            shift 3
            for file; do
                echo "xattr: $file: No such xattr: $name" >&2
            done
            [ $# -eq 0 ]
            """;

    private final Path run;
    private final RandomAccessFile requests;
    private final FakeLaunchd launchd;
    private final Thread server;
    private final Thread heart;
    private volatile boolean closing;

    /** @param clock launchd's own clock, which may run faster than that of the host */
    public FakeMac(Path root, Ticker clock) throws IOException, InterruptedException {
        this.run = Files.createDirectories(root.resolve("private/var/run/launchd"));
        Files.createDirectories(root.resolve("Library/LaunchDaemons"));
        script(root.resolve("bin/launchctl"), LAUNCHCTL);
        script(root.resolve("usr/bin/xattr"), XATTR);
        // The interpreter of agents that are scripts.
        Files.createSymbolicLink(root.resolve("bin/sh"), Path.of("/bin/sh"));
        if (Files.exists(Path.of("/bin/ps"))) {
            script(root.resolve("bin/ps"), "#!/bin/sh\nexec /bin/ps \"$@\"\n");
        }
        Path pipe = run.resolve("requests");
        int made = new ProcessBuilder("mkfifo", pipe.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (made != 0) {
            throw new IOException("mkfifo " + pipe + " ended with " + made);
        }
        // For both: so it always has a reader and a writer, and neither end is ever waited for.
        this.requests = new RandomAccessFile(pipe.toFile(), "rw");
        this.launchd = new FakeLaunchd(root, clock, new HostSpawner());
        this.server = Thread.ofPlatform().daemon().name("launchd").start(this::serve);
        this.heart = Thread.ofPlatform().daemon().name("launchd timer").start(this::beat);
    }

    private void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.replace("@RUN@", run.toString()));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    public FakeLaunchd launchd() {
        return launchd;
    }

    /** Returns what xattr was called with, one call a line. */
    public List<String> xattrCalls() throws IOException {
        Path log = run.resolve("xattr.log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private void serve() {
        try {
            while (!closing) {
                String line = requests.readLine();
                if (line != null && !line.isEmpty()) {
                    answer(new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void answer(String line) throws IOException {
        List<String> words = List.of(line.split("\037", -1));
        Path call = Path.of(words.getFirst());
        Optional<Result> result = launchd.launchctl(words.subList(1, words.size()));
        if (result.isEmpty() || !Files.exists(call.resolve("reply"))) {
            return;
        }
        Files.writeString(call.resolve("out"), result.get().out());
        Files.writeString(call.resolve("err"), result.get().err());
        try (RandomAccessFile reply = new RandomAccessFile(call.resolve("reply").toFile(), "rw")) {
            reply.write((result.get().exit() + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private void beat() {
        try {
            while (!closing) {
                launchd.tick();
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends every process it has started. */
    @Override
    public void close() throws IOException {
        closing = true;
        requests.write('\n');
        try {
            server.join();
            heart.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        requests.close();
        launchd.powerOff();
    }
}
