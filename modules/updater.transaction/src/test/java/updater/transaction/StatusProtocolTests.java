package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HealthRule.StatusRule;
import updater.api.Product;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState.Activity;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** What the two agents write into the status file, and when, decides who is believed. */
final class StatusProtocolTests {
    private Path directory;
    private World world;

    @BeforeEach
    void install(@TempDir Path temporary) throws IOException {
        directory = temporary.toRealPath();
        world = World.plain(Files.createDirectory(directory.resolve("world")));
    }

    private void underContractThatRemoves() throws IOException {
        world = new World(
                Files.createDirectory(directory.resolve("removing")),
                Definition.OUTSIDE,
                StatusProtocolTests::removing,
                context -> context);
    }

    private static Product removing(Product product) {
        StatusRule status = product.health().status();
        return ProductEdit.of(product)
                .status(new StatusRule(status.packageName(), status.file(), AfterSuccess.REMOVE))
                .product();
    }

    private Path status() {
        return world.home(World.STATUS);
    }

    private void assertRefused(String reason) {
        assertThat(world.failure).contains(reason);
        assertThat(world.service.calls()).doesNotContain("stop");
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.service.armed).isFalse();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(world.staged("agent")).exists();
    }

    private void assertNewAgentNeverRan() {
        assertThat(world.service.calls()).containsOnlyOnce("start");
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.home("agent")).hasContent(World.OLD);
    }

    // ---- Before the stop. ----

    @Test
    void failure_newerThanTheStagedTree_isRefused() throws Exception {
        world.writeStatus(3);
        Files.setLastModifiedTime(status(), FileTime.from(world.clock.now().plusSeconds(1)));

        assertThat(world.update()).isEqualTo(5);

        assertRefused("the agent has given this update up: its status file says InstallFailed, by the agent");
        assertThat(status()).content().contains("by the agent");
    }

    @Test
    void failure_olderThanTheStagedTree_isOfAnotherUpdate() throws Exception {
        world.writeStatus(3);
        Files.setLastModifiedTime(status(), FileTime.from(world.clock.now().minusSeconds(60)));

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
        assertThat(status()).content().contains("\"status\":0", "\"error_message\":\"\"", "\"x\":[1,2]");
    }

    @Test
    void failure_whileTheUpdateIsPrepared_isRefused() throws Exception {
        world.service.onArm = () -> world.writeStatus(3);
        world.newAgent(0, () -> {});

        assertThat(world.update()).isEqualTo(5);

        assertRefused("the agent has given this update up");
        assertThat(status()).content().contains("\"status\":3", "by the agent");
    }

    @Test
    void sameFailureOnceMore_whileTheUpdateIsPrepared_isRefused() throws Exception {
        world.writeStatus(3);
        Files.setLastModifiedTime(status(), FileTime.from(world.clock.now().minusSeconds(60)));
        world.service.onArm = () -> world.writeStatus(3);

        assertThat(world.update()).isEqualTo(5);

        assertRefused("the agent has given this update up");
    }

    @Test
    void installed_whileTheUpdateIsPrepared_isRefused() throws Exception {
        world.service.onArm = () -> world.writeStatus(0);

        assertThat(world.update()).isEqualTo(5);

        assertRefused("its status file says Installed meanwhile");
    }

    @Test
    void otherOffer_whileTheUpdateIsPrepared_isRefused() throws Exception {
        world.service.onArm = () -> Files.writeString(
                status(), World.status(2, "").replace("\"server_version\":\"2\"", "\"server_version\":\"3\""));

        assertThat(world.update()).isEqualTo(5);

        assertRefused("the agent has given this update up for another one, from '2' to '3'");
    }

    @Test
    void sameStatusOnceMore_whileTheUpdateIsPrepared_changesNothing() throws Exception {
        world.service.onArm = () -> {
            Files.delete(status());
            world.writeStatus(2);
        };
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    // ---- While the old agent stops. ----

    @Test
    void failure_whileTheOldAgentStops_isNotTheNewAgents() throws Exception {
        world.service.onStop = () -> world.writeStatus(3);
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertNewAgentNeverRan();
        assertThat(world.failure).contains("the agent has given this update up").contains("while it was being stopped");
        assertThat(status()).content().contains("\"status\":3", "by the agent");
    }

    @Test
    void installed_whileTheOldAgentStops_isNotTheNewAgents() throws Exception {
        world.service.onStop = () -> world.writeStatus(0);

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertNewAgentNeverRan();
        assertThat(world.failure).contains("says Installed meanwhile");
        assertThat(status()).content().contains("\"status\":3");
    }

    @Test
    void removal_whileTheOldAgentStops_isMadeGoodForTheNewOne() throws Exception {
        world.service.onStop = () -> Files.deleteIfExists(status());
        world.newAgent(0, () -> assertThat(status()).content().contains("\"status\":2"));

        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    // ---- The new agent. ----

    @Test
    void removal_afterTheReport_takesNothingBack() throws Exception {
        world.newAgent(0, () -> {});
        Runs starts = world.service.onStart::run;
        world.service.onStart = () -> {
            starts.run();
            world.clock.after(Duration.ofMillis(850), () -> Files.deleteIfExists(status()));
        };

        assertThat(world.update()).as(() -> world.failure).isZero();
    }

    /** The new agent is offered the next version as soon as its server knows that it runs. */
    @ParameterizedTest
    @CsvSource({"700, 2", "700, 3", "850, 2", "1100, 3"})
    void nextOffer_afterTheReport_takesNothingBack(int millis, int number) throws Exception {
        world.newAgent(0, () -> {});
        Runs starts = world.service.onStart::run;
        world.service.onStart = () -> {
            starts.run();
            world.clock.after(Duration.ofMillis(millis), () -> Files.writeString(status(), nextOffer(number)));
        };

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
    }

    private static String nextOffer(int number) {
        return World.status(number, "")
                .replace(
                        "\"agent_version\":\"1\",\"server_version\":\"2\"",
                        "\"agent_version\":\"2\",\"server_version\":\"3\"");
    }

    @Test
    void removal_withoutAReport_isNoSuccess() throws Exception {
        world.newAgent(-1, () -> Files.deleteIfExists(status()));

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(status()).content().contains("\"status\":3", "did not report success");
    }

    @Test
    void failure_ofAgentWhoseServiceFailsToo_isReportedWithBoth() throws Exception {
        world.newAgent(-1, () -> {});
        Runs starts = world.service.onStart::run;
        world.service.onStart = () -> {
            starts.run();
            if (world.service.running.equals(World.NEW)) {
                world.clock.after(Duration.ofMillis(250), () -> {
                    world.writeStatus(3);
                    world.service.exit(Activity.FAILED);
                });
            }
        };

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(world.failure)
                .contains("the new agent reported that its installation failed: by the agent; the new agent's service"
                        + " agent.service failed: fake");
    }

    @FunctionalInterface
    private interface Runs {
        void run() throws IOException;
    }

    // ---- What becomes of the file. ----

    @Test
    void success_underContractThatRemoves_leavesNoStatusFile() throws Exception {
        underContractThatRemoves();
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(status()).doesNotExist();
    }

    @Test
    void failure_underContractThatRemoves_leavesItForTheAgent() throws Exception {
        underContractThatRemoves();
        world.newAgent(3, () -> {});

        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(status()).content().contains("\"status\":3");
    }

    /** Nothing tells an operator's own run from an agent's but that the agent wrote nothing. */
    @Test
    void success_underContractThatRemoves_needsNoStatusFile() throws Exception {
        underContractThatRemoves();
        Files.delete(status());

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
        assertThat(status()).doesNotExist();
    }

    @Test
    void missingStatusFile_underContractThatKeeps_isRefused() throws Exception {
        Files.delete(status());

        assertThat(world.update()).isEqualTo(5);

        assertThat(world.failure).contains("it is missing");
    }

    private void commitAndDie() throws Exception {
        underContractThatRemoves();
        world.newAgent(0, () -> {});
        boolean killed =
                world.killed(() -> world.points.killAtFirst("after startDependents", "before startDependents"), true);
        assertThat(killed).isTrue();
        assertThat(status()).content().contains("\"status\":0");
    }

    @Test
    void killedBetweenCommitAndRemoval_recoveryRemovesIt() throws Exception {
        commitAndDie();

        assertThat(world.recover()).isZero();

        assertThat(world.service.running).isEqualTo(World.NEW);
        assertThat(status()).doesNotExist();
    }

    /** The next offer may come before the clean-up of this one. */
    @Test
    void nextOffer_beforeTheRemoval_stays() throws Exception {
        commitAndDie();
        world.writeStatus(2);

        assertThat(world.recover()).isZero();

        assertThat(status()).content().contains("\"status\":2");
    }
}
