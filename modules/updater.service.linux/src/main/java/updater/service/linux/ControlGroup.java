package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The control group of a unit, with the groups that the unit's processes have made within it.
 *
 * @param root where {@code sys/} and {@code proc/} are looked up
 * @param path as systemd names it, e.g. {@code /system.slice/agent.service}; empty when the unit has none
 */
record ControlGroup(Path root, String path) {
    /** Unified, hybrid and legacy hosts, in this order; what does not exist is empty. */
    private static final List<String> HIERARCHIES = List.of("", "unified", "systemd");

    /** An agent that makes more groups than this is watched by those that come first. */
    private static final int MAX_GROUPS = 1_000;

    /** Returns the numbers of the processes in it. */
    Set<Long> processes() {
        Set<Long> found = new LinkedHashSet<>();
        if (path.length() <= 1) {
            return found;
        }
        for (String hierarchy : HIERARCHIES) {
            Deque<Path> groups = new ArrayDeque<>();
            groups.add(root.resolve("sys/fs/cgroup").resolve(hierarchy).resolve(path.substring(1)));
            for (int seen = 0; !groups.isEmpty() && seen < MAX_GROUPS; seen++) {
                Path group = groups.remove();
                addMembers(group, found);
                addChildren(group, groups);
            }
        }
        return found;
    }

    private static void addMembers(Path group, Set<Long> found) {
        try {
            Files.readAllLines(group.resolve("cgroup.procs")).forEach(pid -> found.add(Long.valueOf(pid)));
        } catch (IOException | NumberFormatException e) {
            // It is gone, or holds threads only.
        }
    }

    private static void addChildren(Path group, Deque<Path> groups) {
        try (DirectoryStream<Path> children =
                Files.newDirectoryStream(group, child -> Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS))) {
            children.forEach(groups::add);
        } catch (IOException e) {
            // It is gone.
        }
    }

    /**
     * Returns whether a process is in another service's group. What left its own group without entering another
     * service's, as an agent does that a script starts through {@code su}, is in a scope or in no unit at all.
     */
    boolean isElsewhere(long pid) {
        String service = serviceOf(root, pid);
        return !service.isEmpty() && !service.equals(path.substring(path.lastIndexOf('/') + 1));
    }

    /** Returns the service in whose group a process is, the innermost of them; empty when it is in none. */
    static String serviceOf(Path root, long pid) {
        try {
            return Files.readAllLines(
                            root.resolve("proc").resolve(Long.toString(pid)).resolve("cgroup"),
                            StandardCharsets.ISO_8859_1)
                    .stream()
                    .map(line -> line.split(":", 3))
                    .filter(parts -> parts.length == 3 && (parts[1].isEmpty() || parts[1].equals("name=systemd")))
                    .flatMap(parts -> List.of(parts[2].split("/", -1)).stream())
                    .filter(name -> name.endsWith(".service"))
                    .reduce((outer, inner) -> inner)
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
