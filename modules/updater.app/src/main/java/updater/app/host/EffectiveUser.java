package updater.app.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numeric user whose rights this process has.
 *
 * <p>On Linux the kernel tells it in {@code /proc/self/status}. The owners in {@code /proc} do not: the link {@code
 * /proc/self} is root's for every process, and the directory behind it is root's for a process that may not be dumped,
 * such as one whose effective user is not its real one. Elsewhere it is the owner of a file that this process creates.
 *
 * @param proc where the kernel tells of processes; need not be there
 * @param temporary a directory that this process can create a file in
 */
public record EffectiveUser(Path proc, Path temporary) {
    private static final long UNKNOWN = -1;

    /** Real, effective, saved and file system's user: proc_pid_status(5). */
    private static final Pattern USERS = Pattern.compile("^Uid:\\s+\\d+\\s+(\\d+)\\s", Pattern.MULTILINE);

    static EffectiveUser ofThisProcess() {
        return new EffectiveUser(Path.of("/proc"), Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
    }

    /** Returns the user's number; negative where the host has none. */
    public long id() {
        try {
            // The name of the program may hold any byte, but no line feed: the kernel escapes it.
            String status = Files.readString(proc.resolve("self/status"), StandardCharsets.ISO_8859_1);
            Matcher users = USERS.matcher(status);
            return users.find() ? Long.parseLong(users.group(1)) : ownerOfWhatItCreates();
        } catch (IOException e) {
            return ownerOfWhatItCreates();
        }
    }

    private long ownerOfWhatItCreates() {
        try {
            Path file = Files.createTempFile(temporary, "updater", null);
            try {
                return ((Number) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue();
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return UNKNOWN;
        }
    }
}
