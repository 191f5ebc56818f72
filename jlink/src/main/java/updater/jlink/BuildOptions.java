package updater.jlink;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The command line of {@link BuildRuntime}.
 *
 * @param modulePath jars or directories of jars, as for {@code java}
 * @param modules root modules besides {@code updater.app}
 * @param nativeAccess modules that may call native code
 * @param output becomes the directory with launcher and runtime
 * @param training runs the product once; without one there is no cache
 * @param target what the image is made of, and for
 */
record BuildOptions(
        String modulePath,
        List<String> modules,
        List<String> nativeAccess,
        Path launcher,
        Path output,
        List<String> training,
        Target target) {
    /**
     * What the image is made of, where that is not the JDK that runs this.
     *
     * @param jdk empty for the one that runs this
     * @param strip empty for the one of the machine
     * @param emulator the words that run a program of the JDK here; none where it runs by itself
     */
    record Target(Optional<Path> jdk, Optional<Path> strip, List<String> emulator) {
        Target {
            emulator = List.copyOf(emulator);
        }
    }

    static final String USAGE = """
            usage: java updater.jlink.BuildRuntime --module-path JARS --launcher FILE --output DIRECTORY
                       [--modules NAMES] [--native-access NAMES]
                       [--target-jdk DIRECTORY [--strip PROGRAM] [--emulator COMMAND]] [-- TRAINING COMMAND]
            in the training command {bundle} becomes the output directory, {java} the java that runs this""";

    private static final Set<String> NAMES = Set.of(
            "--module-path",
            "--modules",
            "--native-access",
            "--launcher",
            "--output",
            "--target-jdk",
            "--strip",
            "--emulator");

    BuildOptions {
        modules = List.copyOf(modules);
        nativeAccess = List.copyOf(nativeAccess);
        training = List.copyOf(training);
    }

    /** @throws BuildFailure with the usage */
    static BuildOptions parse(List<String> arguments) {
        int end = arguments.indexOf("--");
        List<String> words = end < 0 ? arguments : arguments.subList(0, end);
        List<String> training = end < 0 ? List.of() : arguments.subList(end + 1, arguments.size());
        Options options = Options.parse(words, NAMES)
                .filter(parsed -> parsed.operands().isEmpty())
                .orElseThrow(() -> new BuildFailure(USAGE));
        Path output = Path.of(required(options, "--output")).toAbsolutePath().normalize();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new BuildOptions(
                required(options, "--module-path"),
                names(options, "--modules"),
                names(options, "--native-access"),
                Path.of(required(options, "--launcher")),
                output,
                training.stream()
                        .map(word -> word.replace("{bundle}", output.toString()).replace("{java}", java))
                        .toList(),
                new Target(
                        options.value("--target-jdk").map(Path::of),
                        options.value("--strip").map(Path::of),
                        Stream.of(options.value("--emulator").orElse("").split(" ", -1))
                                .filter(word -> !word.isEmpty())
                                .toList()));
    }

    private static String required(Options options, String name) {
        return options.value(name).orElseThrow(() -> new BuildFailure(USAGE));
    }

    private static List<String> names(Options options, String name) {
        String value = options.value(name).orElse("");
        return value.isEmpty() ? List.of() : List.of(value.split(",", -1));
    }
}
