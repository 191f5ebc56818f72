package updater.jlink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * @param emulator the words that run a program of the image here; none where it runs by itself
 */
record AheadOfTimeCache(Path runtime, List<String> emulator) {
    private static final String MAIN = "updater.app/updater.app.Main";

    /** A class that only an update loads. */
    private static final String OF_AN_UPDATE = "updater/transaction/rollback/RollbackVerification";

    AheadOfTimeCache {
        emulator = List.copyOf(emulator);
    }

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
            create(recordingOfAnUpdate(recordings));
        } finally {
            Files.deleteIfExists(environment);
            new ImageFiles(recordings).remove();
        }
    }

    /**
     * Makes the cache of what one command recorded that looks at a host and changes nothing: no update can be run of a
     * program that needs an emulator, for its launcher does not know of one. It holds less than that of an update.
     *
     * @param work where the recording lies meanwhile
     * @throws BuildFailure when nothing was recorded, or the JVM does not take the cache
     */
    void trainByACommand(Path work) throws IOException, InterruptedException {
        Path recording = work.resolve("recording.aotconfig");
        try {
            // What this host lacks of an agent is in its exit code.
            List<String> command = new ArrayList<>(List.of("sh", "-c", "\"$@\" || true", "sh"));
            command.addAll(emulator);
            command.addAll(List.of(
                    runtime.resolve("bin").resolve("java").toString(),
                    "-XX:AOTMode=record",
                    "-XX:AOTConfiguration=" + recording,
                    "-m",
                    MAIN,
                    "doctor",
                    "--home",
                    work.toString()));
            Command.run(command);
            create(recording);
        } finally {
            Files.deleteIfExists(recording);
        }
    }

    private void create(Path recording) throws IOException, InterruptedException {
        Command.run(java("-XX:AOTMode=create", "-XX:AOTConfiguration=" + recording));
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
                        emulator,
                        List.of(runtime.resolve("bin").resolve("java").toString()),
                        List.of(options),
                        List.of("-XX:AOTCache=" + cache(), "-m", MAIN, "--version"))
                .flatMap(List::stream)
                .toList();
    }
}
