package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.testkit.TreeSnapshot;

/**
 * The updater runs from the state directory, not from the tree that it installs from and removes at its end, and that is the agent's to
 * remove. A virtual machine whose files are gone cannot start a program ({@code lib/jspawnhelper}), digest for the first time
 * ({@code conf/security}) nor tell a local time ({@code lib/tzdb.dat}).
 */
@SystemTest
final class OwnRuntimeSystemTests {

    private static final String STAGED = InstalledAgent.HOME + "/tmp/latest/updater-runtime";
    private static final String COPY = InstalledAgent.STATE + "/runtime-";

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(strings = {"installed", "failed"})
    void runtime_throughoutAnUpdate_isThereUntilTheLastCommandAndFileOfIt(String report, Box box, Bundles bundles)
            throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        SampleAgent v2 = SampleAgent.bindplane("v2").behaving("report " + report);
        scenario.stage(scenario.bundle(scenario.offer(v2)));

        Command.Result run = box.exec(
                "strace",
                "-f",
                "-qq",
                "-s",
                "512",
                "-o",
                "/srv/trace",
                "-e",
                "signal=none",
                "-e",
                "trace=execve,open,openat,rename,renameat,renameat2,unlink,unlinkat,rmdir",
                InstalledAgent.HOME + "/updater");
        List<String> trace = Files.readAllLines(box.at("/srv/trace"), java.nio.charset.StandardCharsets.ISO_8859_1);
        Files.delete(box.at("/srv/trace"));

        assertThat(run.exit()).as(run.toString()).isEqualTo(report.equals("installed") ? 0 : 1);
        int java = first(trace, "execve(\"" + COPY, "/bin/java", "= 0");
        int placed = last(trace, "rename", "agent");
        int spawned = last(trace, "execve(\"" + COPY, "/lib/jspawnhelper", "= 0");
        assertThat(java)
                .as(() -> "the virtual machine was started: "
                        + trace.stream()
                                .filter(line -> line.contains("execve("))
                                .toList())
                .isPositive();
        assertThat(placed).as("a file was placed").isGreaterThan(java);
        assertThat(spawned).as("a command was started after that").isGreaterThan(placed);
        assertThat(trace)
                .filteredOn(line -> line.contains("execve(\"" + STAGED))
                .isEmpty();
        TreeSnapshot runtime = TreeSnapshot.of(bundles.runtimeTree().resolve("updater-runtime"));
        assertThat(trace.subList(java, trace.size()))
                .filteredOn(line -> line.contains(COPY) && line.contains("ENOENT"))
                .as("files of the runtime that were missed")
                .noneMatch(line -> runtime.entries().containsKey(pathInRuntime(line)));
        assertThat(opened(trace.subList(java, trace.size())))
                .contains("lib/modules", "lib/server/libjvm.so", "lib/updater.aot");
        assertThat(scenario.agent().home().resolve("tmp")).doesNotExist();
    }

    private static Set<String> opened(List<String> trace) {
        return trace.stream()
                .filter(line -> line.contains("open") && line.contains(COPY) && !line.contains(" = -1 "))
                .map(OwnRuntimeSystemTests::pathInRuntime)
                .collect(Collectors.toSet());
    }

    private static String pathInRuntime(String line) {
        int start = line.indexOf('/', line.indexOf(COPY) + COPY.length()) + 1;
        int end = line.indexOf('"', start);
        return start == 0 || end < start
                ? ""
                : Path.of(line.substring(start, end)).normalize().toString();
    }

    private static int first(List<String> trace, String... parts) {
        return IntStream.range(0, trace.size())
                .filter(i -> containsAll(trace.get(i), parts))
                .findFirst()
                .orElse(-1);
    }

    private static int last(List<String> trace, String... parts) {
        return IntStream.range(0, trace.size())
                .filter(i -> containsAll(trace.get(i), parts))
                .reduce((a, b) -> b)
                .orElse(-1);
    }

    private static boolean containsAll(String line, String... parts) {
        return List.of(parts).stream().allMatch(line::contains);
    }
}
