package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.transaction.world.FakeService;
import updater.transaction.world.World;

/**
 * The updater is killed when it has written a phase record and not forced it, a recovery acts on it, and the power is cut: all that
 * was done is on disk, and of the journal only what was forced.
 */
final class LostRecordsTests {
    /** Of the points at which the recovery ends, one in so many is tried. */
    private static final int STRIDE = 6;

    @TempDir
    private Path directory;

    private int worlds;
    private byte[] durable = {};
    private boolean since;

    private World world(int report, int statusBefore) throws IOException {
        World world = World.plain(Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)));
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/new.so", "new", 0644);
        world.writeStatus(statusBefore);
        since = false;
        world.newAgent(statusBefore == 2 ? report : -1, () -> {});
        FakeService.Deed newAgent = world.service.onStart;
        world.service.onStart = () -> {
            newAgent.run();
            if (world.service.running.equals(World.OLD) && !since) {
                since = true;
                world.write("home/storage/queue", "of the old agent since", 0600);
            }
        };
        Path journal = world.layout().journal();
        world.points.forced = path -> {
            if (path.equals(journal.toString())) {
                durable = content(journal);
            }
        };
        return world;
    }

    private static byte[] content(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The points right before a phase record is forced, once the stop was requested. */
    private List<Integer> unforced(int report, int statusBefore) throws Exception {
        try (World world = world(report, statusBefore)) {
            assertThat(world.update()).as(() -> world.failure).isBetween(0, 1);
            List<Integer> points = new ArrayList<>();
            List<String> log = world.points.log();
            for (int i = log.indexOf("before stop"); i < log.size(); i++) {
                if (log.get(i).startsWith("before force ") && log.get(i).endsWith("/journal")) {
                    points.add(i + 1);
                }
            }
            return points;
        }
    }

    /** A report of the new agent, and the status before; 0 for an update of an operator's own, of which nothing is reported. */
    @ParameterizedTest
    @CsvSource({"0, 2", "3, 2", "0, 0"})
    void recover_recordIsLostWhileItIsActedUpon_isWhollyOldOrWhollyNew(int report, int statusBefore) throws Exception {
        List<Integer> unforced = unforced(report, statusBefore);
        assertThat(unforced).hasSizeGreaterThanOrEqualTo(3);
        int cuts = 0;
        for (int point : unforced) {
            String lost = "phase record " + (unforced.indexOf(point) + 1) + " since the stop was lost";
            for (int second = 1, killed = 1; killed == 1; second += STRIDE) {
                try (World world = world(report, statusBefore)) {
                    int at = second;
                    world.killed(() -> world.points.killAt(point), true);
                    killed = world.killed(() -> world.points.killAt(at), false) ? 1 : 0;
                    if (Files.exists(world.layout().journal())) {
                        Files.write(world.layout().journal(), durable);
                        cuts++;
                    }
                    world.clock.cancelAll();
                    boolean before = since;
                    since = true;
                    world.reboot();

                    int exit = world.recover();

                    assertWhole(world, exit, before, lost + ", the recovery killed at " + at);
                }
            }
        }
        assertThat(cuts).isGreaterThan(20);
    }

    private static void assertWhole(World world, int exit, boolean since, String what) {
        boolean updated = world.service.running.equals(World.NEW);
        String version = updated ? "new" : "old";
        assertThat(exit).as(what + ": " + world.failure).isBetween(0, updated ? 0 : 1);
        assertThat(world.service.running).as(what).isEqualTo(version + " agent");
        assertThat(world.home("agent")).as(what).hasContent(version + " agent");
        assertThat(world.home("lib/a.so")).as(what).hasContent(version + " a");
        assertThat(Files.exists(world.home("lib/new.so"))).as(what).isEqualTo(updated);
        assertThat(world.root().resolve("units/agent.unit")).as(what).hasContent(version + " unit");
        assertThat(world.layout().journal()).as(what).doesNotExist();
        if (since) {
            assertThat(world.home("storage/queue")).as(what).hasContent("of the old agent since");
        }
    }
}
