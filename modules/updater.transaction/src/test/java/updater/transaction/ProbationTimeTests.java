package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import updater.api.UpdateTerms.Policy;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceState.Activity;
import updater.state.document.Probation;
import updater.transaction.world.FakeService.Definition;
import updater.transaction.world.World;

/** How long a probation lasts, and what ends it or takes its place. */
final class ProbationTimeTests extends OnProbation {
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

    @Test
    void update_overAProbation_takesItsPlace() throws Exception {
        updated();
        look();
        String first = probation().orElseThrow().installed().update();
        world.write("home/tmp/latest/agent", "new agent 3", 0755);
        world.writeStatus(2);
        world.service.newDefinition = "unit 3";
        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(probation().orElseThrow().installed().update()).isNotEqualTo(first);
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
