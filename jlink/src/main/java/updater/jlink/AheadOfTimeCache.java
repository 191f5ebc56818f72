package updater.jlink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Make the ahead-of-time cache of a runtime from a recorded run.
 *
 * <p>The cache stays valid wherever the image is unpacked: the JVM compares what is in the image, not where it lies, how
 * old it is or whose it is. Unlike the image it is not the same bytes in every build, for it holds the objects of a
 * process that ran.
 *
 * @param runtime the image
 */
record AheadOfTimeCache(Path runtime) {
    private static final String MAIN = "updater.app/updater.app.Main";

    /** A class that only an update loads. */
    private static final String OF_AN_UPDATE = "updater/transaction/rollback/RollbackVerification";

    private Path cache() {
        return runtime.resolve("lib").resolve("updater.aot");
    }

    /**
     * Runs the command with every JVM of the runtime recording, each into a file of its own, and makes the cache of what the
     * one recorded that updated. The others are the guard's, which may well exit later, and do next to nothing.
     *
     * @param training starts the product by its launcher, from the runtime or a copy of it
     * @param work where the recordings lie meanwhile
     * @throws BuildFailure when a command fails, no update was recorded, or the JVM does not take the cache
     */
    void train(List<String> training, Path work) throws IOException, InterruptedException {
        Path recordings = Files.createTempDirectory(work, "recordings");
        // The launcher's way to add to the environment of the JVM, which is otherwise fixed.
        Path environment = runtime.resolve("environment");
        try {
            Files.writeString(
                    environment,
                    "JAVA_TOOL_OPTIONS=-XX:AOTMode=record -XX:AOTConfiguration=\"" + recordings + "/%p.aotconfig\"\n");
            Command.run(training);
            Files.delete(environment);
            Path recording = recordingOfAnUpdate(recordings);
            Command.run(java("-XX:AOTMode=create", "-XX:AOTConfiguration=" + recording));
        } finally {
            Files.deleteIfExists(environment);
            new ImageFiles(recordings).remove();
        }
        if (!Files.isRegularFile(cache())) {
            throw new BuildFailure("the JVM made no cache of the recording");
        }
        // This mode refuses to start where the cache does not fit; the product starts all the same, only slower.
        Command.run(java("-XX:AOTMode=on"));
    }

    private static Path recordingOfAnUpdate(Path recordings) throws IOException {
        try (Stream<Path> files = Files.list(recordings)) {
            for (Path file : files.sorted().toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(OF_AN_UPDATE)) {
                    return file;
                }
            }
        }
        throw new BuildFailure("no JVM of the training recorded an update");
    }

    private List<String> java(String... options) {
        return Stream.of(
                        List.of(runtime.resolve("bin").resolve("java").toString()),
                        List.of(options),
                        List.of("-XX:AOTCache=" + cache(), "-m", MAIN, "--version"))
                .flatMap(List::stream)
                .toList();
    }
}
