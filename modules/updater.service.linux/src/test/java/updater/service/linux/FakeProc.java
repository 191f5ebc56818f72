package updater.service.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The processes of a host that is a directory, as {@code /proc} shows them; without it, this host's own would be seen. */
record FakeProc(Path root) {
    /** Returns one without processes, but for the one that looks. */
    static FakeProc in(Path root) throws IOException {
        FakeProc proc = new FakeProc(root);
        Path random = Files.createDirectories(root.resolve("proc/sys/kernel/random"));
        Files.writeString(random.resolve("boot_id"), "a boot\n");
        proc.add("self");
        return proc;
    }

    void add(String pid) throws IOException {
        Path directory = Files.createDirectories(root.resolve("proc").resolve(pid));
        Files.writeString(directory.resolve("stat"), pid + " (agent) S" + " 1".repeat(30) + "\n");
    }

    void remove(String pid) throws IOException {
        Files.deleteIfExists(root.resolve("proc").resolve(pid).resolve("stat"));
    }

    /** Returns how many were added and not removed. */
    int count() throws IOException {
        try (Stream<Path> all = Files.list(root.resolve("proc"))) {
            return (int) all.filter(process -> process.getFileName().toString().matches("[0-9]+"))
                    .filter(process -> Files.exists(process.resolve("stat")))
                    .count();
        }
    }
}
