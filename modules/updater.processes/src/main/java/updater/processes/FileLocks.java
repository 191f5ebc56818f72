package updater.processes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The locks that processes hold on files, as the kernel lists them (proc_locks(5)). Looking takes no lock, and waits for
 * none.
 *
 * @param proc where the kernel tells of processes; need not be there
 */
public record FileLocks(Path proc) {
    private static final int MODE = 3;
    private static final int HOLDER = 4;
    private static final int FILE = 5;

    /** Returns the number of a process that has locked a file for itself alone; empty when none has, or it cannot be told. */
    public Optional<Long> holder(Path file) {
        try {
            String inode = ":" + Files.getAttribute(file, "unix:ino");
            for (String line : Files.readAllLines(proc.resolve("locks"), StandardCharsets.ISO_8859_1)) {
                List<String> fields = List.of(line.strip().split("\\s+"));
                // What waits for a lock has an arrow in the place of the kind.
                if (fields.size() > FILE
                        && fields.get(MODE).equals("WRITE")
                        && fields.get(FILE).endsWith(inode)
                        && fields.get(HOLDER).matches("[1-9][0-9]{0,9}")
                        && hasOpen(Long.parseLong(fields.get(HOLDER)), file)) {
                    return Optional.of(Long.valueOf(fields.get(HOLDER)));
                }
            }
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            // There is no such file, or no such list.
        }
        return Optional.empty();
    }

    /** The list has the number of a device that is not the file's own on overlayfs and btrfs, so the holder is asked. */
    private boolean hasOpen(long pid, Path file) throws IOException {
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(proc.resolve(Long.toString(pid)).resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (isSame(descriptor, file)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isSame(Path descriptor, Path file) {
        try {
            return Files.isSameFile(descriptor, file);
        } catch (IOException e) {
            // It was closed meanwhile, or is a file of another namespace.
            return false;
        }
    }
}
