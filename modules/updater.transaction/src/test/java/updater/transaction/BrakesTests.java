package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateTerms.Policy;
import updater.api.service.ServiceState.Activity;
import updater.state.document.HistoryEntry;
import updater.state.document.HistoryJson;
import updater.state.document.Hold;
import updater.state.document.UpdateReport.Outcome;
import updater.testkit.TreeSnapshot;
import updater.transaction.context.HistoryFile;
import updater.transaction.context.HoldFile;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.LastVersion;
import updater.transaction.world.Products;
import updater.transaction.world.World;

/** What a host remembers of its updates, and what keeps it from updating at all, or from doing more than it has to. */
final class BrakesTests {
    /** Of the points at which the updater is killed, one in so many is tried. */
    private static final int STRIDE = 23;

    @TempDir
    private Path directory;

    private int worlds;

    private World world(Definition definition, Policy policy) throws IOException {
        return new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                definition,
                product -> Products.with(product, policy),
                context -> context);
    }

    private World world() throws IOException {
        return world(Definition.NONE, Policy.USUAL);
    }

    private static void stage(World world, String content) throws IOException {
        world.write("home/" + World.STATUS, World.status(2, "installing"), 0600);
        world.write("home/tmp/latest/agent", content, 0755);
        world.write("home/tmp/latest/config.yaml", "the bundle's", 0644);
    }

    private static HistoryFile history(World world) {
        return new HistoryFile(world.context().disk(), world.layout());
    }

    private static List<Outcome> outcomes(World world) throws IOException {
        return history(world).read().stream().map(HistoryEntry::outcome).toList();
    }

    private static void fail(World world, int times) throws Exception {
        world.newAgent(3, () -> {});
        for (int i = 0; i < times; i++) {
            stage(world, World.NEW);
            assertThat(world.update()).as(() -> world.failure).isEqualTo(1);
        }
    }

    @Test
    void update_failedAsOftenAsItMay_isRefusedBeforeTheStop() throws Exception {
        try (World world = world()) {
            fail(world, 3);
            world.service.forgetCalls();
            stage(world, World.NEW);

            assertThat(world.update()).isEqualTo(5);

            assertThat(world.failure).contains("this bundle has failed 3 times on this host", "retry");
            assertThat(world.service.calls()).doesNotContain("stop");
            assertThat(world.service.running).isEqualTo(World.OLD);
            assertThat(world.staged("agent")).exists();
            assertThat(outcomes(world))
                    .containsExactly(Outcome.ROLLED_BACK, Outcome.ROLLED_BACK, Outcome.ROLLED_BACK, Outcome.REFUSED);
        }
    }

    @Test
    void update_failedAsOftenAsItMayAndForgiven_isTriedAgain() throws Exception {
        try (World world = world()) {
            fail(world, 3);

            assertThat(history(world).forgive()).isEqualTo(new HistoryFile.Forgiven(3, 0));
            assertThat(history(world).forgive()).isEqualTo(new HistoryFile.Forgiven(0, 0));

            fail(world, 1);
        }
    }

    @Test
    void update_anotherBundleOfTheSameSize_isNotTheOneThatFailed() throws Exception {
        try (World world = world()) {
            fail(world, 3);
            stage(world, World.NEW.replace("agent", "AGENT"));
            world.newAgent(0, () -> {});

            assertThat(world.update()).as(() -> world.failure).isZero();
        }
    }

    @Test
    void update_failedTwiceAndInstalledOnce_hasItsAttemptsAgain() throws Exception {
        try (World world = world()) {
            fail(world, 2);
            world.newAgent(0, () -> {});
            stage(world, World.NEW);
            assertThat(world.update()).as(() -> world.failure).isZero();
            stage(world, "something else");
            world.newAgent(-1, () -> {});
            world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));
            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(history(world)
                            .failuresOf(history(world).read().getFirst().trees().staged()))
                    .isZero();
        }
    }

    @Test
    void update_noLimitOfAttempts_isTriedAsOftenAsItIsOffered() throws Exception {
        try (World world = world(Definition.NONE, new Policy(0, true, true))) {
            fail(world, 4);
        }
    }

    /** A recovery brings to its end what another process began: it counts as well, and once. */
    @Test
    void update_killedAndRolledBackByARecovery_isHeldAgainstTheBundle() throws Exception {
        try (World world = world()) {
            world.newAgent(-1, () -> {});
            stage(world, World.NEW);
            assertThat(world.killed(() -> world.points.killAtFirst("after start", "after stop"), true))
                    .isTrue();
            assertThat(world.recover()).isEqualTo(1);
            assertThat(world.recover()).isZero();

            List<HistoryEntry> all = history(world).read();
            assertThat(all).hasSize(1);
            assertThat(history(world).failuresOf(all.getFirst().trees().staged()))
                    .isEqualTo(1);
        }
    }

    @Test
    void history_moreThanIsRemembered_forgetsTheOldest() throws Exception {
        try (World world = world()) {
            fail(world, 1);
            HistoryEntry one = history(world).read().getFirst();
            Path file = world.layout().state().resolve("history");
            Files.write(file, HistoryJson.write(Collections.nCopies(HistoryFile.MOST, one.forgiven())));

            fail(world, 1);

            assertThat(history(world).read())
                    .hasSize(HistoryFile.MOST)
                    .last()
                    .extracting(entry -> entry.trees().staged())
                    .isEqualTo(one.trees().staged());
        }
    }

    @Test
    void history_damagedLine_othersAreRead() throws Exception {
        try (World world = world()) {
            fail(world, 2);
            Path file = world.layout().state().resolve("history");
            Files.writeString(file, "\u0000\u0000torn\n" + Files.readString(file));

            assertThat(outcomes(world)).containsExactly(Outcome.ROLLED_BACK, Outcome.ROLLED_BACK);
        }
    }

    @Test
    void update_heldBack_isRefusedUntilItIsNot() throws Exception {
        try (World world = world()) {
            HoldFile file = new HoldFile(world.context().disk(), world.layout());
            file.hold(new Hold(world.clock.now(), Optional.empty(), "change freeze"));
            world.newAgent(0, () -> {});

            assertThat(world.update()).isEqualTo(5);
            assertThat(world.failure).contains("an operator holds updates back", ": change freeze", "unhold");
            assertThat(world.service.calls()).doesNotContain("stop");

            assertThat(file.release()).isTrue();
            assertThat(file.release()).isFalse();
            assertThat(world.update()).as(() -> world.failure).isZero();
        }
    }

    @Test
    void update_heldBackUntilAMoment_isMadeAfterIt() throws Exception {
        try (World world = world()) {
            HoldFile file = new HoldFile(world.context().disk(), world.layout());
            file.hold(new Hold(world.clock.now(), Optional.of(world.clock.now().plusSeconds(3600)), ""));
            world.newAgent(0, () -> {});
            assertThat(world.update()).isEqualTo(5);

            file.hold(new Hold(world.clock.now(), Optional.of(world.clock.now().minusSeconds(1)), ""));

            assertThat(world.update()).as(() -> world.failure).isZero();
        }
    }

    @Test
    void update_holdThatCannotBeRead_isRefused() throws Exception {
        try (World world = world()) {
            Files.writeString(world.layout().state().resolve("hold"), "until further notice");

            assertThat(world.update()).isEqualTo(5);

            assertThat(world.failure).contains("unhold");
        }
    }

    @Test
    void recover_heldBack_bringsTheUpdateToItsEnd() throws Exception {
        try (World world = world()) {
            world.newAgent(-1, () -> {});
            assertThat(world.killed(() -> world.points.killAtFirst("after start", "after stop"), true))
                    .isTrue();
            new HoldFile(world.context().disk(), world.layout())
                    .hold(new Hold(world.clock.now(), Optional.empty(), ""));

            assertThat(world.recover()).isEqualTo(1);
            assertThat(world.service.running).isEqualTo(World.OLD);
        }
    }

    @Test
    void update_ofWhatWasChangedHere_doesNotSayThatAllIsInPlace() throws Exception {
        try (World world = world()) {
            stage(world, World.OLD);
            world.write("home/one.so", "the vendor's", 0644);
            LastVersion.asInHome(world, "agent", "one.so");
            world.write("home/one.so", "the operator's", 0644);
            world.write("home/tmp/latest/one.so", "the vendor's", 0644);

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.failure)
                    .contains("\"UNCHANGED\"", "1 of its files were changed on this host")
                    .doesNotContain("in place already");
            assertThat(world.home("one.so")).hasContent("the operator's");
        }
    }

    @Test
    void update_ofWhatIsInPlace_stopsNobodyAndSaysInstalled() throws Exception {
        try (World world = world()) {
            stage(world, World.OLD);
            TreeSnapshot before = world.home();

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.failure).contains("\"UNCHANGED\"");
            assertThat(world.service.calls()).doesNotContain("stop", "start");
            assertThat(world.home().changesSince(before)).isEmpty();
            assertThat(world.home(World.STATUS)).content().contains("\"status\":0");
            assertThat(world.layout().tmp()).doesNotExist();
            assertThat(world.layout().journal()).doesNotExist();
            assertThat(world.service.armed).isFalse();
        }
    }

    @Test
    void update_ofWhatIsInPlaceWhoseModeDiffers_isStillUnchanged() throws Exception {
        try (World world = world()) {
            stage(world, World.OLD);

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(outcomes(world)).containsExactly(Outcome.UNCHANGED);
        }
    }

    @Test
    void update_ofWhatIsInPlaceButForTheDefinition_restartsTheAgent() throws Exception {
        try (World world = world(Definition.OUTSIDE, Policy.USUAL)) {
            stage(world, World.OLD);
            world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.service.calls()).contains("stop", "start");
            assertThat(outcomes(world)).containsExactly(Outcome.UPDATED);
        }
    }

    @Test
    void update_ofWhatIsInPlaceWhereTheProductWantsIt_restartsTheAgent() throws Exception {
        try (World world = world(Definition.NONE, new Policy(3, true, true))) {
            stage(world, World.OLD);
            world.service.onStart = () -> world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(0));

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.service.calls()).contains("stop", "start");
        }
    }

    private static void stopAgent(World world) {
        world.service.exit(Activity.INACTIVE);
        world.service.forgetCalls();
    }

    @Test
    void update_ofAStoppedAgent_leavesItStopped() throws Exception {
        try (World world = world(Definition.OUTSIDE, Policy.USUAL)) {
            stopAgent(world);

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.service.calls()).doesNotContain("start");
            assertThat(world.service.activity).isEqualTo(Activity.INACTIVE);
            assertThat(world.home("agent")).hasContent(World.NEW);
            assertThat(world.service.loaded).isEqualTo("new unit");
            assertThat(world.failure).contains("\"active_after\": false");
        }
    }

    @Test
    void update_ofAStoppedAgentWhereTheProductWantsIt_startsIt() throws Exception {
        try (World world = world(Definition.OUTSIDE, new Policy(3, true, false))) {
            stopAgent(world);
            world.newAgent(0, () -> {});

            assertThat(world.update()).as(() -> world.failure).isZero();

            assertThat(world.service.running).isEqualTo(World.NEW);
        }
    }

    @Test
    void update_ofAStoppedAgentKilledAnywhere_isWhollyOldOrWhollyNewAndStopped() throws Exception {
        int kills = 0;
        boolean ended = false;
        for (int point = 1; !ended; point += STRIDE) {
            try (World world = world(Definition.OUTSIDE, Policy.USUAL)) {
                stopAgent(world);
                TreeSnapshot before = world.home();
                int at = point;
                ended = !world.killed(() -> world.points.killAt(at), true);
                kills++;

                world.recover();

                assertThat(world.service.activity).isEqualTo(Activity.INACTIVE);
                if (Files.readString(world.home("agent")).equals(World.OLD)) {
                    assertThat(world.home().changesSince(before)).isEmpty();
                    assertThat(world.service.loaded).isEqualTo("old unit");
                } else {
                    assertThat(world.service.loaded).isEqualTo("new unit");
                    assertThat(world.home("agent")).hasContent(World.NEW);
                }
                assertThat(world.service.armed).isFalse();
            }
        }
        assertThat(kills).isGreaterThan(5);
    }
}
