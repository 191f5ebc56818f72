package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import updater.api.Probe;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState.Activity;
import updater.state.document.Hold;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.HoldFile;
import updater.transaction.world.FakeService;
import updater.transaction.world.World;

/** A version on probation that is not well, and is taken back. */
final class ProbationTests extends OnProbation {
    @Test
    void look_serviceHasFailed_isTakenBack() throws Exception {
        updated();
        look();
        world.service.exit(Activity.FAILED);
        look();
        look();
        assertThat(world.home("agent")).hasContent(World.NEW);

        assertThat(look()).as(() -> world.failure).isZero();

        assertTakenBack("its service has failed");
    }

    @Test
    void look_restartedByItsManagerAgainAndAgain_isTakenBack() throws Exception {
        updated();
        look();
        world.service.restarts += 2;
        look();
        assertThat(world.home("agent")).hasContent(World.NEW);
        world.service.restarts++;

        look();

        assertTakenBack("was restarted 3 times");
    }

    @Test
    void look_probeStaysFalse_isTakenBackAtTheThirdLook() throws Exception {
        Path broken = directory.toRealPath().resolve("broken");
        begin(product -> ProductEdit.of(product)
                .probes(
                        new Probe.Report(),
                        new Probe.Command(
                                List.of("/bin/sh", "-c", "test ! -e \"$0\"", broken.toString()),
                                Duration.ofSeconds(20)))
                .product());
        updated();
        Files.createFile(broken);
        look();
        look();
        Files.delete(broken);
        look();
        assertThat(probation().orElseThrow().last().failures()).isZero();
        Files.createFile(broken);
        look();
        look();
        assertThat(world.home("agent")).hasContent(World.NEW);
        FakeService.Deed reports = world.service.onStart;
        world.service.onStart = () -> {
            Files.deleteIfExists(broken);
            reports.run();
        };

        look();

        assertTakenBack("ended with 1");
    }

    /** One crash is no reason, whenever the look comes. */
    @Test
    void look_seesTheAgentDownOnce_goesOn() throws Exception {
        updated();
        look();
        for (int i = 0; i < 3; i++) {
            world.service.activity = Activity.FAILED;
            look();
            look();
            world.service.activity = Activity.RUNNING;
            look();
        }

        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(probation()).isPresent();
    }

    /** Whoever restarts it by itself never lets it be seen as failed. */
    @Test
    void look_neverComesUp_isTakenBack() throws Exception {
        updated();
        world.service.activity = Activity.STARTING;
        for (int i = 0; i < 19; i++) {
            look();
        }
        assertThat(world.home("agent")).hasContent(World.NEW);

        look();

        assertTakenBack("its service does not come up");
    }

    /** An agent that has failed is down; the version before it is to run all the same. */
    @Test
    void look_serviceHasFailedAndStoppedAgentsStaySo_theOldOneRuns() throws Exception {
        begin(product -> ProductEdit.of(product).policy(Policy.USUAL).product());
        updated();
        world.service.exit(Activity.FAILED);
        look();
        look();
        look();

        assertTakenBack("its service has failed");
    }

    /** What is refused before anything was stopped is tried again, each time later; the verdict stays. */
    @Test
    void look_goingBackIsHeldForAWhile_isTriedAgain() throws Exception {
        updated();
        world.service.exit(Activity.FAILED);
        HoldFile hold = new HoldFile(world.context().disk(), world.layout());
        hold.hold(new Hold(world.clock.now(), Optional.empty(), "not now"));
        for (int i = 0; i < 4; i++) {
            look();
        }
        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(world.service.armed).isTrue();
        hold.release();

        for (int i = 0; i < 5 && world.service.armed; i++) {
            look();
        }

        assertTakenBack("its service has failed");
    }

    @Test
    void look_nothingIsKeptThatItReplaced_staysAndIsReported() throws Exception {
        updated();
        new PreviousTree(world.context()).discard();
        world.service.exit(Activity.FAILED);
        look();
        look();

        look();

        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(world.service.armed).isFalse();
        assertThat(report().reason()).contains("has failed its probation", "nothing is kept that it replaced");
    }

    /** The hooks of a version that has failed do not keep it. */
    @Test
    void look_hookBeforeTheStopFails_isTakenBackAllTheSame() throws Exception {
        Path hooks = Files.createDirectories(directory.toRealPath().resolve("runtime/hooks"));
        Files.writeString(hooks.resolve("drain"), "#!/bin/sh\nexit 0\n");
        Files.setPosixFilePermissions(hooks.resolve("drain"), PosixFilePermissions.fromString("rwxr-xr-x"));
        begin(product -> ProductEdit.of(product)
                .commands(new VendorCommands(
                        List.of(),
                        List.of(new Probe.Command(List.of("[HOOKS]drain"), Duration.ofSeconds(20))),
                        List.of(),
                        List.of(),
                        List.of()))
                .product());
        world.javaHome = hooks.getParent();
        updated();
        Files.delete(hooks.resolve("drain"));
        world.service.exit(Activity.FAILED);
        look();
        look();
        look();

        assertTakenBack("its service has failed");
        assertThat(report().warnings()).anyMatch(line -> line.contains("[HOOKS]drain"));
    }

    /** A later version that is refused or fails has another idea of what a healthy agent is. */
    @Test
    void look_anotherVersionsDescriptorIsThereSince_judgesByItsOwn() throws Exception {
        updated();
        look();
        world.describedBy(product -> ProductEdit.of(product)
                .probes(new Probe.Command(List.of("/bin/false"), Duration.ofSeconds(20)))
                .retention(new Retention(1 << 20, 1000, 0, 0))
                .product());
        for (int i = 0; i < 3; i++) {
            look();
        }

        assertThat(probation().orElseThrow().last().failures()).isZero();
        world.service.restarts += 3;
        look();
        assertTakenBack("was restarted");
    }

    @Test
    void look_guardWasDisarmedByHand_isArmedAgain() throws Exception {
        updated();
        world.service.disarm();

        look();

        assertThat(world.service.armed).isTrue();
    }

    /** An operator may stop his agent, and start it again. */
    @Test
    void look_agentWasStopped_itsTimeStandsStill() throws Exception {
        updated();
        look();
        look();
        Duration ran = probation().orElseThrow().ran();
        assertThat(ran).isPositive();
        world.service.exit(Activity.INACTIVE);

        for (int i = 0; i < 10; i++) {
            look();
        }

        assertThat(probation().orElseThrow().ran()).isEqualTo(ran);
        assertThat(world.service.armed).isTrue();
        assertThat(world.home("agent")).hasContent(World.NEW);
    }

    /** The old agent does not come up any more either: that is not tried every 15 s. */
    @Test
    void look_goingBackFailsToo_isTriedOnce() throws Exception {
        updated();
        world.service.exit(Activity.FAILED);
        look();
        look();
        world.service.onStart = () -> {
            if (world.service.running.equals(World.OLD)) {
                world.service.exit(Activity.FAILED);
            }
        };
        assertThat(look()).isEqualTo(1);
        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(world.service.running).isEqualTo(World.NEW);
        world.service.forgetCalls();

        look();

        assertThat(world.service.calls()).doesNotContain("stop", "start");
        assertThat(world.service.armed).isFalse();
        assertThat(probation()).isEmpty();
    }

    /** Wherever the guard dies while it takes a version back, its next turn brings that to an end. */
    @Test
    void look_killedWhileItTakesBack_isTakenBackInTheEnd() throws Exception {
        int taken = 0;
        boolean killed = true;
        for (int point = 1; killed; point += 9) {
            begin(product -> product);
            updated();
            world.service.exit(Activity.FAILED);
            look();
            look();
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), this::look);
            for (int turn = 0; turn < 40 && world.service.armed; turn++) {
                assertThat(world.killed(() -> {}, this::look)).isFalse();
            }
            assertThat(world.service.armed).as("killed at %d", at).isFalse();
            assertThat(world.layout().journal()).as("killed at %d", at).doesNotExist();
            assertThat(world.home("agent")).as("killed at %d", at).hasContent(World.OLD);
            assertThat(world.service.running).as("killed at %d", at).isEqualTo(World.OLD);
            taken++;
            world.close();
        }
        assertThat(taken).isGreaterThan(10);
    }
}
