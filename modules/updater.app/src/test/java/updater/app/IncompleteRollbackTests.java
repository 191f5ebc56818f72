package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.faulty.FaultyDisk;

/** Invariant 5: a rollback that cannot finish keeps what it takes to finish it, and costs nothing that came after it. */
final class IncompleteRollbackTests {
    @TempDir
    private Path directory;

    private World world;
    private boolean broken;

    /** An update whose new agent fails, on a disk that then cannot put {@code lib/a.so} back. */
    @BeforeEach
    void rollBackOnABrokenDisk() throws Exception {
        world = World.plain(directory.toRealPath());
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/lib/b.so", "old b", 0644);
        world.write("home/storage/queue", "as the old agent left it", 0600);
        world.write("home/storage/other", "as the old agent left it", 0600);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/tmp/latest/lib/b.so", "new b", 0644);
        world.write("home/tmp/latest/lib/new.so", "new", 0644);
        world.below = disk -> new FaultyDisk(disk).failingBefore(operation -> {
            if (broken && operation.path().endsWith("/lib/a.so")) {
                throw new IOException("no luck with " + operation.name() + " " + operation.path());
            }
        });
        world.newAgent(3, () -> {
            broken = true;
            world.write("home/storage/queue", "as the new agent left it", 0600);
        });
        assertThat(world.update()).isEqualTo(4);
        assertThat(world.failure).contains("lib/a.so", "no luck");
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.home("lib/b.so")).hasContent("old b");
        assertThat(world.home("storage/queue")).hasContent("as the old agent left it");
    }

    @Test
    void recover_causeIsGone_mendsWhatWasLeftAndNothingElse() throws Exception {
        world.write("home/storage/queue", "what came in since", 0600);
        world.write("home/storage/other", "what came in since", 0600);
        world.write("home/lib/new.so", "the operator's", 0644);
        broken = false;

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home("lib/a.so")).hasContent("old a");
        assertThat(world.home("storage/queue")).hasContent("what came in since");
        assertThat(world.home("storage/other")).hasContent("what came in since");
        assertThat(world.home("lib/new.so")).hasContent("the operator's");
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(Unrestored.file(world.layout())).doesNotExist();
    }

    @Test
    void recover_causeIsStillThere_saysSoAndCanBeRepeated() throws Exception {
        world.write("home/storage/queue", "what came in since", 0600);

        assertThat(world.recover()).isEqualTo(4);
        assertThat(world.failure).contains("lib/a.so", "no luck").contains("\"recovered\": true");
        broken = false;

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);
        assertThat(world.home("lib/a.so")).hasContent("old a");
        assertThat(world.home("storage/queue")).hasContent("what came in since");
    }

    @Test
    void recover_agentRemovedTheDirectorySince_leavesItRemoved() throws Exception {
        World.remove(world.home("lib"));
        broken = false;

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home("lib")).doesNotExist();
    }

    @Test
    void recover_killedAnywhere_finishedByTheNext() throws Exception {
        world.write("home/storage/queue", "what came in since", 0600);
        broken = false;
        int kills = 0;
        for (int point = 1; world.killed(killAt(point), false); point += 3) {
            kills++;
        }

        assertThat(kills).isGreaterThan(5);
        assertThat(world.exit).as(() -> world.failure).isIn(0, 1);
        assertThat(world.recover()).as(() -> world.failure).isZero();
        assertThat(world.home("lib/a.so")).hasContent("old a");
        assertThat(world.home("storage/queue")).hasContent("what came in since");
    }

    private Runnable killAt(int point) {
        return () -> world.points.killAt(point);
    }

    @Test
    void recover_givenUp_endsItAndTheNextUpdateGoesOn() throws Exception {
        World.remove(world.layout().rollback());
        broken = false;
        assertThat(world.recover()).isEqualTo(4);
        assertThat(world.failure).contains("its backup", "is gone", "--give-up");
        assertThat(world.layout().journal()).exists();

        assertThat(world.recover("--give-up")).isEqualTo(4);

        assertThat(world.failure).contains("given up as asked");
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.service.armed).isFalse();
        assertThat(world.service.running).isEqualTo(World.OLD);
        Files.createDirectories(world.layout().staged());
        world.write("home/tmp/latest/lib/a.so", "newer a", 0644);
        world.write("home/tmp/latest/agent", World.NEW, 0755);
        world.writeStatus(2);
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.home("lib/a.so")).hasContent("newer a");
    }
}
