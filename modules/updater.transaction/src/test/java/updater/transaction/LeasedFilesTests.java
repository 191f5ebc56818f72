package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.testkit.Leases;
import updater.transaction.world.FakeService;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.World;

/** Leases on files of home. Each takes the two seconds that their holder is given. */
final class LeasedFilesTests extends Story {
    @TempDir
    Path tools;

    private World plain() throws IOException {
        return World.plain(root());
    }

    private static Judge judge(World world) throws IOException {
        return new Judge(world, GeneratedUpdate.plain(Definition.OUTSIDE, -1));
    }

    private static List<Path> several(World world) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            files.add(world.write("home/data/leased" + i, "x", 0644));
        }
        return files;
    }

    @Test
    void update_filesWithLeasesBeforeTheStop_isRefused() throws Exception {
        World world = plain();
        List<Path> files = several(world);
        try (Leases held = Leases.hold(tools, files)) {
            assertThat(held).isNotNull();

            assertThat(world.update()).as(() -> world.failure).isEqualTo(5);
        }
        assertThat(world.failure).contains("data/leased0", "lease", "user ");
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.service.running).isEqualTo(World.OLD);
    }

    @Test
    void update_changedFilesWithLeasesBehindTheStop_isRolledBackAtOnce() throws Exception {
        World world = plain();
        List<Path> files = several(world);
        Judge judge = judge(world);
        List<Leases> held = new ArrayList<>();
        FakeService.Deed first = world.service.onFirstStop;
        world.service.onFirstStop = () -> {
            for (Path file : files) {
                Files.writeString(file, "changed as it stopped");
            }
            first.run();
            try {
                held.add(Leases.hold(tools, files));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        long start = System.nanoTime();
        try {
            assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
            assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
        } finally {
            held.forEach(Leases::close);
        }
        judge.old();
    }

    @Test
    void update_newAgentLeftLeasesOnUnchangedFiles_isRolledBack() throws Exception {
        World world = plain();
        List<Path> files = several(world);
        Judge judge = judge(world);
        List<Leases> held = new ArrayList<>();
        world.newAgent(3, () -> {
            try {
                held.add(Leases.hold(tools, files));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        try {
            assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
        } finally {
            held.forEach(Leases::close);
        }
        judge.old();
    }
}
