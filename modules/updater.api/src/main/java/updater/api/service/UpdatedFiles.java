package updater.api.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files of the host as an update will leave them: those that are there, and those that the staged tree brings into home.
 * Whatever cannot be told counts as there: a link that leads nowhere, a directory that may not be read.
 *
 * @param tree the staged tree; empty where nothing is staged: then they are those that are there
 * @param root the root of the host's file system
 */
public record UpdatedFiles(ServiceContext context, Optional<Path> tree, Path root) {
    private static final int ANY_EXECUTE = 0111;
    private static final int LARGEST_SCRIPT = 1 << 20;

    /** The two files that may have a path: the one that is there now, and the one that takes its place. */
    private record Both(Optional<Path> now, Optional<Path> staged) {
        boolean any(Test test) throws IOException {
            return (now.isPresent() && test.test(now.get())) || (staged.isPresent() && test.test(staged.get()));
        }
    }

    private interface Test {
        boolean test(Path path) throws IOException;
    }

    /** Returns why there is nothing of this name, e.g. {@code /etc/a is not there}; empty when there is. */
    public Optional<String> missing(String path) {
        return problem(path, both -> Optional.empty());
    }

    /** Returns why it is no directory; empty when it is one. */
    public Optional<String> noDirectory(String path) {
        return problem(
                path, both -> both.any(Files::isDirectory) ? Optional.empty() : Optional.of(path + " is no directory"));
    }

    /**
     * Returns why it cannot be executed as a program, or as a script by the interpreter that its first line names; empty when
     * it can. A file that is replaced keeps its mode, unless the bundle makes it a program.
     */
    public Optional<String> notExecutable(String path) {
        return problem(path, both -> {
            if (!both.any(Files::isRegularFile)) {
                return Optional.of(path + " is no file");
            }
            if (!both.any(UpdatedFiles::isExecutable)) {
                return Optional.of(path + " is not executable");
            }
            Path run = both.staged().or(both::now).orElseThrow();
            return missingInterpreter(run).map(problem -> path + " is a script, and " + problem);
        });
    }

    /** Returns why the program is missing that the first line of a script names; empty where it is there, or no script. */
    public Optional<String> missingInterpreter(byte[] script) {
        String line = new String(script, StandardCharsets.ISO_8859_1)
                .lines()
                .findFirst()
                .orElse("");
        // A line may end with the carriage return of Windows: that is a part of the name for the kernel.
        boolean foreign = script.length > line.length() && script[line.length()] == '\r';
        String[] words = line.startsWith("#!") ? line.substring(2).strip().split("[ \t]+", 2) : new String[] {""};
        if (!words[0].startsWith("/")) {
            return Optional.empty();
        }
        if (foreign && words.length == 1) {
            return Optional.of("its first line ends with a carriage return, so that no interpreter has the name in it");
        }
        return problem(
                        words[0],
                        both -> both.any(Files::isRegularFile) && both.any(UpdatedFiles::isExecutable)
                                ? Optional.empty()
                                : Optional.of(words[0] + " is no program"))
                .map(problem -> "of its interpreter, " + problem);
    }

    private Optional<String> missingInterpreter(Path script) throws IOException {
        return Files.isRegularFile(script, LinkOption.NOFOLLOW_LINKS) && Files.size(script) <= LARGEST_SCRIPT
                ? context.files().read(script).flatMap(this::missingInterpreter)
                : Optional.empty();
    }

    private interface Look {
        Optional<String> problem(Both both) throws IOException;
    }

    private Optional<String> problem(String path, Look look) {
        try {
            Optional<Both> both = find(path);
            if (both.isEmpty()) {
                return Optional.empty();
            }
            return both.get().now().isEmpty() && both.get().staged().isEmpty()
                    ? Optional.of(path + " is not there" + (tree.isPresent() ? ", nor does the update bring it" : ""))
                    : look.problem(both.get());
        } catch (IOException | InvalidPathException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    private Optional<Both> find(String path) throws IOException {
        Path home = context.layout().home();
        Path wanted = home.getFileSystem().getPath(path);
        if (!wanted.isAbsolute() || !wanted.equals(wanted.normalize())) {
            return Optional.empty();
        }
        Path there = wanted.startsWith(home) ? wanted : root.resolve(path.replaceFirst("^/+", ""));
        List<Path> rest = new ArrayList<>();
        while (!isThere(there, LinkOption.NOFOLLOW_LINKS)) {
            Path parent = there.getParent();
            if (parent == null) {
                return Optional.empty();
            }
            rest.add(0, there.getFileName());
            there = parent;
        }
        if (!isThere(there)) {
            // A link to what may be there by then.
            return Optional.empty();
        }
        Path real = there.toRealPath();
        for (Path name : rest) {
            real = real.resolve(name);
        }
        Optional<Path> staged = Optional.empty();
        if (tree.isPresent() && real.startsWith(home)) {
            Path brought = tree.get().resolve(home.relativize(real));
            staged = isThere(brought, LinkOption.NOFOLLOW_LINKS) ? Optional.of(brought) : Optional.empty();
        }
        return Optional.of(new Both(rest.isEmpty() ? Optional.of(real) : Optional.empty(), staged));
    }

    private static boolean isThere(Path path, LinkOption... options) throws IOException {
        try {
            Files.readAttributes(path, BasicFileAttributes.class, options);
            return true;
        } catch (NoSuchFileException | NotDirectoryException e) {
            return false;
        }
    }

    private static boolean isExecutable(Path file) throws IOException {
        return Files.getAttribute(file, "unix:mode") instanceof Integer mode && (mode & ANY_EXECUTE) != 0;
    }
}
