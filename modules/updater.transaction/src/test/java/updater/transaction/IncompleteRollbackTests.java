package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.faulty.FaultyDisk;
import updater.transaction.context.StateFiles;
import updater.transaction.world.FakeService;
import updater.transaction.world.World;

/** Invariant 5: a rollback that cannot finish keeps what it takes to finish it, and costs nothing that came after it. */
final class IncompleteRollbackTests {
    @TempDir
    private Path directory;

    private World world;
    private boolean broken;
    private String brokenPath = "/lib/a.so";

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
            if (broken && operation.path().endsWith(brokenPath)) {
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
        assertThat(StateFiles.pendingRestores(world.layout())).doesNotExist();
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

    /** To compare all of home instead would take what came in since for the new agent's. */
    @Test
    void recover_listCannotBeRead_leavesEverythingAndSaysSo() throws Exception {
        world.write("home/storage/queue", "what came in since", 0600);
        Path list = StateFiles.pendingRestores(world.layout());
        Path aside = Files.move(list, list.resolveSibling("aside"));
        Files.createDirectory(list);
        broken = false;

        assertThat(world.recover()).isEqualTo(4);

        assertThat(world.failure).contains(list.toString());
        assertThat(world.recoverGivingUp()).isEqualTo(4);
        assertThat(world.layout().journal()).exists();
        assertThat(world.home("storage/queue")).hasContent("what came in since");
        assertThat(world.service.running).isEqualTo(World.OLD);
        Files.delete(list);
        Files.move(aside, list);
        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);
        assertThat(world.home("storage/queue")).hasContent("what came in since");
        assertThat(world.home("lib/a.so")).hasContent("old a");
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

        assertThat(world.recoverGivingUp()).isEqualTo(4);

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

    @Test
    void recover_agentMadeALinkOfAFileSince_leavesIt() throws Exception {
        Files.delete(world.home("storage/other"));
        Files.createSymbolicLink(world.home("storage/other"), Path.of("queue"));
        broken = false;

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home("storage/other")).isSymbolicLink();
    }

    @Test
    void recover_agentMadeANameThatIsNoTextSince_leavesIt() throws Exception {
        sh(": >\"$(printf 'bad\\377')\"");
        broken = false;

        assertThat(world.recover()).as(() -> world.failure).isEqualTo(1);

        sh("test -e \"$(printf 'bad\\377')\"");
    }

    private void sh(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script)
                .directory(world.home("storage").toFile())
                .start();
        assertThat(process.waitFor()).isZero();
    }

    /** Only its mode was left: to make it anew would be to lose what was in it. */
    @Test
    void recover_directoryThatOnlyDifferedWasMovedSince_leavesItMoved() throws Exception {
        World other = again("/storage", () -> {
            Files.setAttribute(world.home("storage"), "unix:mode", 0700);
            broken = true;
        });
        Files.move(other.home("storage"), other.home("storage.moved"));
        Files.createSymbolicLink(other.home("storage"), Path.of("storage.moved"));
        broken = false;

        assertThat(other.recover()).as(() -> other.failure).isEqualTo(1);

        assertThat(other.home("storage")).isSymbolicLink();
        assertThat(other.home("storage/queue")).hasContent("as the old agent left it");
    }

    /** What it writes until it is stopped at last is on no list. */
    @Test
    void recover_newAgentCouldNotBeStoppedAndWroteOn_everythingIsUndone() throws Exception {
        World other = again("/none", () -> world.service.fail("stop"));
        other.write("home/storage/queue", "as the new agent left it", 0600);
        other.write("home/storage/new", "as the new agent left it", 0600);
        other.service.mend();

        assertThat(other.recover()).as(() -> other.failure).isEqualTo(1);

        assertThat(other.home("storage/queue")).hasContent("as the old agent left it");
        assertThat(other.home("storage/new")).doesNotExist();
        assertThat(other.service.running).isEqualTo(World.OLD);
    }

    @Test
    void recover_contentDiffersAfterTheStart_isNotForgotten() throws Exception {
        FakeService.Deed rot = () -> {
            Path file = world.home("storage/other");
            FileTime time = Files.getLastModifiedTime(file);
            Files.writeString(file, "as the old agent lost it");
            Files.setLastModifiedTime(file, time);
        };
        World other = again("/none", () -> {
            FakeService.Deed before = world.service.onStart;
            world.service.onStart = () -> {
                before.run();
                rot.run();
                world.service.onStart = before;
            };
        });
        assertThat(other.failure).contains("storage/other: content");

        assertThat(other.recover()).isEqualTo(4);
        assertThat(other.recover()).isEqualTo(4);
        assertThat(other.failure).contains("storage/other: content");
        Path file = other.home("storage/other");
        FileTime time = Files.getLastModifiedTime(file);
        Files.writeString(file, "as the old agent left it");
        Files.setLastModifiedTime(file, time);

        assertThat(other.recover()).as(() -> other.failure).isEqualTo(1);
    }

    /** Runs one more update, in a world of its own, that is rolled back incompletely. */
    private World again(String path, FakeService.Deed newAgent) throws Exception {
        broken = false;
        world.close();
        Files.createDirectories(directory);
        brokenPath = path;
        world = World.plain(directory.toRealPath());
        world.write("home/storage/queue", "as the old agent left it", 0600);
        world.write("home/storage/other", "as the old agent left it", 0600);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.below = disk -> new FaultyDisk(disk).failingBefore(operation -> {
            if (broken && operation.path().endsWith(brokenPath)) {
                throw new IOException("no luck with " + operation.name() + " " + operation.path());
            }
        });
        world.newAgent(3, newAgent);
        assertThat(world.update()).as(() -> world.failure).isEqualTo(4);
        return world;
    }
}
