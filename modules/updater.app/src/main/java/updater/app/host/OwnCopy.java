package updater.app.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.TreeRemoval;

/**
 * The runtime that was copied into the state directory for one process, by its launcher or by the updater that it was before. Its
 * name has the process in it, and when that began, which both stay when a process becomes another program.
 */
public record OwnCopy(Disk disk, Path javaHome, long pid) {
    private static final String PREFIX = "runtime-";
    private static final int START_TIME = 22;

    /** Returns the name of a copy for this process. */
    public static String name(long pid) {
        return PREFIX + pid + "-" + birth();
    }

    /** The launcher finds by it whether the process that made a copy still lives. */
    private static String birth() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
            // Behind the name, which may hold blanks, comes the third of the fields.
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[START_TIME - 3];
        } catch (IOException | IndexOutOfBoundsException e) {
            return "0";
        }
    }

    /**
     * Removes the copy that this process runs from, unless it has become the installed one. This process must start no command
     * any more. Where it fails, the next launcher removes it. Idempotent.
     */
    public void discard() {
        Path parent = javaHome.getParent();
        String name = name(pid);
        if (parent == null || !name.equals(String.valueOf(javaHome.getFileName())) || isInstalled(parent)) {
            return;
        }
        try (Directory state = disk.open(parent)) {
            TreeRemoval.remove(state, name);
        } catch (IOException e) {
            // The process is gone when the next launcher looks for it.
        }
    }

    private boolean isInstalled(Path parent) {
        try {
            return parent.resolve("runtime").toRealPath().equals(javaHome.toRealPath());
        } catch (IOException e) {
            return false;
        }
    }
}
