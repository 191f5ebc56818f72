package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.World;

/** {@code home/tmp} is the agent's, who removes it, or parts of it, whenever he likes: at every point of an update. */
final class VanishingTmpTests {
    private static int swept;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "0, tmp", "0, tmp/latest", "0, tmp/rollback",
        "3, tmp", "3, tmp/latest", "3, tmp/rollback",
        "-1, tmp", "-1, tmp/latest", "-1, tmp/rollback"
    })
    void update_tmpVanishesAtAnyPoint_endsExactly(int report, String what, TestInfo info) throws Exception {
        int points = sweep(report, what, Integer.MAX_VALUE, Path.of("0"));
        assertThat(points).as(info.getDisplayName()).isGreaterThan(100);
        int stride = System.getProperty("tries", "").equals("full") ? 1 : 7;
        int first = 1 + (int) (System.nanoTime() % stride + stride) % stride;
        for (int point = first; point <= points; point += stride) {
            sweep(report, what, point, Path.of(Integer.toString(point)));
            swept++;
        }
    }

    @AfterAll
    static void say() {
        assertThat(swept).as("points at which something vanished").isGreaterThan(100);
    }

    /** Returns how many points there were. */
    private int sweep(int report, String what, int point, Path name) throws Exception {
        Path root = Files.createDirectory(directory.toRealPath().resolve(name));
        try (World world = World.plain(root)) {
            world.write("home/lib/a.so", "old a", 0644);
            world.write("home/tmp/latest/lib/a.so", "new a", 0644);
            world.write("home/tmp/latest/lib/b.so", "new b", 0644);
            world.newAgent(report, () -> world.write("home/data", "by the new agent", 0600));
            TreeSnapshot before = world.home();
            world.points.begin();
            world.points.actAt(point, () -> World.remove(world.home(what)));

            int exit = world.update();

            List<String> log = new ArrayList<>(world.points.log());
            String at = point > log.size() ? "nowhere" : log.get(point - 1);
            switch (exit) {
                case 0 -> {
                    assertThat(report).isZero();
                    assertThat(world.home("agent")).as(at).hasContent(World.NEW);
                    assertThat(world.home("lib/b.so")).as(at).hasContent("new b");
                    assertThat(world.service.running).as(at).isEqualTo(World.NEW);
                }
                case 1 ->
                    assertThat(world.home().changesSince(world.atExit))
                            .as(at + world.failure)
                            .isEmpty();
                case 5 -> {
                    assertThat(world.home().changesSince(before)).as(at).isEmpty();
                    assertThat(world.service.calls()).as(at).doesNotContain("stop");
                    assertThat(world.failure).as(at).contains("there is no staged tree");
                }
                default -> fail("exit " + exit + " at " + at + ": " + world.failure);
            }
            assertThat(exit == 0 || report != 0 || exit == 5)
                    .as("a good version is not rolled back: " + at + ": " + world.failure)
                    .isTrue();
            assertThat(world.layout().journal()).as(at).doesNotExist();
            assertThat(world.layout().work()).as(at).doesNotExist();
            return log.size();
        }
    }
}
