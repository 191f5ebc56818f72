package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A test run that is killed leaves no machine running on somebody's host. */
@SystemTest
final class BoxOrphanSystemTests {

    /** Boots a box, says which process holds it and its control groups, and waits to be killed. */
    static final class Victim {

        private Victim() {}

        @SuppressWarnings("SystemOut") // The parent reads it.
        public static void main(String[] arguments) throws IOException {
            Box box = Box.boot();
            System.out.println(box.disk().holder());
            box.controlGroups().forEach(System.out::println);
            System.out.println();
            int end = System.in.read();
            System.exit(end);
        }
    }

    @Test
    void killedJvm_withRunningBox_leavesNoProcessAndNextBoxRemovesItsControlGroups() throws IOException {
        Process victim = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader reader = victim.inputReader(StandardCharsets.UTF_8);
        ProcessHandle holder =
                ProcessHandle.of(Long.parseLong(reader.readLine())).orElseThrow();
        List<Path> groups =
                reader.lines().takeWhile(line -> !line.isEmpty()).map(Path::of).toList();
        List<ProcessHandle> inside = victim.descendants().toList();
        assertThat(groups).isNotEmpty().allSatisfy(group -> assertThat(group).isDirectory());
        assertThat(inside).contains(holder).hasSizeGreaterThan(4);

        victim.destroyForcibly().onExit().join();

        Await.until(
                Duration.ofSeconds(10),
                () -> "all processes of the box ended: " + inside,
                () -> inside.stream().noneMatch(ProcessHandle::isAlive));
        // Another JVM's next box may be at it at the same moment: then neither finds all it wants to remove.
        Await.until(Duration.ofSeconds(10), () -> "its control groups are gone: " + groups, () -> {
            ControlGroups.create().remove();
            return groups.stream().noneMatch(Files::exists);
        });
    }
}
