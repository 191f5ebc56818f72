package updater.jlink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Builds what an update carries to run itself: {@code updater}, the launcher, and {@code updater-runtime}, the trimmed
 * image of {@code updater.app} with an ahead-of-time cache.
 *
 * <p>Runs on the JDK the image is made of, or is given the one of another machine: then there is no cache unless an
 * emulator runs that one's JVM here.
 *
 * <p>The image holds regular files and directories only, because an agent's unpacker knows nothing else, and leaves its
 * classes uncompressed, because the tarball then becomes smaller.
 */
final class BuildRuntime {
    /**
     * How the JVM runs; part of the image, so that whoever starts it gets the same.
     *
     * <p>A short-lived program gains nothing from more compilers or collectors than the simplest. The heap starts small,
     * so that large trees fit and small ones stay small. Half of the young generation is for what survives: where it is a
     * tenth, what is on its way from one thread to the other overflows into the old one, and is garbage there. One method
     * of the JDK, which runs whenever a class is made up, takes 6.6 MB to compile, which is kept: it is interpreted. A crash or a full heap must
     * not leave files in the agent's home. {@code ExitOnOutOfMemoryError} is not there: it exits with 3, which means
     * that another updater is at work, and takes away the chance to undo. Nothing sets {@code sun.jnu.encoding}: the JVM
     * takes it from the locale alone, which the launcher chooses. The cache is mapped where it was made for, if that
     * address is free: moving it to a random one rewrites all of it at every start. Profiles of methods (JEP 515) are for
     * the compiler that is not used; a thread that replays them makes the main thread wait some 300 times while it starts.
     */
    private static final List<String> JVM_OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xms5m",
            "-Xmn2m",
            "-XX:SurvivorRatio=2",
            "-Xmx64m",
            "-XX:CompileCommand=quiet",
            "-XX:CompileCommand=exclude,jdk.internal.classfile.impl.StackMapGenerator::processBlock",
            "-XX:-UsePerfData",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:ArchiveRelocationMode=0",
            "-XX:-AOTRecordTraining",
            "-XX:-AOTReplayTraining",
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
            "/java.base/bin/keytool*",
            "**.debuginfo");

    private final BuildOptions options;
    private final TargetJdk jdk;
    private final ImageFiles image;

    private BuildRuntime(BuildOptions options) throws IOException {
        this.options = options;
        this.jdk = options.target().jdk().isPresent()
                ? TargetJdk.in(options.target().jdk().get(), options.target().emulator())
                : TargetJdk.ownOne();
        this.image = new ImageFiles(options.output().resolve("updater-runtime"));
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            new BuildRuntime(BuildOptions.parse(List.of(arguments))).build();
        } catch (BuildFailure failure) {
            System.err.println(failure.getMessage());
            System.exit(1);
        }
    }

    private void build() throws IOException, InterruptedException {
        image.remove();
        Files.createDirectories(options.output());
        link();
        jdk.require(image);
        strip();
        image.librariesOfHosts()
                .forEach((library, file) -> System.err.println("warning: every host must have " + library + ", which "
                        + file + " needs: a JDK that brings its own would be better"));
        writeLegalTexts();
        new BillOfMaterials(image, options.modulePath()).write();
        Files.writeString(image.root().resolve("platform"), Platform.of(image));
        writeManual();
        copyLauncher();
        train();
        image.setModes();
        image.refuseLinks();
        image.writeContent();
    }

    /** Training needs a service manager that was tried there: elsewhere the updater starts without a cache. */
    private void train() throws IOException, InterruptedException {
        if (!image.isElf()) {
            return;
        }
        if (jdk.runsHere() && !options.training().isEmpty()) {
            new AheadOfTimeCache(image.root(), List.of()).train(options.training(), options.output());
        } else if (!jdk.runsHere() && !jdk.emulator().isEmpty()) {
            new AheadOfTimeCache(image.root(), jdk.emulator()).trainByACommand(options.output());
        }
    }

    private void link() throws IOException, InterruptedException {
        List<String> jvm = new ArrayList<>(JVM_OPTIONS);
        List<String> nativeAccess = new ArrayList<>(options.nativeAccess());
        String modulePath = options.modulePath();
        List<Path> jna = JnaModules.jars(modulePath);
        ImageFiles patched = new ImageFiles(options.output().resolve("patched-modules"));
        patched.remove();
        if (!jna.isEmpty()) {
            modulePath = new JnaModules(
                            Path.of(System.getProperty("java.home")), patched.root(), JnaModules.hostSystem())
                    .patch(jna, modulePath);
            jvm.addAll(JnaModules.JVM_OPTIONS);
            nativeAccess.add(JnaModules.NATIVE_ACCESS);
        }
        if (!nativeAccess.isEmpty()) {
            jvm.add("--enable-native-access=" + String.join(",", nativeAccess));
        }
        List<String> roots = new ArrayList<>(List.of("updater.app"));
        roots.addAll(options.modules());
        List<String> command = new ArrayList<>(jdk.jlink(modulePath));
        command.addAll(List.of(
                "--add-modules=" + String.join(",", roots),
                "--add-options=" + String.join(" ", jvm),
                "--exclude-files=" + String.join(",", LEFT_OUT),
                "--strip-java-debug-attributes",
                "--no-man-pages",
                "--no-header-files",
                "--compress=zip-0",
                "--vm=server",
                "--output=" + image.root()));
        Command.run(command);
        patched.remove();
    }

    /**
     * The symbol tables of the native libraries are a sixth of them, and serve only a debugger. On macOS and Windows they
     * lie apart, and on macOS every change to a program breaks its signature, for which the kernel kills it.
     */
    private void strip() throws IOException, InterruptedException {
        if (!image.isElf()) {
            return;
        }
        Optional<Path> strip = jdk.strip(options.target().strip());
        if (strip.isEmpty()) {
            System.err.println("warning: no strip for " + jdk.machine().orElse("this machine")
                    + " on the PATH (binutils): the runtime becomes 5 MB larger than need be");
            return;
        }
        List<String> command = new ArrayList<>(List.of(strip.get().toString()));
        image.natives().forEach(file -> command.add(file.toString()));
        Command.run(command);
    }

    /** Writes each distinct text once; jlink would repeat them by links. */
    private void writeLegalTexts() throws IOException {
        Set<String> seen = new HashSet<>();
        StringBuilder all = new StringBuilder();
        for (String module : image.modules()) {
            for (Path file : legalTexts(module)) {
                String text = Files.readString(file);
                if (seen.add(text)) {
                    all.append("==== ")
                            .append(file.getFileName())
                            .append("\n\n")
                            .append(text)
                            .append("\n\n");
                }
            }
        }
        Files.writeString(image.root().resolve("legal.txt"), all);
    }

    private List<Path> legalTexts(String module) throws IOException {
        Path directory = jdk.root().resolve("legal").resolve(module);
        return Files.isDirectory(directory) ? ImageFiles.below(directory) : List.of();
    }

    /** Windows has no manual. */
    private void writeManual() throws IOException {
        if (options.launcher().toString().endsWith(".exe")) {
            return;
        }
        Path page = image.root().resolve(ManualPage.PATH);
        Files.createDirectories(page.resolveSibling("."));
        Files.writeString(page, ManualPage.ofClassPath());
    }

    private void copyLauncher() throws IOException {
        Path launcher =
                options.output().resolve(String.valueOf(options.launcher().getFileName()));
        Files.copy(options.launcher(), launcher, StandardCopyOption.REPLACE_EXISTING);
        ImageFiles.setExecutable(launcher, true);
    }
}
