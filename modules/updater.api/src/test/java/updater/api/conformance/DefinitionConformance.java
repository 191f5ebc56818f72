package updater.api.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import updater.api.UpdateFailure;
import updater.api.conformance.ServiceBench.Ability;
import updater.api.conformance.ServiceBench.Definition;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;

/** Changing the definition: seen before it is done, done in place, and taken back to what it was. */
interface DefinitionConformance extends Bench {
    @Test
    default void compareDefinition_noneInTheBundle_none() throws Exception {
        assertThat(bench().open().compareDefinition(bench().staged())).isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    default void compareDefinition_same_none() throws Exception {
        bench().stage(Definition.SAME);

        assertThat(bench().open().compareDefinition(bench().staged())).isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    default void compareDefinition_changed_saysWhatToDoAndDoesIt_not() throws Exception {
        bench().stage(Definition.CHANGED);
        Set<String> before = bench().traces();

        DefinitionChange change = bench().open().compareDefinition(bench().staged());

        assertThat(change).isNotInstanceOf(DefinitionChange.None.class);
        assertThat(bench().open().compareDefinition(bench().staged())).isEqualTo(change);
        assertThat(bench().traces()).isEqualTo(before);
        if (change instanceof DefinitionChange.ReplaceFile file) {
            assertThat(file.target()).isAbsolute();
            assertThat(file.target().getParent())
                    .isEqualTo(file.target().getParent().toRealPath());
            assertThat(file.content().length()).isPositive();
        }
    }

    @Test
    default void compareDefinition_invalid_isRefused() throws Exception {
        requires(Ability.INVALID_DEFINITION);
        bench().stage(Definition.INVALID);

        assertThatThrownBy(() -> bench().open().compareDefinition(bench().staged()))
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.advice()).isNotBlank());
    }

    @Test
    default void changedDefinition_applied_isTheSameNowAndEnablementIsKept() throws Exception {
        bench().stage(Definition.CHANGED);
        ServiceManager manager = bench().open();
        running(manager);
        ServiceFacts before = manager.inspect();
        manager.stop(BOUND);

        Bench.apply(manager, manager.compareDefinition(bench().staged()));

        running(manager);
        assertThat(manager.compareDefinition(bench().staged())).isInstanceOf(DefinitionChange.None.class);
        assertThat(bench().open().inspect().enablement()).isEqualTo(before.enablement());
    }

    @Test
    default void changedDefinition_appliedTwice_isAppliedOnce() throws Exception {
        bench().stage(Definition.CHANGED);
        ServiceManager manager = bench().open();
        DefinitionChange change = manager.compareDefinition(bench().staged());

        Bench.apply(manager, change);
        Set<String> once = bench().traces();
        Bench.apply(bench().open(), change);

        assertThat(bench().traces()).isEqualTo(once);
    }

    @Test
    default void changedDefinition_takenBack_leavesNoTrace() throws Exception {
        bench().stage(Definition.CHANGED);
        ServiceManager manager = bench().open();
        ServiceFacts before = manager.inspect();
        Set<String> traces = bench().traces();
        DefinitionChange change = manager.compareDefinition(bench().staged());
        Optional<byte[]> old = change instanceof DefinitionChange.ReplaceFile file && Files.exists(file.target())
                ? Optional.of(Files.readAllBytes(file.target()))
                : Optional.empty();
        Bench.apply(manager, change);

        takeBack(change, old, before);
        takeBack(change, old, before);

        assertThat(bench().open().inspect()).isEqualTo(before);
        assertThat(bench().traces()).isEqualTo(traces);
        assertThat(bench().open().compareDefinition(bench().staged())).isEqualTo(change);
        running(bench().open());
    }

    /** As an undo does it, by an updater that knows only what was written down. */
    private void takeBack(DefinitionChange change, Optional<byte[]> old, ServiceFacts before) throws Exception {
        ServiceManager manager = bench().open();
        switch (change) {
            case DefinitionChange.None none -> {}
            case DefinitionChange.Configure configure -> manager.configure(configure.before());
            case DefinitionChange.ReplaceFile file -> {
                if (old.isPresent()) {
                    Bench.place(file.target(), old.get());
                } else {
                    Files.deleteIfExists(file.target());
                }
                manager.restore(before);
            }
        }
    }

    @Test
    default void reload_withoutAChange_changesNothing() throws Exception {
        ServiceManager manager = bench().open();
        running(manager);
        long pid = manager.state().mainPid();
        Set<String> before = bench().traces();
        ServiceFacts facts = manager.inspect();

        manager.reload();
        manager.reload();
        manager.restore(facts);

        assertThat(bench().traces()).isEqualTo(before);
        assertThat(manager.state().mainPid()).isEqualTo(pid);
    }
}
