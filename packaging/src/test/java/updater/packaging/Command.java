package updater.packaging;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs with a known environment, an end and both outputs kept. */
final class Command {

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME", "/root",
            "LANG", "C.UTF-8");

    private static final File NOTHING = new File("/dev/null");

    private static final Duration STANDSTILL = Duration.ofSeconds(2);

    private Command() {}

    /** What a program that ended by itself left. */
    record Result(List<String> command, int exit, String out, String err) {

        /** Returns standard output without surrounding white space, or fails when the program did not exit with 0. */
        String ok() {
            if (exit != 0) {
                throw new AssertionError(this);
            }
            return out.strip();
        }

        @Override
        public String toString() {
            return String.join(" ", command) + "\nexit code " + exit + "\n" + out + err;
        }
    }

    /** Prepares a program whose input is empty; the environment is a login shell's, not that of the tests. */
    static ProcessBuilder prepare(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(NOTHING));
        builder.environment().clear();
        builder.environment().putAll(ENVIRONMENT);
        return builder;
    }

    static Result run(Duration limit, String... command) {
        return run(limit, List.of(command));
    }

    /** Runs a program to its end, or fails after {@code limit} having killed it and all it started. */
    static Result run(Duration limit, List<String> command) {
        try {
            return finish(limit, command, prepare(command).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a program started from {@link #prepare}, whose outputs nobody has read. */
    static Result finish(Duration limit, List<String> command, Process process) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Thread outReader = drain(process.getInputStream(), out);
        Thread errReader = drain(process.getErrorStream(), err);
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                killTree(process.toHandle());
                throw new AssertionError("still running after " + limit.toMillis() + " ms: "
                        + String.join(" ", command) + "\n" + out.toString(StandardCharsets.UTF_8)
                        + err.toString(StandardCharsets.UTF_8));
            }
            // A background process may hold the pipes open for ever; what the program itself wrote has arrived.
            outReader.join(Duration.ofSeconds(1));
            errReader.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            killTree(process.toHandle());
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + command, e);
        }
        return new Result(
                command,
                process.exitValue(),
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }

    static void killTree(ProcessHandle process) {
        // One that stands still starts nothing that would be missed.
        if (process.isAlive()) {
            run(STANDSTILL, "kill", "-STOP", Long.toString(process.pid()));
        }
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process);
        all.forEach(ProcessHandle::destroyForcibly);
        // What writes into a directory until its end is gone before that is removed.
        for (ProcessHandle each : all) {
            each.onExit()
                    .completeOnTimeout(each, STANDSTILL.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }
    }

    private static Thread drain(InputStream from, ByteArrayOutputStream to) {
        return Thread.ofVirtual().start(() -> {
            try (from) {
                from.transferTo(to);
            } catch (IOException e) {
                // The pipe of a killed program; what came before it is kept.
            }
        });
    }
}
