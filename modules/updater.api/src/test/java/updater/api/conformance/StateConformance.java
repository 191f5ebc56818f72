package updater.api.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import updater.api.UpdateFailure;
import updater.api.conformance.ServiceBench.Ability;
import updater.api.conformance.ServiceBench.Agent;
import updater.api.service.Commands;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;

/** Looking at a service: nothing changes by it, and what is seen is what is. */
interface StateConformance extends Bench {
    @Test
    default void provider_describesItself() {
        assertThat(bench().provider().name()).matches("[a-z][a-z0-9-]*");
        assertThat(bench().provider().systems()).isNotEmpty();
    }

    @Test
    default void detect_hostWithoutAnyCommand_answersWithAReason() {
        Commands none = new NoCommands();

        assertThat(bench().provider().detect(none).reason()).isNotBlank();
        assertThat(bench().provider().detect(none)).isEqualTo(bench().provider().detect(none));
    }

    @Test
    default void inspect_runningService_isActive() throws Exception {
        ServiceManager manager = bench().open();
        running(manager);

        ServiceFacts facts = manager.inspect();

        assertThat(facts.active()).isTrue();
        assertThat(facts.enablement()).isNotBlank();
        assertThat(facts.dependents()).isEmpty();
        assertThat(facts.stopBound()).isBetween(Duration.ZERO, Duration.ofMinutes(5));
    }

    @Test
    default void inspect_stoppedService_isNotActive() throws Exception {
        assertThat(bench().open().inspect().active()).isFalse();
    }

    @Test
    default void inspect_missingService_isRefusedByName() throws Exception {
        bench().uninstall();

        assertThatThrownBy(() -> bench().open().inspect())
                .isInstanceOfSatisfying(UpdateFailure.Refused.class, refused -> {
                    assertThat(refused.fullMessage()).contains(bench().name());
                    assertThat(refused.advice()).isNotBlank();
                });
    }

    @Test
    default void inspect_disabledService_isToldApart() throws Exception {
        requires(Ability.DISABLE);
        String enabled = bench().open().inspect().enablement();

        bench().disable();

        assertThat(bench().open().inspect().enablement()).isNotBlank().isNotEqualTo(enabled);
    }

    @Test
    default void inspect_disabledServiceThatCannotBeStarted_isRefused() throws Exception {
        requires(Ability.DISABLED_IS_REFUSED);
        bench().disable();

        assertThatThrownBy(() -> bench().open().inspect()).isInstanceOf(UpdateFailure.Refused.class);
    }

    @Test
    default void looking_changesNothing() throws Exception {
        ServiceManager manager = bench().open();
        ServiceState running = running(manager);
        ServiceFacts facts = manager.inspect();
        Set<String> before = bench().traces();

        manager.warnings();
        manager.sandboxing();
        manager.stopKillsUpdater();
        manager.guard().armed();
        manager.compareDefinition(bench().staged());

        assertThat(bench().open().inspect()).isEqualTo(facts);
        assertThat(bench().traces()).isEqualTo(before);
        assertThat(bench().open().state().mainPid()).isEqualTo(running.mainPid());
    }

    @Test
    default void stopKillsUpdater_updaterOutsideTheService_no() throws Exception {
        ServiceManager manager = bench().open();
        running(manager);

        assertThat(manager.stopKillsUpdater()).isEmpty();
    }

    @Test
    default void relabel_isHarmless() throws Exception {
        ServiceManager manager = bench().open();

        manager.relabel(List.of());
        manager.relabel(List.of(Path.of("/no/such/file")));
    }

    @Test
    default void state_stopped_inactiveWithoutProcess() throws Exception {
        ServiceState state = bench().open().state();

        assertThat(state.activity()).isEqualTo(Activity.INACTIVE);
        assertThat(state.mainPid()).isZero();
        assertThat(state.stopped()).isTrue();
        assertThat(state.detail()).isNotBlank();
    }

    @Test
    default void state_agentRunsOn_staysTheSame() throws Exception {
        ServiceManager manager = bench().open();
        ServiceState first = running(manager);

        for (int look = 0; look < 5; look++) {
            bench().clock().pause(Duration.ofMillis(100));
            ServiceState now = manager.state();
            assertThat(now.running()).as("%s", now).isTrue();
            assertThat(now.mainPid()).isEqualTo(first.mainPid());
            assertThat(now.restarts()).isEqualTo(first.restarts());
        }
        assertThat(bench().open().state().mainPid()).as("to another updater").isEqualTo(first.mainPid());
    }

    @Test
    default void state_agentEndsByItself_isNoticedSoon() throws Exception {
        ServiceManager manager = bench().open();
        ServiceState before = running(manager);

        bench().crash();

        await("the end is noticed", NOTICED, () -> Bench.ended(before, manager.state()));
    }

    @Test
    default void state_agentEndsAsSoonAsItIsStarted_isNoticedSoon() throws Exception {
        bench().agent(Agent.ENDS_AT_ONCE);
        ServiceManager manager = bench().open();

        manager.start();

        ServiceState none =
                new ServiceState(Activity.RUNNING, 0, manager.state().restarts(), "");
        await("the end is noticed", NOTICED, () -> {
            ServiceState now = manager.state();
            return !now.running() && Bench.ended(none, now);
        });
    }

    /** A provider that can end the agent all the same may do so. */
    @Test
    default void stop_managerDoesNotAnswer_endsInBoundedTimeWithTheTruth() throws Exception {
        requires(Ability.HANG);
        ServiceManager manager = bench().open();
        running(manager);
        bench().hang();
        long start = bench().clock().nanos();

        try {
            manager.stop(Duration.ofSeconds(1));
        } catch (UpdateFailure.Service failure) {
            assertThat(failure.getMessage()).isNotBlank();
            assertThat(failure.advice()).isNotBlank();
            return;
        }

        assertThat(bench().clock().since(start)).isLessThan(PATIENCE);
        assertThat(bench().processes()).as("processes left").isZero();
    }
}
