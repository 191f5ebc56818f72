package updater.service.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import updater.api.HomeLayout;
import updater.api.service.HostFiles;
import updater.api.service.ServiceAccount;
import updater.processes.ProcessId;
import updater.processes.Processes;

/**
 * The processes of the agent, where the service manager keeps no record of them.
 *
 * <p>The main process is the one that the init script's pid file names; without such a file, the topmost process whose
 * program lies in home. The output of {@code status} is not used: LSB says nothing about its form, and it costs a
 * process at every look. The working directory alone proves nothing, since an operator's shell may well be in home.
 *
 * <p>A pid file is believed when the process has to do with home (its program, an argument or its working directory
 * lies there), or when only root can have written the file and the process is not younger than it. A number from before
 * a reboot, or one that the agent's user wrote to have another user's process killed, is not.
 */
record AgentProcesses(HomeLayout layout, HostFiles files, long updater, Processes processes, Path proc) {
    /** A script started by its own first line has the interpreter before it, and at most one argument of that. */
    private static final int SCRIPT_AT_MOST = 2;

    /** As much of a script as the kernel looks at, in bytes (linux/binfmts.h, BINPRM_BUF_SIZE). */
    private static final int FIRST_LINE = 256;

    /** Returns the main process; empty when there is none, or none that can be told. */
    Optional<ProcessId> main(Collection<Path> pidFiles) {
        for (Path pidFile : pidFiles) {
            Optional<ProcessId> named = named(pidFile);
            if (named.isPresent()) {
                return named;
            }
        }
        return topmost(byProgram());
    }

    private Optional<ProcessId> named(Path pidFile) {
        Optional<Long> pid = number(pidFile);
        if (pid.isEmpty() || pid.get() == updater || !here(pid.get())) {
            return Optional.empty();
        }
        boolean believed = ofHome(pid.get()) || (onlyRootWrites(pidFile) && notYounger(pid.get(), pidFile));
        return believed ? processes.find(pid.get()) : Optional.empty();
    }

    private Optional<Long> number(Path pidFile) {
        try {
            return files.read(pidFile)
                    .flatMap(bytes -> new String(bytes, StandardCharsets.ISO_8859_1)
                            .lines()
                            .findFirst())
                    .map(String::strip)
                    .filter(line -> line.matches("[1-9][0-9]{0,9}"))
                    .map(Long::valueOf);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns the number of a process, and those of what it has started but for the updater and what stands around that. */
    List<Long> treeOf(ProcessId process) {
        Set<Long> tree = new LinkedHashSet<>(Set.of(process.pid()));
        processes.descendants(process.pid()).forEach(started -> tree.add(started.pid()));
        tree.removeAll(updaters());
        Set<Long> around = processes.ancestors(updater);
        tree.removeIf(pid -> pid != process.pid() && around.contains(pid));
        return List.copyOf(tree);
    }

    /** Returns whom a process runs as, by the names that the host has for it. */
    Optional<ServiceAccount> ownerOf(Optional<ProcessId> process) {
        try {
            if (process.isEmpty()) {
                return Optional.empty();
            }
            PosixFileAttributes owner = Files.readAttributes(
                    proc.resolve(Long.toString(process.get().pid())), PosixFileAttributes.class);
            return Optional.of(
                    new ServiceAccount(owner.owner().getName(), owner.group().getName()));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    private static boolean onlyRootWrites(Path pidFile) {
        try {
            for (Path path :
                    List.of(pidFile, Optional.ofNullable(pidFile.getParent()).orElse(pidFile))) {
                Object owner = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
                Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                boolean link = Files.isSymbolicLink(path);
                if (!owner.equals(0) || (!link && mode instanceof Integer bits && (bits & 022) != 0)) {
                    return false;
                }
            }
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private boolean notYounger(long pid, Path pidFile) {
        try {
            return processes.startedBy(
                    pid,
                    Files.getLastModifiedTime(pidFile, LinkOption.NOFOLLOW_LINKS)
                            .toInstant());
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns every process whose program lies in home, and what the main process has started; never the updater's own. */
    Set<ProcessId> all(Optional<ProcessId> main) {
        Set<ProcessId> started = new HashSet<>();
        main.ifPresent(process -> started.addAll(processes.descendants(process.pid())));
        Set<Long> updaters = updaters();
        // What stands between the agent and the updater it started is not ended either; the agent itself is.
        Set<Long> between = processes.ancestors(updater);
        started.removeIf(process -> updaters.contains(process.pid()) || between.contains(process.pid()));
        Set<ProcessId> all = byProgram();
        all.removeIf(process -> updaters.contains(process.pid()));
        all.addAll(started);
        main.ifPresent(all::add);
        return all;
    }

    /** Returns the processes whose program lies in home although the main process has not started them. */
    Set<ProcessId> apartFrom(Optional<ProcessId> main) {
        Set<ProcessId> apart = byProgram();
        Set<Long> updaters = updaters();
        apart.removeIf(process -> updaters.contains(process.pid()));
        main.ifPresent(process -> {
            apart.remove(process);
            apart.removeAll(processes.descendants(process.pid()));
            Set<Long> above = processes.ancestors(process.pid());
            apart.removeIf(other -> above.contains(other.pid()));
        });
        return apart;
    }

    /** Returns the numbers of the updater and of what it has started. */
    Set<Long> updaters() {
        Set<Long> updaters = new HashSet<>(Set.of(updater));
        processes.descendants(updater).forEach(process -> updaters.add(process.pid()));
        return updaters;
    }

    /** Returns the processes that run an init script for a purpose, such as {@code /etc/rc2.d/S01agent start}. */
    Set<ProcessId> running(String script, String verb) {
        return select(pid -> runsScript(arguments(pid), script, verb));
    }

    /** Returns the processes that were given a word as an argument. */
    Set<ProcessId> given(String argument) {
        return select(pid -> arguments(pid).contains(argument));
    }

    /** Not the shell that only has the words in the text it was given. */
    static boolean runsScript(List<String> arguments, String script, String verb) {
        int at = arguments.lastIndexOf(verb);
        if (at < 1 || arguments.contains("-c")) {
            return false;
        }
        String before = arguments.get(at - 1);
        String name = before.substring(before.lastIndexOf('/') + 1);
        return name.equals(script) || name.matches("[SK][0-9]{2}\\Q" + script + "\\E");
    }

    /** Returns every process whose program, or script, lies in home; the updater's own programs are none of these. */
    Set<ProcessId> byProgram() {
        return select(this::programInHome);
    }

    private Set<ProcessId> select(Predicate<Long> wanted) {
        Set<ProcessId> found = new HashSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(String.valueOf(entry.getFileName()));
                if (pid != updater && wanted.test(pid) && here(pid)) {
                    processes.find(pid).ifPresent(found::add);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return Set.of();
        }
        return found;
    }

    private Optional<ProcessId> topmost(Set<ProcessId> candidates) {
        Set<Long> pids = new HashSet<>();
        candidates.forEach(candidate -> pids.add(candidate.pid()));
        return candidates.stream()
                .filter(candidate ->
                        processes.ancestors(candidate.pid()).stream().noneMatch(pids::contains))
                .min(Comparator.comparingLong(AgentProcesses::ticks).thenComparingLong(ProcessId::pid));
    }

    /** Birth is boot id and start time in ticks; the older one is first, and of two of the same tick the lower number. */
    private static long ticks(ProcessId process) {
        String digits = process.birth().substring(process.birth().lastIndexOf('/') + 1);
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : Long.MAX_VALUE;
    }

    /** A process in a container may have a program of the same path, on another disk. */
    private boolean here(long pid) {
        try {
            return Files.isSameFile(entry(pid, "root"), proc.resolve("self/root"));
        } catch (IOException e) {
            return false;
        }
    }

    private boolean ofHome(long pid) {
        String home = layout.installDir();
        return programInHome(pid)
                || inHome(link(pid, "cwd"))
                || arguments(pid).stream().anyMatch(argument -> argument.contains(home));
    }

    /** Returns whether the program of a process, or the script that it runs, lies in home and is not the updater's own. */
    boolean programInHome(long pid) {
        Optional<Path> program = link(pid, "exe");
        if (program.isEmpty()) {
            return false;
        }
        return isAgents(program.get())
                || scriptOf(pid, program.get()).filter(this::isAgents).isPresent();
    }

    /** The updater's own launcher and runtime lie in home as well, or did until a moment ago. */
    private boolean isAgents(Path program) {
        return program.startsWith(layout.home())
                && !program.startsWith(layout.tmp())
                && !program.startsWith(layout.state())
                && !program.equals(layout.launcher());
    }

    /** Returns the script that an interpreter runs because the script's first line asks for it. */
    private Optional<Path> scriptOf(long pid, Path interpreter) {
        List<String> arguments = arguments(pid);
        for (int i = 1; i <= SCRIPT_AT_MOST && i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.isEmpty() || argument.startsWith("-")) {
                continue;
            }
            Path script = link(pid, "cwd")
                    .map(directory -> directory.resolve(argument).normalize())
                    .orElseGet(() -> Path.of(argument));
            return inHome(Optional.of(script)) && asksFor(script, interpreter) ? Optional.of(script) : Optional.empty();
        }
        return Optional.empty();
    }

    /**
     * An editor that has the script open is no agent. The file that is named may be anything, a pipe without a writer
     * as well.
     */
    private boolean asksFor(Path script, Path interpreter) {
        try {
            byte[] content = files.read(script).orElse(new byte[0]);
            String line = new String(content, 0, Math.min(content.length, FIRST_LINE), StandardCharsets.ISO_8859_1)
                    .lines()
                    .findFirst()
                    .orElse("");
            if (!line.startsWith("#!")) {
                return false;
            }
            List<String> words = List.of(line.substring(2).strip().split("[ \t]+", -1));
            Path asked = Path.of(words.getFirst());
            boolean byName = words.size() > 1 && asked.endsWith("env");
            return byName
                    ? String.valueOf(interpreter.getFileName()).startsWith(words.get(1))
                    : asked.toRealPath().equals(interpreter);
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    private boolean inHome(Optional<Path> path) {
        return path.filter(found -> found.startsWith(layout.home())).isPresent();
    }

    private Path entry(long pid, String name) {
        return proc.resolve(Long.toString(pid)).resolve(name);
    }

    /** Returns where a link of the process leads; the name that a file had before it was replaced or removed. */
    private Optional<Path> link(long pid, String name) {
        try {
            String target = Files.readSymbolicLink(entry(pid, name)).toString();
            return Optional.of(
                    Path.of(target.endsWith(" (deleted)") ? target.substring(0, target.length() - 10) : target));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private List<String> arguments(long pid) {
        try {
            byte[] bytes = Files.readAllBytes(entry(pid, "cmdline"));
            return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0", -1));
        } catch (IOException e) {
            return List.of();
        }
    }
}
