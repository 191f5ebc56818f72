package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.transaction.context.TrustFile;
import updater.transaction.world.World;

/** What is remembered of releases: counters, floors and lists of keys, whatever comes between. */
final class RememberedReleaseTests extends SignedOffer {
    private void installed(String version, long counter) throws Exception {
        vendor.sign(world, version, counter);
        updated();
        stageAgain();
    }

    /** Puts the old version back with no record of what was shipped, else its files were an operator's edits, which stay. */
    private void stageAgain() throws IOException {
        Files.delete(world.layout().state().resolve("shipped"));
        world.write("home/agent", World.OLD, 0755);
        world.write("home/lib/a.so", "old a", 0644);
        world.write("home/tmp/latest/agent", World.NEW, 0755);
        world.write("home/tmp/latest/lib/a.so", "new a", 0644);
        world.write("home/" + World.STATUS, World.status(2, "installing"), 0600);
        world.service.forgetCalls();
    }

    @Test
    void update_olderThanInstalled_refusedAndAllowedOnce() throws Exception {
        installed("v2", 20);
        vendor.sign(world, "v1", 10);
        refused("expected a counter of at least 20", "allow-downgrade");

        TrustFile trust = new TrustFile(world.context().disk(), world.layout());
        trust.keep(trust.read().allowingDowngrade("v1"));
        updated();
        assertThat(remembered().counter()).isEqualTo(20);
        stageAgain();
        vendor.sign(world, "v1", 10);
        refused("expected a counter of at least 20");
    }

    @Test
    void update_belowTheFloor_refusedEvenIfAllowed() throws Exception {
        vendor.floor = 15;
        installed("v2", 20);
        vendor.floor = 0;
        vendor.sign(world, "v1", 10);
        TrustFile trust = new TrustFile(world.context().disk(), world.layout());
        trust.keep(trust.read().allowingDowngrade("v1"));

        refused("the floor");
    }

    @Test
    void update_replayedKeyList_refused() throws Exception {
        vendor.list = 2;
        installed("v2", 20);
        vendor.list = 1;
        vendor.sign(world, "v3", 30);

        refused("key list: expected number 2 or higher");
    }

    @Test
    void update_keyListThatItsRootsDidNotSign_refused() throws Exception {
        vendor.listSigners = List.of(vendor.key, vendor.other);
        vendor.sign(world, "v2", 20);

        refused("signed by 0 of the roots of this host");
    }

    @Test
    void update_keyRevokedByTheListItBrings_refusedAndTheListIsKept() throws Exception {
        vendor.list = 2;
        vendor.revoked = List.of(vendor.revokedKey());
        vendor.sign(world, "v2", 20);
        refused("was revoked");
        assertThat(remembered().list().orElseThrow().number()).isEqualTo(2);
        assertThat(remembered().counter()).isZero();

        vendor.list = 1;
        vendor.revoked = List.of();
        vendor.sign(world, "v2", 20);
        refused("expected number 2 or higher");
    }

    @Test
    void update_rolledBack_counterStays() throws Exception {
        vendor.sign(world, "v2", 20);
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(remembered().counter()).isZero();
        assertThat(remembered().list()).isPresent();
        assertThat(world.layout().state().resolve("trust-pending")).doesNotExist();
        assertThat(world.failure).contains("\"release\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host-updater trust 1\n", "host-updater trust 1\ncounter 7\n"})
    void update_whatIsRememberedIsDamaged_refused(String text) throws Exception {
        vendor.sign(world, "v2", 20);
        Files.writeString(world.layout().state().resolve("trust"), text);

        refused("what this host remembers of releases is damaged");

        assertThat(world.layout().state().resolve("trust")).hasContent(text);
    }

    private void counterIsThatOfWhatIsInPlace() throws Exception {
        boolean isNew = Files.readString(world.home("agent")).equals(World.NEW);
        assertThat(remembered().counter()).isEqualTo(isNew ? 20 : 0);
    }

    /** Whatever dies, the counter is the new release's if and only if that is what is installed. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void update_killedAtEachPoint_counterIsThatOfWhatIsInPlace(int status) throws Exception {
        boolean killed = true;
        for (int point = 1; killed; point++) {
            world = world("killed" + point, true);
            world.newAgent(status, () -> {});
            vendor.sign(world, "v2", 20);
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), true);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            counterIsThatOfWhatIsInPlace();
            assertThat(world.layout().state().resolve("trust-pending")).doesNotExist();
            world.close();
        }
    }

    /** The counter must not be lost because a disk failed once: the guard comes back for it. */
    @Test
    void update_eachOperationFailsOnce_counterIsThatOfWhatIsInPlace() throws Exception {
        boolean reached = true;
        for (int operation = 1; reached; operation++) {
            world = world("failed" + operation, true);
            vendor.sign(world, "v2", 20);
            int failing = operation;
            AtomicInteger begun = new AtomicInteger();
            world.points.failWhere(what -> begun.incrementAndGet() == failing);
            world.killed(() -> {}, true);
            reached = begun.get() >= failing;
            world.points.failWhere(what -> false);
            if (Files.exists(world.layout().journal()) || world.service.armed) {
                world.killed(() -> {}, false);
            }
            counterIsThatOfWhatIsInPlace();
            world.close();
        }
    }
}
