package updater.api.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import updater.api.UpdateFailure;
import updater.api.conformance.ServiceBench.Ability;
import updater.api.conformance.ServiceBench.Agent;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;

/** Stopping and starting: to the end, in bounded time, and as often as one likes. */
interface StopStartConformance extends Bench {
    @Test
    default void stop_running_nothingIsLeft() throws Exception {
        ServiceManager manager = bench().open();
        running(manager);

        manager.stop(BOUND);

        assertGone(manager);
        assertThat(manager.state().activity()).isEqualTo(Activity.INACTIVE);
        assertThat(bench().open().inspect().active()).isFalse();
    }

    @Test
    default void stop_again_nothingHappens() throws Exception {
        ServiceManager manager = bench().open();
        running(manager);
        manager.stop(BOUND);

        manager.stop(BOUND);
        bench().open().stop(BOUND);

        assertGone(manager);
    }

    @Test
    default void stop_neverStarted_nothingHappens() throws Exception {
        ServiceManager manager = bench().open();

        manager.stop(BOUND);

        assertGone(manager);
    }

    @Test
    default void stop_byAnotherUpdater_works() throws Exception {
        running(bench().open());

        ServiceManager another = bench().open();
        another.stop(BOUND);

        assertGone(another);
    }

    @Test
    default void stop_agentTakesItsTime_isWaitedFor() throws Exception {
        bench().agent(Agent.SLOW_TO_END);
        ServiceManager manager = bench().open();
        running(manager);

        manager.stop(BOUND);

        assertGone(manager);
    }

    /** Whether the manager kills it or leaves that to the operator is its own affair; a lie or a hang is not. */
    @Test
    default void stop_agentIgnoresIt_endsInBoundedTimeWithTheTruth() throws Exception {
        bench().agent(Agent.IGNORES_TERMINATION);
        ServiceManager manager = bench().open();
        running(manager);
        Duration bound = Duration.ofSeconds(1);
        Duration own = manager.inspect().stopBound();
        long start = bench().clock().nanos();

        boolean stopped;
        try {
            manager.stop(bound);
            stopped = true;
        } catch (UpdateFailure.Service e) {
            stopped = false;
            assertThat(e.fullMessage()).contains(bench().name());
            assertThat(e.advice()).isNotBlank();
        }

        assertThat(bench().clock().since(start))
                .isLessThan(bound.plus(own.multipliedBy(2)).plus(PATIENCE));
        assertThat(bench().processes() == 0).as("processes gone").isEqualTo(stopped);
        assertThat(manager.state().stopped()).isEqualTo(stopped);
    }

    @Test
    default void stop_afterACrash_succeeds() throws Exception {
        ServiceManager manager = bench().open();
        running(manager);
        bench().crash();

        manager.stop(BOUND);

        assertGone(manager);
    }

    @Test
    default void stop_rightAfterTheStart_winsOverIt() throws Exception {
        ServiceManager manager = bench().open();
        manager.start();

        manager.stop(BOUND);

        assertGone(manager);
    }

    @Test
    default void start_stopped_runsAsAnotherProcess() throws Exception {
        ServiceManager manager = bench().open();
        ServiceState first = running(manager);
        manager.stop(BOUND);

        ServiceState second = running(manager);

        assertThat(second.mainPid()).isNotEqualTo(first.mainPid());
    }

    @Test
    default void start_running_keepsTheProcess() throws Exception {
        ServiceManager manager = bench().open();
        ServiceState first = running(manager);

        manager.start();
        bench().open().start();

        ServiceState now = awaitRunning(manager);
        assertThat(now.mainPid()).isEqualTo(first.mainPid());
        assertThat(now.restarts()).isEqualTo(first.restarts());
    }

    /** Somebody else was faster, by nothing that a clock would tell: what runs may have read files from before the update. */
    @Test
    default void start_somebodyElseWasFaster_isToldFromItsOwn() throws Exception {
        ServiceManager other = bench().open();
        running(other);
        ServiceManager manager = bench().open();
        assertThat(manager.state().run().earlier()).as("nothing was asked for").isFalse();

        manager.start();
        assertThat(awaitRunning(manager).run().earlier()).isTrue();
        manager.start();
        assertThat(awaitRunning(manager).run().earlier()).as("asked again").isTrue();

        manager.stop(BOUND);
        assertThat(running(manager).run().earlier()).as("its own").isFalse();
        manager.start();
        assertThat(awaitRunning(manager).run().earlier())
                .as("its own, asked again")
                .isFalse();
        assertThat(awaitRunning(other).run().earlier())
                .as("somebody else's later one")
                .isFalse();
    }

    /** While it is still coming up, there may be no process to be seen yet. */
    @Test
    default void start_somebodyElseHasJustAskedForIt_isToldFromItsOwn() throws Exception {
        bench().open().start();
        ServiceManager manager = bench().open();

        manager.start();

        boolean earlier = awaitRunning(manager).run().earlier();
        // Of two scripts at once either may start it: what begins behind the second start is as good as that one's own.
        assertThat(earlier || bench().abilities().contains(Ability.STARTS_LATER))
                .isTrue();
        manager.stop(BOUND);
        assertThat(running(manager).run().earlier()).isFalse();
    }

    @Test
    default void start_twiceAtOnce_oneProcess() throws Exception {
        ServiceManager manager = bench().open();
        manager.start();
        manager.start();

        ServiceState first = awaitRunning(manager);
        bench().clock().pause(Duration.ofMillis(200));

        assertThat(manager.state().mainPid()).isEqualTo(first.mainPid());
        manager.stop(BOUND);
        assertGone(manager);
    }

    @Test
    default void start_afterACrash_runsAgain() throws Exception {
        ServiceManager manager = bench().open();
        running(manager);
        bench().crash();

        running(manager);

        assertThat(bench().processes()).isPositive();
    }

    /** As an undo does it: stop whatever is left of the failed agent, then start the old one. */
    @Test
    default void start_afterACrashLoop_isNotHeldBack() throws Exception {
        bench().agent(Agent.ENDS_AT_ONCE);
        ServiceManager manager = bench().open();
        ServiceState none =
                new ServiceState(Activity.RUNNING, 0, manager.state().restarts(), "");
        manager.start();
        await("the end is noticed", NOTICED, () -> Bench.ended(none, manager.state()));
        for (int i = 0; i < 5; i++) {
            bench().open().start();
        }
        manager.stop(BOUND);
        bench().agent(Agent.HEALTHY);

        ServiceState state = running(bench().open());

        assertThat(state.running()).isTrue();
    }

    @Test
    default void start_programIsMissing_failsOrIsSeenToFail() throws Exception {
        bench().agent(Agent.MISSING);
        ServiceManager manager = bench().open();

        try {
            manager.start();
        } catch (UpdateFailure.Service e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }

        await("the failure is noticed", NOTICED, () -> {
            ServiceState now = manager.state();
            return now.activity() == Activity.FAILED || now.activity() == Activity.INACTIVE;
        });
    }

    @Test
    default void start_none_isNoStartOfDependents() throws Exception {
        bench().open().startDependents(List.of());

        assertThat(bench().open().state().activity()).isEqualTo(Activity.INACTIVE);
    }

    @Test
    default void dependents_areToldStoppedAlongAndStartedAgain() throws Exception {
        requires(Ability.DEPENDENTS);
        ServiceManager manager = bench().open();
        running(manager);
        String dependent = bench().addDependent();
        ServiceFacts facts = manager.inspect();
        assertThat(facts.dependents()).containsExactly(dependent);

        manager.stop(BOUND);
        assertThat(bench().dependentRuns(dependent)).isFalse();
        running(manager);
        manager.startDependents(facts.dependents());

        await("the dependent runs", PATIENCE, () -> bench().dependentRuns(dependent));
        ServiceState before = manager.state();
        manager.startDependents(facts.dependents());
        assertThat(manager.state().mainPid()).isEqualTo(before.mainPid());
    }
}
