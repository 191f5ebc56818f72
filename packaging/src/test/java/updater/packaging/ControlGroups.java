package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The control group of one box, in each hierarchy a systemd works in. Two boxes in one group would kill each other's services.
 *
 * <p>Unlike mounts and processes, a group outlives the JVM that made it, so making one removes those of JVMs that are gone.
 */
record ControlGroups(List<Path> directories) {

    private static final String PREFIX = "updater-box-";

    static ControlGroups create() {
        long jvm = ProcessHandle.current().pid();
        List<Path> created = new ArrayList<>();
        try {
            String name = PREFIX + jvm + "-" + Long.toHexString(System.nanoTime());
            for (Path hierarchy : hierarchies()) {
                removeAbandoned(hierarchy);
                created.add(Files.createDirectory(hierarchy.resolve(name)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("control groups cannot be made here, so no box can be booted", e);
        }
        return new ControlGroups(List.copyOf(created));
    }

    /** Returns a shell command that moves the shell that runs it into these groups. */
    String joining() {
        return joining(directories);
    }

    /** Returns a shell command that moves the shell that runs it to where a process of this box is. */
    String joining(long process) {
        try {
            List<String> groups = Files.readAllLines(Path.of("/proc/" + process + "/cgroup"));
            return joining(groups.stream()
                    .map(line -> line.substring(line.indexOf(':', line.indexOf(':') + 1) + 2))
                    .distinct()
                    .flatMap(group -> directories.stream()
                            .filter(directory -> group.startsWith(directory.getFileName() + "/"))
                            .map(directory -> directory.resolveSibling(group)))
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String joining(List<Path> groups) {
        return groups.stream()
                .map(group -> "echo 0 >'" + group.resolve("cgroup.procs") + "'")
                .collect(Collectors.joining(" && "));
    }

    /** Removes what is below the groups; every process must be gone or going. */
    void clear() {
        for (Path directory : directories) {
            try (Stream<Path> children = Files.list(directory)) {
                children.filter(Files::isDirectory).forEach(ControlGroups::remove);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    void remove() {
        directories.forEach(ControlGroups::remove);
    }

    private static void remove(Path group) {
        Await.until(Duration.ofSeconds(10), "control group " + group + " is empty", () -> tryToRemove(group));
    }

    private static boolean tryToRemove(Path group) throws IOException {
        if (!Files.exists(group)) {
            return true;
        }
        try (Stream<Path> tree = Files.walk(group)) {
            for (Path directory : tree.filter(Files::isDirectory)
                    .sorted(Comparator.reverseOrder())
                    .toList()) {
                Files.deleteIfExists(directory);
            }
            return true;
        } catch (FileSystemException | UncheckedIOException e) {
            // Busy while its last process is dying, or changed by systemd meanwhile.
            return false;
        }
    }

    private static void removeAbandoned(Path hierarchy) throws IOException {
        try (Stream<Path> groups = Files.list(hierarchy)) {
            for (Path group : groups.toList()) {
                String name = group.getFileName().toString();
                if (!name.startsWith(PREFIX)) {
                    continue;
                }
                long jvm = Long.parseLong(name.substring(PREFIX.length(), name.lastIndexOf('-')));
                if (ProcessHandle.of(jvm).isEmpty()) {
                    tryToRemove(group);
                }
            }
        }
    }

    /** The unified hierarchy and systemd's named one; a host has the first, the second, or both. */
    private static List<Path> hierarchies() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String[] fields = line.split(" ", -1);
            boolean named = fields[2].equals("cgroup")
                    && List.of(fields[3].split(",", -1)).contains("name=systemd");
            if (fields[2].equals("cgroup2") || named) {
                found.add(Path.of(fields[1]));
            }
        }
        if (found.isEmpty()) {
            throw new IOException("no control group hierarchy is mounted");
        }
        return found;
    }
}
