package updater.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tell whether a process lives. {@link ProcessHandle} calls one alive that has ended and was not waited for. */
final class Liveness {
    private final Path proc;

    /** @param proc where the kernel tells of processes; need not be there */
    Liveness(Path proc) {
        this.proc = proc;
    }

    boolean test(long pid) {
        return ProcessHandle.of(pid).isPresent() && !isZombie(pid);
    }

    /** The state follows the name, which is in parentheses and may hold some itself: proc(5). */
    private boolean isZombie(long pid) {
        try {
            String stat =
                    Files.readString(proc.resolve(Long.toString(pid)).resolve("stat"), StandardCharsets.ISO_8859_1);
            return stat.startsWith(") Z", stat.lastIndexOf(')'));
        } catch (IOException e) {
            return false;
        }
    }
}
