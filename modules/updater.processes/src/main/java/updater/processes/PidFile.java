package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import updater.api.Reason;
import updater.api.UpdateFailure;
import updater.api.service.HostFiles;

/**
 * Keep on disk which process is the service's.
 *
 * <p>The first line is the process id in decimal, as everywhere; the second is the process's birth ({@link ProcessId}).
 * A file without the second line, written by something else, is believed when the process is not younger than the file, and is
 * none that a number was given to which somebody wrote by hand.
 * While a process is being started the first line is {@code starting PID} with the starter's id and birth.
 *
 * @param foreign why a process cannot be the service's, by its number; empty where it may be
 */
public record PidFile(Path path, HostFiles files, Processes processes, LongFunction<Optional<String>> foreign) {
    private static final String STARTING = "starting ";
    private static final int MODE = 0644;

    /** Keep a file that nobody writes by hand. */
    public PidFile(Path path, HostFiles files, Processes processes) {
        this(path, files, processes, pid -> Optional.empty());
    }

    /** Say what a pid file tells. */
    public sealed interface Content {}

    /** There is no pid file: nothing was started, or it was stopped. */
    public record Nothing() implements Content {}

    /** A start was announced, and no process has written itself down yet. */
    public record Starting(ProcessId starter) implements Content {}

    /** This process was started; whether it runs is another question. */
    public record Started(ProcessId process) implements Content {}

    /** There is a file, and no process that it can mean runs. */
    public record Gone(String reason) implements Content {}

    /**
     * Returns the real path of the directory it is in, where that is below home: there another user may exchange it for a
     * link, and the script that writes the file makes sure where it is. Empty elsewhere.
     */
    public String realDirectory(Path home) {
        Path directory = path.getParent();
        if (directory == null || !directory.startsWith(home)) {
            return "";
        }
        try {
            return home.toRealPath().resolve(home.relativize(directory)).toString();
        } catch (IOException e) {
            return directory.toString();
        }
    }

    public Content read() throws UpdateFailure.Service {
        Optional<byte[]> bytes;
        try {
            bytes = files.read(path);
        } catch (IOException e) {
            throw failure("read", e);
        }
        return bytes.map(found ->
                        new String(found, StandardCharsets.UTF_8).lines().toList())
                .map(this::parse)
                .orElseGet(Nothing::new);
    }

    private Content parse(List<String> lines) {
        String first = lines.isEmpty() ? "" : lines.getFirst().strip();
        String birth = lines.size() < 2 ? "" : lines.get(1).strip();
        boolean starting = first.startsWith(STARTING);
        String number = starting ? first.substring(STARTING.length()) : first;
        if (!number.matches("[1-9][0-9]{0,17}")) {
            return new Gone(path + " holds no process id");
        }
        long pid = Long.parseLong(number);
        if (starting) {
            return new Starting(new ProcessId(pid, birth));
        }
        return birth.isEmpty() ? believe(pid) : new Started(new ProcessId(pid, birth));
    }

    private Content believe(long pid) {
        try {
            boolean older = processes.startedBy(
                    pid,
                    Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant());
            Optional<ProcessId> process = older ? processes.find(pid) : Optional.empty();
            Optional<String> another = process.flatMap(found -> foreign.apply(pid));
            if (another.isPresent()) {
                return new Gone("process " + pid + " named by " + path + " is not the agent: " + another.get());
            }
            return process.<Content>map(Started::new)
                    .orElseGet(() -> new Gone("process " + pid + " named by " + path + " is gone"));
        } catch (IOException e) {
            return new Gone("cannot tell how old " + path + " is: " + Reason.of(e));
        }
    }

    /** Writes that a start is under way. Atomic and durable. */
    public void announce(ProcessId starter) throws UpdateFailure.Service {
        write(STARTING + starter.pid() + "\n" + starter.birth() + "\n");
    }

    /** Writes what was started. Atomic and durable. */
    public void record(ProcessId process) throws UpdateFailure.Service {
        write(process.pid() + "\n" + process.birth() + "\n");
    }

    /**
     * Waits for a process to write itself down, so that it does not do so after the file was removed again.
     *
     * @return whether it did; it may have ended instead, or be slow
     */
    public boolean awaitRecord(long pid, Patience patience, Duration bound) throws UpdateFailure.Service {
        return patience.until(() -> holds(pid) || processes.find(pid).isEmpty(), bound) && holds(pid);
    }

    private boolean holds(long pid) throws UpdateFailure.Service {
        return read() instanceof Started(ProcessId process) && process.pid() == pid;
    }

    private void write(String text) throws UpdateFailure.Service {
        try {
            files.write(path, text.getBytes(StandardCharsets.UTF_8), MODE);
        } catch (IOException e) {
            throw failure("write", e);
        }
    }

    /** Removes it. Idempotent. */
    public void delete() throws UpdateFailure.Service {
        try {
            files.delete(path);
        } catch (IOException e) {
            throw failure("remove", e);
        }
    }

    private UpdateFailure.Service failure(String verb, IOException cause) {
        return new UpdateFailure.Service(
                "could not " + verb + " the pid file " + path + ": " + Reason.at(cause),
                "It must be a regular file in a directory that the updater's user may write",
                cause);
    }
}
