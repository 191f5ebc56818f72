package updater.jlink;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Builds what an update carries to run itself: {@code updater}, the launcher, and {@code updater-runtime}, the trimmed
 * image of {@code updater.app} with an ahead-of-time cache.
 *
 * <p>Runs on the JDK the image is made of. It links that JDK's own run-time image, or {@code jmods} of another
 * platform where the module path has them; only the cache needs a JVM that runs here.
 *
 * <p>The image holds regular files and directories only, because an agent's unpacker knows nothing else, and leaves its
 * classes uncompressed, because the tarball then becomes smaller.
 */
final class BuildRuntime {

    private static final String USAGE = """
            usage: java updater.jlink.BuildRuntime --module-path JARS --launcher FILE --output DIRECTORY [--modules NAMES]
                       [--native-access NAMES] [-- TRAINING COMMAND]
              --module-path    jars or directories of jars, as for java
              --modules        root modules besides updater.app, separated by commas
              --native-access  modules that may call native code
              TRAINING COMMAND runs the product once, to record what the cache has to hold; {bundle} in it becomes the
                               output directory. Without one there is no cache.
            """;

    /**
     * How the JVM runs, part of the image so that whoever starts it gets the same.
     *
     * <p>A short-lived program gains nothing from more compilers or collectors than the simplest. The heap starts small and
     * grows only with what is live, so that large trees fit and small ones stay small. A crash or a full heap must not
     * leave files in the agent's home. {@code ExitOnOutOfMemoryError} is not there: it exits with 3, which means another
     * updater is at work, and takes away the chance to undo.
     */
    private static final List<String> JVM_OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xms8m",
            "-Xmn4m",
            "-Xmx96m",
            "-Xss512k",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+ErrorFileToStderr",
            "-Xlog:disable",
            "-Dfile.encoding=UTF-8");

    /** Patterns of jlink: what no updater opens, and the legal texts, which go into one file instead of links. */
    private static final List<String> LEFT_OUT = List.of(
            "**/legal/**",
            "/java.base/lib/jrt-fs.jar",
            "/java.base/lib/jexec",
            "/java.base/lib/classlist",
            "/java.base/lib/server/*.jsa",
            "/java.base/lib/security/cacerts",
            "/java.base/lib/security/public_suffix_list.dat",
            "/java.base/conf/sdp/**",
            "/java.base/bin/keytool*");

    private static final String CACHE = "lib/updater.aot";
    private static final String MAIN = "updater.app/updater.app.Main";

    private final Path jdk = Path.of(System.getProperty("java.home"));
    private final Path bundle;
    private final Path runtime;

    private BuildRuntime(Path bundle) {
        this.bundle = bundle;
        this.runtime = bundle.resolve("updater-runtime");
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            build(arguments);
        } catch (BuildFailure failure) {
            System.err.println(failure.getMessage());
            System.exit(1);
        }
    }

    private static void build(String[] arguments) throws IOException, InterruptedException {
        String modulePath = null;
        Path launcher = null;
        Path output = null;
        String modules = "";
        String nativeAccess = "";
        List<String> training = List.of();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--")) {
                training = List.of(arguments).subList(i + 1, arguments.length);
                break;
            }
            String value = i + 1 < arguments.length ? arguments[i + 1] : fail(USAGE);
            switch (arguments[i++]) {
                case "--module-path" -> modulePath = value;
                case "--launcher" -> launcher = Path.of(value);
                case "--output" -> output = Path.of(value).toAbsolutePath();
                case "--modules" -> modules = value;
                case "--native-access" -> nativeAccess = value;
                default -> fail(USAGE);
            }
        }
        if (modulePath == null || launcher == null || output == null) {
            fail(USAGE);
        }
        BuildRuntime build = new BuildRuntime(output);
        removeTree(build.runtime);
        Files.createDirectories(output);
        build.link(modulePath, modules, nativeAccess);
        build.strip();
        build.writeLegalTexts();
        build.writePlatform();
        build.setModes();
        Files.copy(launcher, output.resolve("updater"), StandardCopyOption.REPLACE_EXISTING);
        setExecutable(output.resolve("updater"), true);
        if (!training.isEmpty()) {
            build.train(training);
        }
        build.refuseLinks();
    }

    private void link(String modulePath, String modules, String nativeAccess) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(JVM_OPTIONS);
        if (!nativeAccess.isEmpty()) {
            options.add("--enable-native-access=" + nativeAccess);
        }
        run(List.of(
                jdk.resolve("bin/jlink").toString(),
                "--module-path=" + modulePath,
                "--add-modules=updater.app" + (modules.isEmpty() ? "" : "," + modules),
                "--add-options=" + String.join(" ", options),
                "--exclude-files=" + String.join(",", LEFT_OUT),
                "--strip-java-debug-attributes",
                "--no-man-pages",
                "--no-header-files",
                "--compress=zip-0",
                "--vm=server",
                "--output=" + runtime));
    }

    /** The symbol tables of the native libraries are a fifth of them, and serve only a debugger. */
    private void strip() throws IOException, InterruptedException {
        Optional<Path> strip = onPath("strip");
        if (strip.isEmpty()) {
            System.err.println("warning: no strip on the PATH (binutils), the runtime becomes 5 MB larger than need be");
            return;
        }
        for (Path file : files(runtime)) {
            if (isNative(file)) {
                // Without this argument strip of macOS takes away what the dynamic linker needs.
                List<String> local = isMac() ? List.of("-x") : List.of();
                List<String> command = new ArrayList<>(List.of(strip.get().toString()));
                command.addAll(local);
                command.add(file.toString());
                run(command);
            }
        }
    }

    /** Each distinct text once; jlink would repeat them by links. */
    private void writeLegalTexts() throws IOException {
        Set<String> seen = new HashSet<>();
        StringBuilder all = new StringBuilder();
        for (String module : List.of("java.base", "java.logging")) {
            for (Path file : files(jdk.resolve("legal").resolve(module))) {
                String text = Files.readString(file);
                if (seen.add(text)) {
                    all.append("==== ").append(file.getFileName()).append("\n\n").append(text).append("\n\n");
                }
            }
        }
        Files.writeString(runtime.resolve("legal.txt"), all);
    }

    /**
     * One line for the launcher: operating system and processor as {@code uname} names them, the dynamic loader, and the
     * oldest C library that has every symbol version the runtime asks for.
     */
    private void writePlatform() throws IOException {
        Path java = runtime.resolve("bin/java");
        String platform = "- - - -";
        if (Files.exists(java) && new String(head(java), 0, 4, StandardCharsets.ISO_8859_1).equals("\177ELF")) {
            String machine =
                    switch (head(java)[18] & 0xff) { // e_machine, System V ABI
                        case 62 -> "x86_64";
                        case 183 -> "aarch64";
                        default -> fail("the processor of " + java + " is not known here");
                    };
            Matcher loader = Pattern.compile("/[\\w./-]*/ld-[\\w.-]+").matcher(latin(java));
            if (!loader.find()) {
                fail(java + " names no dynamic loader");
            }
            platform = String.join(" ", "Linux", machine, loader.group(), "2." + oldestLibrary());
        }
        Files.writeString(runtime.resolve("platform"), platform + "\n");
    }

    private int oldestLibrary() throws IOException {
        Pattern version = Pattern.compile("GLIBC_2\\.(\\d+)");
        int newest = 0;
        for (Path file : files(runtime)) {
            if (isNative(file)) {
                Matcher matcher = version.matcher(latin(file));
                while (matcher.find()) {
                    newest = Math.max(newest, Integer.parseInt(matcher.group(1)));
                }
            }
        }
        return newest;
    }

    private static byte[] head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(64);
        }
    }

    private static String latin(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    private void setModes() throws IOException {
        for (Path file : files(runtime)) {
            boolean program = file.getParent().equals(runtime.resolve("bin"))
                    || file.getFileName().toString().equals("jspawnhelper");
            setExecutable(file, program);
        }
    }

    /**
     * Records one run of the product and makes the cache of it. The cache stays valid wherever the image is unpacked: of the
     * image the JVM compares only what is in it, not where it lies or how old it is.
     */
    private void train(List<String> training) throws IOException, InterruptedException {
        Path recording = bundle.resolve("updater.aotconfig");
        Path environment = runtime.resolve("environment");
        Path cache = runtime.resolve(CACHE);
        try {
            Files.writeString(
                    environment,
                    "JAVA_TOOL_OPTIONS=-XX:AOTMode=record -XX:AOTConfiguration=\"" + recording + "\"\n");
            run(training.stream()
                    .map(word -> word.replace("{bundle}", bundle.toString()))
                    .toList());
            Files.delete(environment);
            run(List.of(
                    runtime.resolve("bin/java").toString(),
                    "-XX:AOTMode=create",
                    "-XX:AOTConfiguration=" + recording,
                    "-XX:AOTCache=" + cache,
                    "-m",
                    MAIN));
        } finally {
            Files.deleteIfExists(environment);
            Files.deleteIfExists(recording);
        }
        if (!Files.isRegularFile(cache)) {
            fail("the JVM made no cache of the recording");
        }
        setExecutable(cache, false);
        // Refuses to start where the cache does not fit, unlike the product, which then starts more slowly.
        run(List.of(
                runtime.resolve("bin/java").toString(),
                "-XX:AOTMode=on",
                "-XX:AOTCache=" + cache,
                "-m",
                MAIN,
                "--version"));
    }

    private void refuseLinks() throws IOException {
        for (Path file : files(runtime)) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                fail(file + " is not a regular file");
            }
        }
    }

    private static boolean isNative(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".so")
                || name.endsWith(".dylib")
                || name.equals("java")
                || name.equals("jspawnhelper");
    }

    private static boolean isMac() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac");
    }

    private static Optional<Path> onPath(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        return Stream.of(path.split(java.io.File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Everything below a directory that is not a directory, in an order that does not depend on the file system. */
    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        }
    }

    private static void setExecutable(Path file, boolean executable) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(
                    file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }

    private static void removeTree(Path root) throws IOException {
        try {
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
        } catch (NoSuchFileException absent) {
            // Nothing to remove.
        }
    }

    /** Runs a command; its output is shown only when it fails. */
    private static void run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .keySet()
                .removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"));
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0) {
            fail("exit code " + status + " of " + String.join(" ", command) + "\n" + output);
        }
    }

    private static final class BuildFailure extends RuntimeException {

        private static final long serialVersionUID = 1;

        private BuildFailure(String message) {
            super(message);
        }
    }

    private static <T> T fail(String message) {
        throw new BuildFailure(message);
    }
}
