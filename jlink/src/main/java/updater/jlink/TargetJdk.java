package updater.jlink;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/**
 * The JDK that an image is made of: the one that runs this, or one for another machine, which an image is linked of here.
 *
 * <p>With its {@code jmods}, the {@code jlink} that runs here links it. Without, a JDK is linked by its own {@code jlink}
 * alone, out of its own run-time image: an emulator runs that.
 *
 * @param root its directory
 * @param machine the processor of its programs as {@code uname -m} names it; empty where they are no ELF files
 * @param emulator the words that a program of the JDK is run with here; none where it runs by itself
 * @param own whether it is the one that runs this
 */
record TargetJdk(Path root, Optional<String> machine, List<String> emulator, boolean own) {
    TargetJdk {
        emulator = List.copyOf(emulator);
    }

    /** Returns the one that runs this. */
    static TargetJdk ownOne() throws IOException {
        Path root = Path.of(System.getProperty("java.home"));
        return new TargetJdk(root, Elf.machine(java(root)), List.of(), true);
    }

    /**
     * Returns the one in a directory.
     *
     * @throws BuildFailure when it is no JDK, of another version of Java than the one that runs this, or cannot be linked here
     */
    static TargetJdk in(Path root, List<String> emulator) throws IOException {
        Path release = root.resolve("release");
        if (!Files.isRegularFile(release) || !Files.isRegularFile(java(root))) {
            throw new BuildFailure(root + " is no JDK: expected " + release + " and " + java(root));
        }
        String version = release(release).getProperty("JAVA_VERSION", "").replace("\"", "");
        String own = String.valueOf(Runtime.version().feature());
        if (!version.split("\\.", -1)[0].equals(own)) {
            throw new BuildFailure("the JDK in " + root + " is of Java " + version + ", and this is Java " + own
                    + ": take a JDK " + own + " for that machine");
        }
        TargetJdk jdk = new TargetJdk(root, Elf.machine(java(root)), emulator, false);
        if (!jdk.hasModules() && emulator.isEmpty() && !jdk.machine().equals(ownOne().machine())) {
            throw new BuildFailure(
                    "the JDK in " + root + " has no jmods, so only its own jlink can link it, and that is for "
                            + jdk.machine().orElse("another system") + ": name what runs it here, such as"
                            + " --emulator 'qemu-aarch64-static -L DIRECTORY', or take a JDK with jmods");
        }
        return jdk;
    }

    private static Properties release(Path file) throws IOException {
        Properties release = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            release.load(reader);
        }
        return release;
    }

    private static Path java(Path root) {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        return root.resolve("bin").resolve(windows ? "java.exe" : "java");
    }

    private boolean hasModules() {
        return Files.isRegularFile(jmods().resolve("java.base.jmod"));
    }

    private Path jmods() {
        return root.resolve("jmods");
    }

    /**
     * Returns the first words of the command that links.
     *
     * @param modulePath of what is not the JDK's
     */
    List<String> jlink(String modulePath) {
        List<String> words = new ArrayList<>();
        Path runs = root;
        String path = modulePath;
        if (!own && hasModules()) {
            runs = Path.of(System.getProperty("java.home"));
            path = jmods() + System.getProperty("path.separator") + modulePath;
        } else {
            words.addAll(emulator);
        }
        words.add(runs.resolve("bin").resolve("jlink").toString());
        words.add("--module-path=" + path);
        return words;
    }

    /** Returns whether what is linked of it can be run here without more. */
    boolean runsHere() throws IOException {
        return own || machine.equals(ownOne().machine());
    }

    /**
     * Refuses an image that is not of this JDK's machine: some module on the module path was another machine's.
     *
     * @throws BuildFailure with the first file that is not, and what it is for
     */
    void require(ImageFiles image) throws IOException {
        if (machine.isEmpty()) {
            return;
        }
        for (Path file : image.all()) {
            Optional<String> own = Elf.machine(file);
            if (own.isPresent() && !own.equals(machine)) {
                throw new BuildFailure(file + " is for " + own.get() + ", and the image is to be for " + machine.get()
                        + ": a module on the module path is another machine's");
            }
        }
        if (!Elf.machine(image.root().resolve("bin/java")).equals(machine)) {
            throw new BuildFailure(image.root().resolve("bin/java") + " is no program for " + machine.get());
        }
    }

    /**
     * Returns the program that takes symbol tables away: the one that was named, or the one for that machine as Debian
     * names it. Never the host's on files of another machine.
     */
    Optional<Path> strip(Optional<Path> named) throws IOException {
        if (named.isPresent()) {
            return named;
        }
        return runsHere() ? Command.onPath("strip") : Command.onPath(machine.orElse("") + "-linux-gnu-strip");
    }
}
