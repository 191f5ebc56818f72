package updater.jlink;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The command line of {@link BuildRuntime}.
 *
 * @param modulePath jars or directories of jars, as for {@code java}; {@code jmods} of another platform among them
 *     make the image one for that platform
 * @param modules root modules besides {@code updater.app}
 * @param nativeAccess modules that may call native code
 * @param output becomes the directory with launcher and runtime
 * @param training runs the product once; without one there is no cache
 */
record BuildOptions(
        String modulePath,
        List<String> modules,
        List<String> nativeAccess,
        Path launcher,
        Path output,
        List<String> training) {
    static final String USAGE = """
            usage: java updater.jlink.BuildRuntime --module-path JARS --launcher FILE --output DIRECTORY
                       [--modules NAMES] [--native-access NAMES] [-- TRAINING COMMAND]
            in the training command {bundle} becomes the output directory, {java} the java that runs this""";

    private static final Set<String> NAMES =
            Set.of("--module-path", "--modules", "--native-access", "--launcher", "--output");

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
                        .toList());
    }

    private static String required(Options options, String name) {
        return options.value(name).orElseThrow(() -> new BuildFailure(USAGE));
    }

    private static List<String> names(Options options, String name) {
        String value = options.value(name).orElse("");
        return value.isEmpty() ? List.of() : List.of(value.split(",", -1));
    }
}
