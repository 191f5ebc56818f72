package updater.api.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** A program for agents of worlds with real processes: a script that says which one runs. */
public final class ShellAgent {
    private static final Path SAID = Path.of("log/running");

    private static final Duration ENOUGH = Duration.ofSeconds(5);

    private ShellAgent() {}

    /**
     * Returns the text of a program for home's own directory.
     *
     * @param name one that begins with {@code ends} ends at once
     * @param more lines that it runs first
     */
    public static String program(String name, String more) {
        return """
                #!/bin/sh
                cd "$(dirname "$0")"
                """
                + more
                + "echo \"$$ " + name + "\" >" + SAID + ".new && mv " + SAID + ".new " + SAID + "\n"
                + (name.startsWith("ends") ? "exit 1\n" : WAITING);
    }

    /** Reading from a pipe that nobody writes into waits without a child that would outlive a killed shell. */
    public static final String WAITING = """
            [ -p log/pipe ] || mkfifo log/pipe
            exec 3<>log/pipe
            while :; do read -r line <&3; done
            """;

    /** How many processes an agent has. */
    @FunctionalInterface
    public interface Processes {
        int count() throws Exception;
    }

    /**
     * Returns the name of the program that runs; empty when none does. What it starts to begin with, and one that is still
     * ending, have a while.
     */
    public static String running(Path home, Processes processes) throws IOException {
        try {
            long start = System.nanoTime();
            int now = processes.count();
            Optional<String> said = said(home);
            while (now != 0 && (now > 1 || said.isEmpty()) && System.nanoTime() - start < ENOUGH.toNanos()) {
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
                now = processes.count();
                said = said(home);
            }
            return now == 0 ? "" : said.orElse(now + " processes that have said nothing");
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Returns what the process said that lives. */
    private static Optional<String> said(Path home) throws IOException {
        Path file = home.resolve(SAID);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String[] said = Files.readString(file).strip().split(" ", 2);
        return ProcessHandle.of(Long.parseLong(said[0])).map(alive -> said[1]);
    }
}
