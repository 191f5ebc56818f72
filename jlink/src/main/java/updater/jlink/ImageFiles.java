package updater.jlink;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Read and arrange the files of an image.
 *
 * @param root the image
 */
record ImageFiles(Path root) {
    private static final String CONTENT = "content";
    private static final Pattern GLIBC = Pattern.compile("(ld-linux.*|lib(c|m|dl|pthread|rt))\\.so\\.[0-9]+");
    private static final Set<String> PROGRAMS = Set.of("java", "jspawnhelper");

    /** Returns everything that is not a directory, in an order that does not depend on the file system. */
    List<Path> all() throws IOException {
        return below(root);
    }

    /** Returns what jlink wrote of the image, e.g. {@code JAVA_VERSION}, without the quotes around it. */
    Map<String, String> release() throws IOException {
        Properties release = new Properties();
        try (Reader reader = Files.newBufferedReader(root.resolve("release"))) {
            release.load(reader);
        }
        return release.stringPropertyNames().stream()
                .collect(Collectors.toMap(
                        name -> name, name -> release.getProperty(name).replace("\"", "")));
    }

    /** Returns the names of the linked modules, sorted. */
    List<String> modules() throws IOException {
        return Stream.of(release().getOrDefault("MODULES", "").split(" ", -1))
                .sorted()
                .toList();
    }

    /** Returns programs and shared libraries; on Windows none. */
    List<Path> natives() throws IOException {
        return all().stream().filter(ImageFiles::isNative).toList();
    }

    /** Returns whether its programs are in the format of Linux. */
    boolean isElf() throws IOException {
        Path java = root.resolve("bin/java");
        return Files.exists(java) && latin(java).startsWith("\177ELF");
    }

    /**
     * Returns the shared libraries that hosts have to have, besides those of glibc and what is in the image, and for each a
     * file that needs it; sorted by name.
     */
    SortedMap<String, Path> librariesOfHosts() throws IOException {
        SortedMap<String, Path> libraries = new TreeMap<>();
        Set<String> own = all().stream().map(ImageFiles::name).collect(Collectors.toSet());
        for (Path file : natives()) {
            Optional<Elf> elf = Elf.read(file);
            for (String library : elf.isPresent() ? elf.get().needed() : List.<String>of()) {
                if (!own.contains(library) && !GLIBC.matcher(library).matches()) {
                    libraries.putIfAbsent(library, root.relativize(file));
                }
            }
        }
        return libraries;
    }

    static List<Path> below(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        }
    }

    /** Returns the bytes as characters of the same value, to look for text among them. */
    static String latin(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    /** Gives every file the mode it is to have in the update, whatever the umask was. */
    void setModes() throws IOException {
        for (Path file : all()) {
            setExecutable(file, PROGRAMS.contains(name(file)) || file.startsWith(root.resolve("bin")));
        }
    }

    static void setExecutable(Path file, boolean executable) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(
                    file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }

    /** @throws BuildFailure when there is a link or a special file: agents unpack regular files and directories only */
    void refuseLinks() throws IOException {
        for (Path file : all()) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new BuildFailure(file + " is not a regular file");
            }
        }
    }

    /**
     * Writes the file that names the content: the SHA-256 of every path, mode and byte. By it the launcher tells that the
     * runtime it would copy is the one that is installed.
     */
    void writeContent() throws IOException {
        Path content = root.resolve(CONTENT);
        Files.deleteIfExists(content);
        MessageDigest digest = sha256();
        for (Path file : all()) {
            String head = root.relativize(file) + "\0" + Files.isExecutable(file) + "\0" + Files.size(file) + "\0";
            digest.update(head.getBytes(StandardCharsets.UTF_8));
            update(digest, file);
        }
        Files.writeString(content, HexFormat.of().formatHex(digest.digest()) + "\n");
        setExecutable(content, false);
    }

    /** Returns the SHA-256 of a file's bytes, in hexadecimal digits. */
    static String sha256(Path file) throws IOException {
        MessageDigest digest = sha256();
        update(digest, file);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, Path file) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has it", e);
        }
    }

    /** Removes the image; idempotent. */
    void remove() throws IOException {
        if (Files.notExists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static boolean isNative(Path file) {
        String name = name(file);
        return name.endsWith(".so") || name.endsWith(".dylib") || PROGRAMS.contains(name);
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
