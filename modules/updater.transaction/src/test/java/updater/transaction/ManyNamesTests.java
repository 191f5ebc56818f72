package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Directory;
import updater.fs.DirectoryChain;
import updater.fs.Disk;
import updater.fs.TreeRemoval;

/**
 * Names and paths fill no memory. Takes seconds, for the files: {@link ManyNamesMain} was run with a million names and with
 * ten thousand levels by hand.
 */
@EnabledOnOs(OS.LINUX)
final class ManyNamesTests {
    /** Of a virtual machine whose memory is limited as that of the runtime is. */
    private static final List<String> AS_LAUNCHED = List.of(
            "-Xms5m",
            "-Xmn2m",
            "-XX:SurvivorRatio=2",
            "-Xmx64m",
            "-XX:CompileCommand=quiet",
            "-XX:CompileCommand=exclude,jdk.internal.classfile.impl.StackMapGenerator::processBlock");

    @TempDir
    Path temp;

    private Path directory;

    @BeforeEach
    void resolve() throws IOException {
        directory = temp.toRealPath();
    }

    /** Before JUnit does, which takes minutes for a deep tree. */
    @AfterEach
    void remove() throws IOException {
        try (Directory parent = Disk.ofHost().open(directory)) {
            for (String name : List.of("few", "many")) {
                if (parent.lookup(name).isPresent()) {
                    TreeRemoval.remove(parent, name);
                }
            }
        }
    }

    @Test
    void update_newAgentMovedMoreNamesIntoHomeThanMemoryHolds_isRolledBack() throws Exception {
        Path many = Files.createDirectories(directory.resolve("many/names"));
        for (int i = 0; i < 40_000; i++) {
            Files.createFile(many.resolve(i + "n".repeat(240)));
        }

        assertThat(update(many, "new", List.of("-Xmx16m"))).startsWith("ROLLED_BACK false");
    }

    /** Each takes as long as a restart of the agent. */
    @Test
    void update_pathsOfADeepTree_areNotCollectedWhileNoAgentRuns() throws Exception {
        String output = update(deep("many", 2_500), "before", AS_LAUNCHED);

        assertThat(output).matches("(?s)ROLLED_BACK true \\d+ 0\\s*");
    }

    /** What a walk has passed is no longer used, but was held until the heap had grown to its limit. */
    @Test
    void update_pathsOfADeepTree_takeAFewMegabytes() throws Exception {
        String few = update(deep("few", 10), "before", AS_LAUNCHED);
        String many = update(deep("many", 4_000), "before", AS_LAUNCHED);

        assertThat(many).startsWith("ROLLED_BACK true");
        assertThat(mebibytes(many)).isLessThan(mebibytes(few) + 9);
    }

    private static long mebibytes(String output) {
        return Long.parseLong(output.split(" ")[2]) >> 10;
    }

    private Path deep(String name, int levels) throws IOException {
        Path root = Files.createDirectories(directory.resolve(name).resolve("names"));
        try (DirectoryChain chain = new DirectoryChain(Disk.ofHost())) {
            chain.directory(root, "d/".repeat(levels - 1) + "d", (above, child) -> {
                above.createDirectory(child, 0750);
                return above.child(child);
            });
        }
        return root;
    }

    /** Returns what {@link ManyNamesMain} prints. */
    private static String update(Path names, String when, List<String> limits) throws Exception {
        Path world = Files.createDirectory(names.resolveSibling("world"));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        Path collections = names.resolveSibling("collections");
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xlog:gc:file=" + collections));
        command.addAll(limits);
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ManyNamesMain.class.getName(),
                world.toString(),
                names.toString(),
                when,
                collections.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
