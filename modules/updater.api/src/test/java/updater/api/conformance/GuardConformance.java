package updater.api.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import updater.api.conformance.ServiceBench.Ability;
import updater.api.service.Guard;
import updater.api.service.ServiceManager;

/** The guard: armed and disarmed as often as one likes, by whomever, and gone without a trace. */
interface GuardConformance extends Bench {
    List<String> RECOVER = List.of("/var/lib/agent-updater/updater", "recover", "--note", "two words, $HOME; 50%");

    private Guard guard() {
        return bench().open().guard();
    }

    @Test
    default void guard_neverArmed_isNot() throws Exception {
        assertThat(guard().armed()).isFalse();
    }

    @Test
    default void guard_armed_isSeenByEveryUpdater() throws Exception {
        guard().arm(RECOVER);

        assertThat(guard().armed()).isTrue();

        guard().disarm();
        assertThat(guard().armed()).isFalse();
    }

    @Test
    default void guard_disarmed_leavesNoTrace() throws Exception {
        Set<String> before = bench().traces();
        guard().arm(RECOVER);
        assertThat(bench().traces()).as("an armed guard can be seen").isNotEqualTo(before);

        guard().disarm();

        assertThat(bench().traces()).isEqualTo(before);
    }

    @Test
    default void guard_armedTwice_isDisarmedByOnce() throws Exception {
        Set<String> before = bench().traces();
        guard().arm(RECOVER);
        guard().arm(RECOVER);
        assertThat(guard().armed()).isTrue();

        guard().disarm();

        assertThat(guard().armed()).isFalse();
        assertThat(bench().traces()).isEqualTo(before);
    }

    @Test
    default void guard_armedForAnotherCommand_isDisarmedWithoutATrace() throws Exception {
        Set<String> before = bench().traces();
        guard().arm(RECOVER);
        guard().arm(List.of("/var/lib/agent-updater/updater", "recover", "--other"));

        guard().disarm();

        assertThat(bench().traces()).isEqualTo(before);
    }

    @Test
    default void guard_disarmedWithoutBeingArmed_nothingHappens() throws Exception {
        Set<String> before = bench().traces();

        guard().disarm();
        guard().disarm();

        assertThat(bench().traces()).isEqualTo(before);
    }

    @Test
    default void guard_armedAgain_isArmed() throws Exception {
        guard().arm(RECOVER);
        guard().disarm();

        guard().arm(RECOVER);

        assertThat(guard().armed()).isTrue();
        guard().disarm();
    }

    /** Its own command does so once it has nothing more to recover, with the service up and down. */
    @Test
    default void guard_armedAndDisarmed_doesNotTouchTheService() throws Exception {
        ServiceManager manager = bench().open();
        long pid = running(manager).mainPid();

        guard().arm(RECOVER);
        guard().disarm();
        assertThat(manager.state().mainPid()).isEqualTo(pid);
        guard().arm(RECOVER);
        manager.stop(BOUND);
        assertThat(guard().armed()).as("outlives the service").isTrue();
        guard().disarm();

        assertGone(manager);
    }

    @Test
    default void guard_disarmedAfterADefinitionChange_leavesNoTrace() throws Exception {
        Set<String> before = bench().traces();
        ServiceManager manager = bench().open();
        guard().arm(RECOVER);
        manager.reload();

        guard().disarm();

        assertThat(bench().traces()).isEqualTo(before);
        assertThat(guard().armed()).isFalse();
    }

    @Test
    default void guard_armed_runsItsCommandAgainAndAgain() throws Exception {
        requires(Ability.GUARD_RUNS);
        Path calls = Files.createTempFile("guard", ".calls");
        try {
            guard().arm(List.of("/bin/sh", "-c", "echo \"$1\" >>'" + calls + "'", "sh", "two  words $HOME"));
            bench().passGuardPeriod();
            await("the guard ran", PATIENCE, () -> Files.size(calls) > 0);
            long size = Files.size(calls);
            bench().passGuardPeriod();
            await("the guard ran again", PATIENCE, () -> Files.size(calls) > size);
            guard().disarm();

            assertThat(Files.readAllLines(calls)).containsOnly("two  words $HOME");
        } finally {
            Files.delete(calls);
        }
    }

    @Test
    default void guard_armed_outlivesAReboot() throws Exception {
        requires(Ability.REBOOT);
        Set<String> before = bench().traces();
        guard().arm(RECOVER);

        bench().reboot();

        assertThat(guard().armed()).isTrue();
        guard().disarm();
        assertThat(guard().armed()).isFalse();
        assertThat(bench().traces()).isEqualTo(before);
    }
}
