package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import updater.api.Ticker;
import updater.state.document.UpdateReport;
import updater.testkit.TreeSnapshot;
import updater.transaction.context.UpdateContext;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.LastVersion;
import updater.transaction.world.World;

/** What the operator changed: his files, configuration and definition, beside what the vendor ships. */
final class OperatorsFilesTests extends ShippedVersions {
    /** A clock by which every look takes longer than there is for comparing, until the agent is asked to stop. */
    private record SlowClock(Ticker clock, AtomicLong late, AtomicBoolean stops) implements Ticker {
        @Override
        public long nanos() {
            return clock.nanos()
                    + (stops.get()
                            ? late.get()
                            : late.addAndGet(Duration.ofSeconds(1).toNanos()));
        }

        @Override
        public Instant now() {
            return clock.now();
        }

        @Override
        public void pause(Duration duration) throws InterruptedException {
            clock.pause(duration);
        }
    }

    @Test
    void update_onAHostTooSlowToReadAll_keepsWhatAnOperatorMadeOfConfiguration() throws Exception {
        AtomicBoolean stops = new AtomicBoolean();
        AtomicLong late = new AtomicLong();
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("slow")),
                Definition.OUTSIDE,
                product -> configuring(product, Set.of("config.yaml"), "*.conf"),
                context -> new UpdateContext(
                        context.product(),
                        context.layout(),
                        context.manager(),
                        context.disk(),
                        context.logs(),
                        context.files(),
                        new SlowClock(context.clock(), late, stops)));
        world.service.onStop = () -> stops.set(true);
        stage("etc/agent.conf", "first", 0640);
        stage("lib/a.so", "a 1", 0644);
        world.newAgent(0, () -> {});
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(LastVersion.recorded(world).get("lib/a.so"))
                .as("no time to read it")
                .isEmpty();
        world.write("home/etc/agent.conf", "mine", 0640);
        stage("etc/agent.conf", "second", 0640);
        stops.set(false);

        update(0);

        assertThat(world.home("etc/agent.conf")).hasContent("mine");
        assertThat(world.home("etc/agent.conf.new")).hasContent("second");
    }

    @Test
    void update_changedByTheOperatorAlone_stays() throws Exception {
        world.write("home/lib/a.so", "patched", 0644);
        stage("lib/a.so", "a 1", 0644);

        UpdateReport report = update(0);

        assertThat(world.home("lib/a.so")).hasContent("patched");
        assertThat(report.changes().files().stayed()).isOne();
    }

    @Test
    void update_changedByBoth_operatorsIsKeptBesideIt() throws Exception {
        world.write("home/lib/a.so", "patched", 0600);
        stage("lib/a.so", "a 2", 0644);

        UpdateReport report = update(0);

        assertThat(world.home("lib/a.so")).hasContent("a 2");
        assertThat(world.home("lib/a.so.orig")).hasContent("patched");
        assertThat(mode("lib/a.so.orig")).isEqualTo(0600);
        assertThat(mode("lib/a.so")).isEqualTo(0600);
        assertThat(report.warnings())
                .containsExactly(
                        "changed here and in this version, so yours is kept beside the new one: lib/a.so.orig");
    }

    @Test
    void update_configurationChangedByBoth_staysAndNewOneIsBesideIt() throws Exception {
        world.write("home/etc/agent.conf", "mine", 0600);
        world.write("home/etc/agent.conf.new", "of the update before", 0644);
        stage("etc/agent.conf", "second", 0644);

        UpdateReport report = update(0);

        assertThat(world.home("etc/agent.conf")).hasContent("mine");
        assertThat(world.home("etc/agent.conf.new")).hasContent("second");
        assertThat(mode("etc/agent.conf.new")).isEqualTo(0600);
        assertThat(report.warnings())
                .contains("changed here and in this version, so it stays, and the new one is beside it:"
                        + " etc/agent.conf.new");

        // The third ships what the second did: the operator has had his say.
        next("new agent 3");
        stage("etc/agent.conf", "second", 0644);
        Files.delete(world.home("etc/agent.conf.new"));
        assertThat(world.update()).isZero();
        assertThat(world.home("etc/agent.conf")).hasContent("mine");
        assertThat(world.home("etc/agent.conf.new")).doesNotExist();
    }

    @Test
    void update_nameBesideItIsTaken_configurationStaysAndTheOtherIsReplaced() throws Exception {
        world.write("home/etc/agent.conf", "mine", 0600);
        Files.createDirectory(world.home("etc/agent.conf.new"));
        world.write("home/lib/a.so", "patched", 0644);
        stage("lib/a.so", "a 2", 0644);
        stage("lib/a.so.orig", "the vendor's", 0644);
        stage("etc/agent.conf", "second", 0644);

        UpdateReport report = update(0);

        assertThat(world.home("etc/agent.conf")).hasContent("mine");
        assertThat(world.home("lib/a.so")).hasContent("a 2");
        assertThat(world.home("lib/a.so.orig")).hasContent("the vendor's");
        assertThat(report.warnings()).hasSize(2).anyMatch(line -> line.endsWith("keep yours: lib/a.so"));
    }

    @Test
    void update_modeNotChangedByTheOperator_followsTheBundle() throws Exception {
        stage("lib/a.so", "a 1", 0755);
        stage("lib/old/dropped.so", "dropped 2", 0755);
        Files.setAttribute(world.home("lib/old/dropped.so"), "unix:mode", 0600);

        update(0);

        assertThat(mode("lib/a.so")).isEqualTo(0755);
        assertThat(mode("lib/old/dropped.so")).isEqualTo(0600);
    }

    private Path unit() {
        return world.root().resolve("units/agent.unit");
    }

    @Test
    void update_definitionChangedByTheVendorAlone_isReplaced() throws Exception {
        world.service.newDefinition = "newer unit";

        assertThat(update(0).warnings()).isEmpty();

        assertThat(unit()).hasContent("newer unit");
        assertThat(world.service.loaded).isEqualTo("newer unit");
    }

    @Test
    void update_definitionChangedByTheOperatorAlone_staysWithoutAWord() throws Exception {
        Files.writeString(unit(), "the operator's unit");

        assertThat(update(0).warnings()).isEmpty();

        assertThat(unit()).hasContent("the operator's unit");
        assertThat(unit().resolveSibling("agent.unit.new")).doesNotExist();
    }

    @Test
    void update_definitionChangedByBoth_staysAndTheNewOneIsBesideIt() throws Exception {
        Files.writeString(unit(), "the operator's unit");
        world.service.newDefinition = "newer unit";

        assertThat(update(0).warnings())
                .containsExactly("the service definition " + unit()
                        + " is an operator's own, so it stays; the new one is " + unit() + ".new");

        assertThat(unit()).hasContent("the operator's unit");
        assertThat(unit().resolveSibling("agent.unit.new")).hasContent("newer unit");
    }

    /** The bundle's would mend it, but it stays. */
    @Test
    void update_brokenDefinitionOfTheOperator_isRefused() throws Exception {
        Files.writeString(unit(), "the operator's unit");
        world.service.newDefinition = "newer unit";
        world.service.broken = Optional.of("of its command, /bin/none is not there");

        stage("lib/a.so", "newest", 0755);
        world.service.forgetCalls();

        assertThat(world.update()).as(() -> world.failure).isEqualTo(5);
        assertThat(world.failure).contains("of its command, /bin/none is not there");
        assertThat(world.service.calls()).doesNotContain("stop");
    }

    @Test
    void update_definitionChangedByBothAndRolledBack_nothingIsBesideIt() throws Exception {
        Files.writeString(unit(), "the operator's unit");
        world.service.newDefinition = "newer unit";
        TreeSnapshot before = world.outside();

        update(3);

        assertThat(world.outside().changesSince(before)).isEmpty();
    }

    /** {@code systemctl edit --full} of a host whose record is not there yet: the package's is updated. */
    @Test
    void update_operatorsDefinitionHidesThePackages_thePackagesIsReplaced() throws Exception {
        Files.delete(world.layout().state().resolve("shipped"));
        Files.writeString(unit(), "the operator's unit");
        Path packaged = world.write("packaged/agent.unit", "new unit", 0640);
        world.service.packaged = Optional.of(packaged);
        world.service.newDefinition = "newer unit";

        assertThat(update(0).warnings()).anyMatch(line -> line.endsWith("the new one is " + packaged));

        assertThat(unit()).hasContent("the operator's unit");
        assertThat(packaged).hasContent("newer unit");
        assertThat((int) Files.getAttribute(packaged, "unix:mode") & 07777).isEqualTo(0640);
    }

    @Test
    void update_copyOfThePackagesDefinition_isReplaced() throws Exception {
        Files.delete(world.layout().state().resolve("shipped"));
        Files.writeString(unit(), "packaged unit");
        world.service.packaged = Optional.of(world.write("packaged/agent.unit", "packaged unit", 0644));
        world.service.newDefinition = "newer unit";

        update(0);

        assertThat(unit()).hasContent("newer unit");
    }
}
