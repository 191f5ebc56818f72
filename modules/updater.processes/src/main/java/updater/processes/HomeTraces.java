package updater.processes;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The signs that a service has to do with an installation: the home that its definition names, and what its processes run, use
 * and were given. Any sign will do; and what cannot be read is no sign of the opposite.
 *
 * @param home the installation, by its real path
 * @param proc where the kernel tells of processes; need not be there
 */
public record HomeTraces(Path home, Path proc) {
    private static final String DELETED = " (deleted)";
    private static final Pattern SEPARATORS = Pattern.compile("[\\s\\u0000\"'`=:,;<>|&@+!(){}\\[\\]]+|-(?=/)");

    /** What a file of a process's that is read for signs may hold at most, in bytes. */
    private static final int LONGEST = 1 << 20;

    private enum Sign {
        FOUND,
        NONE,
        UNREADABLE,
        /** It ended meanwhile, as the children of scripts do all the time. */
        GONE
    }

    /**
     * Returns why a service belongs to another installation, as a part of a sentence; empty where it has to do with this one,
     * or where that cannot be told.
     *
     * @param definition what the service is defined by, all of it; empty where that cannot be read
     * @param program what the definition runs first; empty where that cannot be told
     * @param processes the numbers of the service's processes, the main one first
     */
    public Optional<String> elsewhere(
            Optional<String> definition, Optional<String> program, Collection<Long> processes) {
        if (definition.isEmpty() || isNamedIn(definition.get())) {
            return Optional.empty();
        }
        List<Sign> signs = processes.stream()
                .map(this::of)
                .filter(sign -> sign != Sign.GONE)
                .toList();
        if (signs.contains(Sign.FOUND)) {
            return Optional.empty();
        }
        if (!signs.isEmpty() && !signs.contains(Sign.UNREADABLE)) {
            long main = processes.iterator().next();
            return Optional.of("it runs "
                    + program.or(() -> program(main).map(Path::toString)).orElse("a program") + " as process " + main
                    + ", and neither that nor its definition has anything to do with " + home);
        }
        return program.filter(this::isAnothers)
                .map(path -> "its definition runs " + path + ", while " + home + " has a program of that name itself");
    }

    /** Returns what a process runs that has nothing to do with home; empty where it has, or where that cannot be told. */
    public Optional<String> foreign(long pid) {
        return of(pid) == Sign.NONE
                ? Optional.of(program(pid).map(Path::toString).orElse("a program"))
                : Optional.empty();
    }

    /** Returns whether a text has a path in it that is home, or lies in it, by whichever name. */
    public boolean isNamedIn(String text) {
        String name = home.toString();
        for (int at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
            int end = at + name.length();
            if (end == text.length() || !isPartOfName(text.charAt(end))) {
                return true;
            }
        }
        return SEPARATORS
                .splitAsStream(text)
                .filter(word -> word.startsWith("/"))
                .anyMatch(this::leadsHome);
    }

    private static boolean isPartOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.';
    }

    private boolean leadsHome(String word) {
        try {
            Path path = Path.of(word);
            while (path != null && !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                path = path.getParent();
            }
            return path != null && path.toRealPath().startsWith(home);
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }

    /** A script may run what it likes; a program that home has its own of is another installation's. */
    private boolean isAnothers(String program) {
        try {
            Path path = Path.of(program);
            if (!Files.isRegularFile(path) || isScript(path)) {
                return false;
            }
            Path real = path.toRealPath();
            for (int from = 1; from < real.getNameCount(); from++) {
                if (Files.isRegularFile(home.resolve(real.subpath(from, real.getNameCount())))) {
                    return !real.startsWith(home);
                }
            }
            return false;
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }

    private static boolean isScript(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(2), StandardCharsets.ISO_8859_1).equals("#!");
        }
    }

    private Sign of(long pid) {
        try {
            Path entry = proc.resolve(Long.toString(pid));
            if (undeleted(Files.readSymbolicLink(entry.resolve("exe"))).startsWith(home)) {
                return Sign.FOUND;
            }
            Path directory = Files.readSymbolicLink(entry.resolve("cwd"));
            String arguments = text(entry.resolve("cmdline"));
            boolean found = directory.startsWith(home)
                    || isNamedIn(arguments)
                    || Stream.of(arguments.split("\0"))
                            .anyMatch(word -> !word.isEmpty() && leadsHome(directory + "/" + word))
                    || isNamedIn(text(entry.resolve("environ")))
                    || opened(entry).stream().anyMatch(file -> file.startsWith(home))
                    || text(entry.resolve("maps")).contains(home + "/");
            return found ? Sign.FOUND : Sign.NONE;
        } catch (NoSuchFileException e) {
            return Sign.GONE;
        } catch (IOException | InvalidPathException e) {
            // Reading of a process that ends fails in other ways as well.
            return Files.exists(proc.resolve(Long.toString(pid))) ? Sign.UNREADABLE : Sign.GONE;
        }
    }

    private static Path undeleted(Path link) {
        String target = link.toString();
        return Path.of(target.endsWith(DELETED) ? target.substring(0, target.length() - DELETED.length()) : target);
    }

    private Optional<Path> program(long pid) {
        try {
            return Optional.of(undeleted(
                    Files.readSymbolicLink(proc.resolve(Long.toString(pid)).resolve("exe"))));
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static List<Path> opened(Path entry) throws IOException {
        List<Path> opened = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(entry.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    opened.add(Files.readSymbolicLink(descriptor));
                } catch (IOException e) {
                    // It was closed meanwhile.
                }
            }
        }
        return opened;
    }

    private static String text(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(LONGEST), StandardCharsets.UTF_8);
        }
    }
}
