package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateTerms.Policy;
import updater.api.UpdateTerms.Retention;
import updater.api.VendorCommands;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState.Activity;
import updater.state.document.Hold;
import updater.state.document.Probation;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.transaction.backup.PreviousTree;
import updater.transaction.context.HoldFile;
import updater.transaction.context.ProbationFile;
import updater.transaction.world.FakeService;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.RealCommands;
import updater.transaction.world.World;

/** A version is committed, and goes on being looked at by the guard, which comes every 15 s. */
final class ProbationTests {
    private static final Duration REQUIRED = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private int worlds;
    private World world;

    @BeforeEach
    void begin() throws Exception {
        begin(product -> product);
    }

    private void begin(UnaryOperator<Product> edit) throws Exception {
        begin(Definition.OUTSIDE, edit);
    }

    private void begin(Definition definition, UnaryOperator<Product> edit) throws Exception {
        world = new World(
                Files.createDirectory(directory.toRealPath().resolve("world-" + ++worlds)),
                definition,
                product -> edit.apply(onProbation(product)),
                context -> context);
        reports(0);
        world.commands = new RealCommands();
    }

    /** Whichever version is started says after a while how it fares. */
    private void reports(int number) {
        world.service.onStart = () -> {
            // Whom the agent runs as is read of its process.
            world.service.pid = ProcessHandle.current().pid();
            world.clock.after(Duration.ofMillis(700), () -> world.writeStatus(number));
        };
    }

    private static Product onProbation(Product product) {
        return ProductEdit.of(product)
                .probation(REQUIRED)
                .retention(new Retention(1 << 20, 1000, 7, 1 << 20))
                .product();
    }

    private void updated() throws Exception {
        assertThat(world.update()).as(() -> world.failure).isZero();
        assertThat(world.service.armed).isTrue();
        assertThat(world.layout().journal()).doesNotExist();
        assertThat(probation()).isPresent();
    }

    private Optional<Probation> probation() throws IOException {
        return new ProbationFile(world.context().disk(), world.layout()).read();
    }

    private UpdateReport report() throws Exception {
        return ReportJson.read(Files.readAllBytes(world.layout().report()));
    }

    /** What the guard does when its time has come again. */
    private int look() throws InterruptedException {
        world.clock.ahead = world.clock.ahead.plusSeconds(15);
        // Going back compares what it starts with what it finds staged.
        Path kept = world.layout().state().resolve("previous-definition/install/agent.unit");
        if (Files.exists(kept)) {
            try {
                world.service.newDefinition = Files.readString(kept);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return world.recover();
    }

    private void assertTakenBack(String because) throws Exception {
        assertThat(world.home("agent")).hasContent(World.OLD);
        assertThat(world.service.running).isEqualTo(World.OLD);
        assertThat(world.service.armed).isFalse();
        assertThat(probation()).isEmpty();
        assertThat(report().reason())
                .contains("has failed its probation", because)
                .endsWith("the last update was taken back");
    }

    @Test
    void look_runsOnForItsTime_isOverAndTheGuardGoes() throws Exception {
        updated();
        assertThat(report().reason()).isEqualTo("on probation until it has run for 60 s");

        // The time counts from the first look.
        for (int i = 0; i < 4; i++) {
            assertThat(look()).as(() -> world.failure).isZero();
            assertThat(world.service.armed).isTrue();
        }
        assertThat(look()).as(() -> world.failure).isZero();

        assertThat(probation()).isEmpty();
        assertThat(world.service.armed).isFalse();
        assertThat(report().reason()).isEqualTo("its probation is over: it has run for 60 s");
        assertThat(world.home("agent")).hasContent(World.NEW);
    }

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
        assertThat(probation().orElseThrow().failures()).isZero();
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

        assertThat(probation().orElseThrow().failures()).isZero();
        world.service.restarts += 3;
        look();
        assertTakenBack("was restarted");
    }

    @Test
    void update_unchanged_leavesAProbationAsItIs() throws Exception {
        begin(
                Definition.NONE,
                product -> ProductEdit.of(product).policy(Policy.USUAL).product());
        updated();
        look();
        look();
        Probation before = probation().orElseThrow();
        world.write("home/tmp/latest/agent", World.NEW, 0755);
        world.writeStatus(2);
        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(world.failure).contains("\"UNCHANGED\"");
        assertThat(probation()).contains(before);
        assertThat(world.service.armed).isTrue();
    }

    /** A package takes the place of what the updater had installed. */
    @Test
    void look_serviceIsGone_endsAndTheGuardGoes() throws Exception {
        updated();
        world.service.removed = true;

        look();

        assertThat(probation()).isEmpty();
        assertThat(world.service.armed).isFalse();
    }

    @Test
    void look_homeIsGone_endsAndTheGuardGoes() throws Exception {
        updated();
        World.remove(world.layout().home());

        assertThat(look()).as(() -> world.failure).isZero();

        assertThat(probation()).isEmpty();
        assertThat(world.service.armed).isFalse();
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

    @Test
    void look_afterAReboot_goesOnWithTheTimeThatItRan() throws Exception {
        updated();
        look();
        look();
        Duration ran = probation().orElseThrow().ran();
        assertThat(ran).isPositive();
        world.service.restarts = 0;
        world.reboot();
        world.atBoot = true;
        look();
        assertThat(probation().orElseThrow().ran()).isEqualTo(ran);
        world.atBoot = false;
        world.clock.ahead = world.clock.ahead.plus(Duration.ofHours(8));

        look();
        assertThat(probation().orElseThrow().ran()).isEqualTo(ran);
        look();

        assertThat(probation().orElseThrow().ran()).isGreaterThan(ran).isLessThan(ran.plusSeconds(20));
    }

    @Test
    void look_clockIsSet_aLookCountsAMinuteAtMost() throws Exception {
        updated();
        look();
        world.clock.ahead = world.clock.ahead.plus(Duration.ofDays(1));
        world.clock.ahead = world.clock.ahead.minus(Duration.ofDays(2));
        look();
        assertThat(probation().orElseThrow().ran()).isZero();
        world.clock.ahead = world.clock.ahead.plus(Duration.ofDays(2));
        look();

        assertThat(world.home("agent")).hasContent(World.NEW);
        assertThat(report().reason()).contains("its probation is over");
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

    @Test
    void update_overAProbation_takesItsPlace() throws Exception {
        updated();
        look();
        String first = probation().orElseThrow().update();
        world.write("home/tmp/latest/agent", "new agent 3", 0755);
        world.writeStatus(2);
        world.service.newDefinition = "unit 3";
        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(probation().orElseThrow().update()).isNotEqualTo(first);
        assertThat(probation().orElseThrow().ran()).isZero();
        assertThat(world.service.armed).isTrue();
    }

    @Test
    void update_overAProbationFails_theProbationGoesOn() throws Exception {
        updated();
        look();
        Probation first = probation().orElseThrow();
        world.write("home/tmp/latest/agent", "new agent 3", 0755);
        world.writeStatus(2);
        reports(3);
        world.service.newDefinition = "unit 3";
        assertThat(world.update()).as(() -> world.failure).isEqualTo(1);

        assertThat(probation()).contains(first);
        assertThat(world.service.armed).isTrue();
        world.service.restarts += 3;
        reports(0);
        look();
        assertTakenBack("was restarted");
    }

    @Test
    void update_overAProbationIsRefused_theGuardStaysArmed() throws Exception {
        updated();
        world.write("home/tmp/latest/agent", "new agent 3", 0755);
        world.writeStatus(2);
        world.wanted = false;

        assertThat(world.update()).isEqualTo(5);

        assertThat(world.service.armed).isTrue();
        assertThat(probation()).isPresent();
    }

    @Test
    void goBack_byAnOperator_endsTheProbation() throws Exception {
        updated();
        world.service.newDefinition = "old unit";

        assertThat(world.goBack()).as(() -> world.failure).isZero();

        assertThat(probation()).isEmpty();
        assertThat(world.service.armed).isFalse();
        assertThat(report().reason()).isEqualTo("the last update was taken back");
    }

    @Test
    void update_agentStaysStopped_noProbation() throws Exception {
        begin(product -> ProductEdit.of(product).policy(Policy.USUAL).product());
        world.service.exit(Activity.INACTIVE);

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(probation()).isEmpty();
        assertThat(world.service.armed).isFalse();
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

    /** Wherever the updater dies behind the commit, the version is on probation in the end. */
    @Test
    void update_killedBehindTheStart_isOnProbationOrBack() throws Exception {
        boolean killed = true;
        for (int point = 1; killed; point += 7) {
            begin(product -> product);
            int at = point;
            killed = world.killed(() -> world.points.killAt(at), true);
            if (killed) {
                assertThat(world.killed(() -> {}, false)).isFalse();
            }
            boolean installed = Files.readString(world.home("agent")).equals(World.NEW);
            assertThat(probation().isPresent()).as("killed at %d", at).isEqualTo(installed);
            assertThat(world.service.armed).as("killed at %d", at).isEqualTo(installed);
            world.close();
        }
    }
}
