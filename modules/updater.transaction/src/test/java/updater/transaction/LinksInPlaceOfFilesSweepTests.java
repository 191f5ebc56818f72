package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.testkit.TreeSnapshot;
import updater.transaction.world.World;

/** Links in the place of files, on hosts that die at any point and on file systems that are in the way, and gone back to. */
final class LinksInPlaceOfFilesSweepTests extends LinkInPlaceOfAFile {
    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_killedAnywhere_isOldOrNew(int report) throws Exception {
        Set<String> endings = killAnywhere(report, 23, () -> {});

        assertThat(endings).isEqualTo(report == 0 ? Set.of("old", "new") : Set.of("old"));
    }

    private Set<String> killAnywhere(int report, int every, Runnable host) throws Exception {
        Set<String> endings = new TreeSet<>();
        int point = 3;
        boolean killed = true;
        while (killed) {
            makeWorld();
            host.run();
            world.newAgent(report, () -> {});
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), true);
            world.points.begin();
            if (killed) {
                world.recover();
            }
            boolean isNew = !Files.isSymbolicLink(world.home("lib/agent.jar"));
            endings.add(isNew ? "new" : "old");
            if (isNew) {
                assertNew();
            } else {
                assertOld();
            }
            assertThat(world.layout().journal()).as("point " + at).doesNotExist();
            point += every;
        }
        return endings;
    }

    /** The link's directory is on another file system than the updater's own. */
    @ParameterizedTest
    @EnumSource(DividedDisk.Refused.class)
    void update_renamesAreRefused_linkIsReplacedRolledBackAndGoneBackTo(DividedDisk.Refused refused) throws Exception {
        world.above = disk -> new DividedDisk(disk, refused);
        assertRollsBack();

        next();
        update();
        assertNew();
        if (refused == DividedDisk.Refused.INTO_MOUNT_AT_LIB) {
            GoingBackTests.stagePreviousDefinition(world);
            assertThat(world.goBack()).as(() -> world.failure).isZero();
            assertBack();
        }
    }

    @ParameterizedTest
    @EnumSource(DividedDisk.Refused.class)
    void update_killedAnywhereWhereRenamesAreRefused_isOldOrNew(DividedDisk.Refused refused) throws Exception {
        killAnywhere(3, 61, () -> world.above = disk -> new DividedDisk(disk, refused));
    }

    @Test
    void goBack_killedAnywhere_isOneVersionOrTheOther() throws Exception {
        Set<Boolean> back = new TreeSet<>();
        int point = 5;
        boolean killed = true;
        while (killed) {
            makeWorld();
            TreeSnapshot linked = home;
            update();
            TreeSnapshot replaced = world.home();
            GoingBackTests.stagePreviousDefinition(world);
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), world::goBack);
            world.points.begin();
            if (killed) {
                world.recover();
            }
            boolean isBack = Files.isSymbolicLink(world.home("lib/agent.jar"));
            back.add(isBack);
            assertThat(world.home()
                            .ignoringDirectoryTimes()
                            .changesSince((isBack ? linked : replaced).ignoringDirectoryTimes()))
                    .as(() -> "point " + at + ", what was being written aside: " + world.failure)
                    .isSubsetOf("." + World.STATUS + ".updater-new: new file");
            assertThat(world.layout().journal()).as("point " + at).doesNotExist();
            point += 37;
        }
        assertThat(back).containsExactly(false, true);
    }

    @Test
    void goBack_linkWasReplaced_isThereAgain() throws Exception {
        updateAndGoBack();

        assertBack();
        assertThat(world.goBack()).as("forward again: " + world.failure).isZero();
        assertNew();
    }

    private void updateAndGoBack() throws Exception {
        update();
        GoingBackTests.stagePreviousDefinition(world);
        assertThat(world.goBack()).as(() -> world.failure).isZero();
    }

    /** What the operator has made of the file since is kept beside the link. */
    @ParameterizedTest
    @ValueSource(strings = {"edited", "removed", "linked"})
    void goBack_operatorHasChangedTheFileSince_linkIsThereAgain(String how) throws Exception {
        update();
        switch (how) {
            case "edited" -> world.write("home/lib/agent.jar", "patched", 0644);
            case "removed" -> Files.delete(world.home("lib/agent.jar"));
            default -> lead("lib/agent.jar", "patched.jar");
        }
        GoingBackTests.stagePreviousDefinition(world);

        assertThat(world.goBack()).as(() -> world.failure).isZero();

        assertThat(Files.readSymbolicLink(world.home("lib/agent.jar"))).hasToString("../../releases/agent-1.jar");
        if (how.equals("edited")) {
            assertThat(world.home("lib/agent.jar.orig")).hasContent("patched");
        }
    }

    @Test
    void goBack_fails_isAsBefore() throws Exception {
        update();
        GoingBackTests.stagePreviousDefinition(world);
        look();
        String failed = World.status(3, "no").replace("\"server_version\":\"2\"", "\"server_version\":\"1\"");
        world.service.onStart = () -> {
            if (world.service.running.equals(World.NEW)) {
                world.clock.after(Duration.ofMillis(700), () -> Files.writeString(world.home(World.STATUS), failed));
            }
        };

        assertThat(world.goBack()).as(() -> world.failure).isEqualTo(1);

        assertOld();
    }
}
