package updater.transaction.prepare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import updater.api.ServiceSpec;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.processes.FileLocks;
import updater.processes.Processes;
import updater.transaction.context.UpdateContext;

/**
 * The package managers of the host, which may be changing the very files of an update. Nothing here waits for them.
 *
 * @param root the root of the host's file system
 * @param updater the updater's own process
 */
record PackageManagers(Path root, UpdateContext context, Commands commands, Processes processes, long updater) {
    private static final List<Path> RPM = List.of(Path.of("/usr/bin/rpm"), Path.of("/bin/rpm"));
    private static final Duration ANSWER = Duration.ofSeconds(3);
    private static final long LONGEST_LIST = 64 << 20;

    private enum Manager {
        DPKG,
        RPM,
        APK
    }

    /** The files that they lock while they change the host. */
    private static final Map<String, Manager> LOCKS = new TreeMap<>(Map.of(
            "var/lib/dpkg/lock-frontend", Manager.DPKG,
            "var/lib/dpkg/lock", Manager.DPKG,
            "var/lib/rpm/.rpm.lock", Manager.RPM,
            "usr/lib/sysimage/rpm/.rpm.lock", Manager.RPM,
            "lib/apk/db/lock", Manager.APK,
            "usr/lib/apk/db/lock", Manager.APK));

    /**
     * A package manager at work.
     *
     * @param name of the process, with its number
     * @param owns whether files of home, or the service's definition, are known to be a package's
     */
    record Busy(String name, Path lock, boolean owns) {}

    /** Returns the one that is at work; empty when none is, or when it is the one that runs this updater. */
    Optional<Busy> busy() {
        Set<Long> above = processes.ancestors(updater);
        FileLocks locks = new FileLocks(root.resolve("proc"));
        for (Map.Entry<String, Manager> known : LOCKS.entrySet()) {
            Path lock = root.resolve(known.getKey());
            Optional<Long> holder = locks.holder(lock).filter(pid -> !above.contains(pid));
            if (holder.isPresent()) {
                return Optional.of(new Busy(named(holder.get()), lock, owns(known.getValue())));
            }
        }
        return Optional.empty();
    }

    private String named(long pid) {
        try {
            return Files.readString(root.resolve("proc/" + pid + "/comm")).strip() + ", process " + pid;
        } catch (IOException e) {
            return "process " + pid;
        }
    }

    private boolean owns(Manager manager) {
        try {
            return switch (manager) {
                case DPKG -> inLists();
                case RPM -> byRpm();
                case APK -> in(root.resolve("lib/apk/db/installed"), "F:" + relative(home()));
            };
        } catch (IOException | UpdateFailure.Service e) {
            return false;
        }
    }

    private String home() {
        return context.layout().home().toString();
    }

    private static String relative(String path) {
        return path.replaceFirst("^/+", "");
    }

    /** Where a definition may lie, and home. */
    private List<String> paths() {
        List<String> paths = new ArrayList<>(List.of(home()));
        ServiceSpec spec = context.product().services().get(context.managerName());
        if (spec != null) {
            spec.installedDefinition().map(context.layout()::expand).ifPresent(paths::add);
            for (String directory : List.of("/lib/systemd/system/", "/usr/lib/systemd/system/", "/etc/init.d/")) {
                paths.add(directory + spec.name());
            }
        }
        return paths;
    }

    /** Each package of dpkg has a list of its files, one a line. */
    private boolean inLists() throws IOException {
        try (DirectoryStream<Path> lists = Files.newDirectoryStream(root.resolve("var/lib/dpkg/info"), "*.list")) {
            for (Path list : lists) {
                for (String path : paths()) {
                    if (in(list, path)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean in(Path list, String line) throws IOException {
        if (Files.size(list) > LONGEST_LIST) {
            return false;
        }
        String text = "\n" + Files.readString(list, StandardCharsets.ISO_8859_1) + "\n";
        String raw = new String(line.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return text.contains("\n" + raw + "\n");
    }

    /** rpm has a line with the package for each file that belongs to one, and says in words of a file that it is no package's. */
    private boolean byRpm() throws UpdateFailure.Service {
        Optional<Path> rpm = commands.find(RPM);
        if (rpm.isEmpty()) {
            return false;
        }
        List<String> argv = new ArrayList<>(List.of(rpm.get().toString(), "-qf", "--"));
        argv.addAll(paths());
        return commands.run(argv, ANSWER)
                .out()
                .lines()
                .anyMatch(line -> !line.isBlank() && !line.startsWith("file ") && !line.startsWith("error: "));
    }
}
