package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.Test;
import updater.state.document.UpdateReport;
import updater.state.document.UpdateReport.FileCounts;
import updater.testkit.TreeSnapshot;
import updater.transaction.context.PlanPreview;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.GeneratedUpdate;
import updater.transaction.world.Judge;
import updater.transaction.world.LastVersion;
import updater.transaction.world.World;

/** Updates in a row: what the last version shipped, and what the next one drops. */
final class ShippedFilesTests extends ShippedVersions {
    private static final String DROPPED =
            "not in this version any more, but changed since it was installed, so it stays: ";

    @Test
    void update_first_recordsWhatWasShipped() throws Exception {
        assertThat(LastVersion.recorded(world))
                .containsOnlyKeys(
                        "agent",
                        "config.yaml",
                        "etc",
                        "etc/agent.conf",
                        "lib",
                        "lib/a.so",
                        "lib/old",
                        "lib/old/dropped.so",
                        "rules",
                        "rules/site");
    }

    @Test
    void update_droppedAndUnchanged_isRemovedWithItsDirectory() throws Exception {
        stage("lib/a.so", "a 2", 0644);

        UpdateReport report = update(0);

        assertThat(world.home("lib/old")).doesNotExist();
        assertThat(world.home("etc")).doesNotExist();
        assertThat(world.home("lib/a.so")).hasContent("a 2");
        assertThat(report.changes().files().removed()).isEqualTo(2);
        assertThat(report.warnings()).isEmpty();
        assertThat(LastVersion.recorded(world)).containsOnlyKeys("agent", "lib", "lib/a.so");
    }

    @Test
    void update_droppedAndChanged_staysAndIsNamed() throws Exception {
        world.write("home/lib/old/dropped.so", "changed", 0640);
        world.write("home/etc/operators", "", 0600);
        stage("lib/a.so", "a 2", 0644);

        UpdateReport report = update(0);

        assertThat(world.home("lib/old/dropped.so")).hasContent("changed");
        assertThat(world.home("etc/agent.conf")).doesNotExist();
        assertThat(world.home("etc/operators")).exists();
        assertThat(report.changes().files().removed()).isOne();
        assertThat(report.changes().files().stayed()).isOne();
        assertThat(report.warnings()).containsExactly(DROPPED + "lib/old/dropped.so");
    }

    @Test
    void update_droppedButPreservedOrMutable_stays() throws Exception {
        world.write("home/cache/seed", "seed", 0644);
        stage("lib/a.so", "a 2", 0644);

        assertThat(update(0).warnings()).isEmpty();

        assertThat(world.home("cache/seed")).exists();
        assertThat(world.home("config.yaml")).hasContent("the operator's");
    }

    @Test
    void update_droppedAndReplacedByALink_isNotFollowed() throws Exception {
        Path elsewhere = world.write("elsewhere", "dropped", 0640);
        Files.delete(world.home("lib/old/dropped.so"));
        Files.createSymbolicLink(world.home("lib/old/dropped.so"), elsewhere);
        stage("lib/a.so", "a 2", 0644);

        assertThat(update(0).warnings()).containsExactly(DROPPED + "lib/old/dropped.so");

        assertThat(elsewhere).exists();
        assertThat(Files.isSymbolicLink(world.home("lib/old/dropped.so"))).isTrue();
    }

    @Test
    void update_droppedFileWrittenWhileTheOldAgentStops_stays() throws Exception {
        stage("lib/a.so", "a 2", 0644);
        world.service.onStop = () -> world.write("home/lib/old/dropped.so", "last words", 0640);

        update(0);

        assertThat(world.home("lib/old/dropped.so")).hasContent("last words");
    }

    @Test
    void update_rolledBack_droppedFilesAreBackAsTheyWere() throws Exception {
        stage("lib/a.so", "a 2", 0644);
        world.write("home/etc/agent.conf", "mine", 0600);
        stage("etc/agent.conf", "second", 0644);
        TreeSnapshot before = world.home();
        byte[] record = Files.readAllBytes(world.layout().state().resolve("shipped"));

        update(3);

        assertThat(world.home().changesSince(before)).isEmpty();
        assertThat(world.layout().state().resolve("shipped")).hasBinaryContent(record);
    }

    /** An agent whose umask is 077 unpacks everything for itself alone; the vendor has changed nothing. */
    @Test
    void update_bundleIsUnpackedUnderAUmask_modesStay() throws Exception {
        stage("updater", "the launcher", 0700);
        stage("lib/a.so", "a 2", 0600);
        stage("etc/agent.conf", "first", 0600);
        stage("bin/tool", "new", 0700);
        stage("lib/old/dropped.so", "now a program", 0700);

        update(0);

        assertThat(mode("lib/a.so")).isEqualTo(0644);
        assertThat(mode("etc/agent.conf")).isEqualTo(0640);
        assertThat(mode("bin/tool")).isEqualTo(0700);
        assertThat(mode("lib/old/dropped.so")).isEqualTo(0740);
    }

    @Test
    void update_droppedAndNotReachedWhenItCame_staysAndIsNamed() throws Exception {
        LastVersion.notReached(world, "lib/old/dropped.so");
        stage("lib/a.so", "a 2", 0644);

        assertThat(update(0).warnings())
                .containsExactly("not in this version any more, but nothing tells whether it was changed, so it stays: "
                        + "lib/old/dropped.so");

        assertThat(world.home("lib/old/dropped.so")).hasContent("dropped");
    }

    @Test
    void update_recordDamaged_nothingIsRemovedAndTheNextRecordIsWhole() throws Exception {
        Path record = world.layout().state().resolve("shipped");
        byte[] bytes = Files.readAllBytes(record);
        bytes[bytes.length / 2] ^= 1;
        Files.write(record, bytes);
        stage("lib/a.so", "a 2", 0644);

        assertThat(update(0).warnings())
                .anyMatch(line -> line.startsWith("what the last version shipped cannot be told"));

        assertThat(world.home("etc/agent.conf")).exists();
        assertThat(LastVersion.recorded(world)).containsOnlyKeys("agent", "lib", "lib/a.so");
    }

    @Test
    void update_anotherVersionInstalledSince_nothingIsRemovedNorKeptAside() throws Exception {
        for (int i = 0; i < 12; i++) {
            stage("many/" + i, "second", 0644);
        }
        update(0);
        for (int i = 0; i < 12; i++) {
            world.write("home/many/" + i, "by the package", 0644);
            stage("many/" + i, "third", 0644);
        }
        stage("many/0", "third", 0644);
        Files.delete(world.staged("many/11"));
        next("new agent 3");

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.home("many/0")).hasContent("third");
        assertThat(world.home("many/0.orig")).doesNotExist();
        assertThat(world.home("many/11")).hasContent("by the package");
        assertThat(world.failure).contains("most of what the last version shipped is not what is here");
    }

    /** Killed at every point, through a success and through a rollback: files and record are those of one version. */
    @Test
    void update_killedAnywhere_filesAndRecordAreOfOneVersion() throws Exception {
        for (boolean healthy : new boolean[] {true, false}) {
            boolean killed = true;
            for (int point = 1; killed; point += healthy ? 3 : 5) {
                killed = killedAt(point, healthy);
            }
        }
    }

    private boolean killedAt(int point, boolean healthy) throws Exception {
        try (World one = world(product -> configuring(product, Set.of("config.yaml"), "*.conf"))) {
            one.write("home/lib/old/dropped.so", "dropped", 0640);
            one.write("home/lib/old/changed.so", "shipped", 0640);
            one.write("home/lib/a.so", "a 1", 0644);
            one.write("home/etc/agent.conf", "first", 0640);
            LastVersion.asInHome(
                    one,
                    "etc",
                    "etc/agent.conf",
                    "lib",
                    "lib/a.so",
                    "lib/old",
                    "lib/old/changed.so",
                    "lib/old/dropped.so");
            one.write("home/lib/old/changed.so", "patched", 0640);
            one.write("home/lib/a.so", "patched", 0644);
            one.write("home/etc/agent.conf", "mine", 0640);
            one.write("home/tmp/latest/lib/a.so", "a 2", 0755);
            one.write("home/tmp/latest/etc/agent.conf", "second", 0640);
            Judge judge = new Judge(one, GeneratedUpdate.plain(Definition.OUTSIDE, healthy ? 0 : 3));
            if (!one.killed(() -> one.points.killAt(point), true)) {
                judge.oneOfThem();
                return false;
            }
            one.killed(() -> {}, false);
            assertThat(one.exit).as(() -> one.failure).isNotEqualTo(4);
            judge.oneOfThem();
            assertThat(Files.exists(one.layout().journal(), LinkOption.NOFOLLOW_LINKS))
                    .isFalse();
            return true;
        }
    }

    /** What stays, since it was changed at the last moment, is not the very file that the backup has. */
    @Test
    void update_droppedFileThatBothAgentsWrite_isRolledBack() throws Exception {
        stage("lib/a.so", "a 2", 0644);
        next("new agent 2");
        world.service.onStop = () -> {
            if (world.service.running.equals(World.NEW)) {
                Files.writeString(world.home("lib/old/dropped.so"), "by the old agent");
            }
        };
        world.newAgent(3, () -> {
            // The old one is started again.
            if (world.service.running.equals("new agent 2")) {
                Files.writeString(world.home("lib/old/dropped.so"), " and by the new one", StandardOpenOption.APPEND);
            }
        });

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.home("lib/old/dropped.so")).hasContent("by the old agent");
    }

    /** What goes, and what an operator has changed, is told before the update as it is told after it. */
    @Test
    void plan_ofTheNextVersion_countsAsItsUpdateDoes() throws Exception {
        stage("lib/a.so", "a 2", 0644);
        stage("lib/b.so", "b", 0644);
        stage("etc/agent.conf", "second", 0640);
        world.write("home/etc/agent.conf", "the operator's", 0640);
        next("new agent 2");

        PlanPreview.Files planned = world.plan().files();

        assertThat(planned.removed().first()).containsExactly("lib/old/dropped.so");
        assertThat(planned.stayed().first()).containsExactly("etc/agent.conf");
        assertThat(world.home("lib/old/dropped.so")).exists();
        FileCounts done = update(0).changes().files();
        assertThat(new FileCounts(
                        planned.replaced().count(),
                        planned.added().count(),
                        planned.unchanged(),
                        planned.preserved().count(),
                        planned.bytes(),
                        planned.removed().count(),
                        planned.stayed().count()))
                .isEqualTo(done);
    }
}
