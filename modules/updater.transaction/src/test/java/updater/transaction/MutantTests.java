package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.lang.reflect.InvocationTargetException;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.testkit.PlantedBug;

/** Bugs planted one by one, each of which the properties must catch: a property that cannot fail proves nothing. */
@Tag("slow")
final class MutantTests {
    private static final String PACKAGE = "updater.transaction";
    private static final Path SOURCES = Path.of("src", "main", "java", "updater", "transaction");

    /** One bug: in which class, what is replaced, and by what. */
    enum Mutant {
        UNDO_IN_FORWARD_ORDER("rollback/FileRollback", "forEachStepBackward", "forEachStepForward"),
        REVERT_SKIPPED(
                "rollback/FileRollback",
                "() -> new HomeRestore(context, problems, displaced, new RestoreScope(earlier), pending, mounts, log)\n                        .run()",
                "() -> {}"),
        DIRECTORY_TIMES_NOT_RESTORED("rollback/HomeRestore", "self.touch(modified);", ""),
        MANIFEST_NOT_COMPLETED_AFTER_THE_STOP(
                "backup/ChangeDetection", "now.untouchedSince(before) && settled(before, since)", "true"),
        FILES_WITH_SEVERAL_NAMES_LINKED("backup/BackupTree", "&& inHome.stat().links() <= 2", ""),
        OLD_HANDLES_USED_BY_THE_UNDO("apply/StepExecutor", """
                        this.placing = new FilePlacing(context.disk());
                    }

                    /** Closes the directories that were placed in; steps can be applied and undone all the same. */
                    @Override
                    public void close() throws IOException {
                        placing.close();
                    }
                """, """
                        this.placing = System.getProperties().computeIfAbsent(context.service(), any -> new FilePlacing(context.disk()))
                                instanceof FilePlacing shared ? shared : new FilePlacing(context.disk());
                    }

                    @Override
                    public void close() {
                    }
                """),
        STATUS_NOT_REPEATED_AFTER_THE_STOP(
                "rollback/Rollback",
                "// The new agent may have had the last word.\n"
                        + "        boolean written = writeStatus(journal, reason);",
                "boolean written = true;"),
        DEFINITION_NOT_LOADED_BY_THE_UNDO(
                "apply/StepExecutor",
                "placing.undo(definition.file(), displaced);\n"
                        + "                context.service().relabel(List.of(definition.file().target().display()));\n"
                        + "                context.service().restore(before);",
                "placing.undo(definition.file(), displaced);"),
        PRESERVED_NAMES_IGNORED("prepare/FileInspection", "preserved.matches(entry.path())", "false"),
        OWNER_OF_REPLACED_FILES_LOST(
                "prepare/PlacedInodes",
                "file.own(wanted.uid(), wanted.gid());",
                "if (wanted.attributes().isEmpty()) {\n                file.own(wanted.uid(), wanted.gid());\n            }"),
        JOURNAL_REMOVED_BEFORE_THE_BACKUP(
                "backup/Leftovers",
                "        BackupTree.discard(context);\n",
                "        try (Directory early = context.disk().open(context.layout().state())) {\n"
                        + "            delete(early, context.layout().journal());\n        }\n"
                        + "        BackupTree.discard(context);\n"),
        DIRECTORIES_LEFT_OUT_BY_THE_SECOND_PASS(
                "backup/SecondPass", "changes.add(HomeBackup.describeSelf(now, itself));", ""),
        LOSSES_AT_THE_END_OF_HOME_NOT_RECORDED("backup/SecondPass", "bulk.reportMissingBelow(\"\");", ""),
        OWNER_OF_NEW_FILES_LOST(
                "prepare/PlacedInodes",
                "file.own(wanted.uid(), wanted.gid());",
                "if (wanted.attributes().isPresent()) {\n                file.own(wanted.uid(), wanted.gid());\n            }"),
        BACKUP_NOT_FORCED_BEFORE_THE_STOP("prepare/Preparation", "home.syncFileSystem();", ""),
        RUNTIME_NOT_INSTALLED_BEFORE_THE_STOP("prepare/Preparation", "        runtime.adopt();\n", ""),
        GUARD_NOT_ARMED_BEFORE_THE_STOP(
                "prepare/Preparation",
                "context.service().guard().arm(RecoveryCommand.write(context, invocation));",
                ""),
        STATE_DIRECTORY_NEEDS_NO_SPACE("prepare/SpaceCheck", "inState.add(RECORD_BYTES, 0);", ""),
        COMMIT_AFTER_AN_UNDO_HAD_BEGUN(
                "RecoveryDecision",
                "            if (journal.rollbackHasBegun()) {\n                return ROLLING_BACK;\n            }\n",
                ""),
        STOP_MARKED_TOO_LATE("Update", "            requestStop(prepared, failedHooks);\n", ""),
        ENABLEMENT_NOT_COMPARED(
                "rollback/OldAgentStart", "if (!enablement.equals(before.enablement())) {", "if (false) {"),
        CONTENT_NOT_VERIFIED("rollback/Rollback", "() -> verification.content(new RestoreScope(earlier))", "() -> {}"),
        RESTART_COUNTED_AS_THE_SAME_RUN("apply/MainProcessObserver", "now.restarts() > seen.restarts()", "false"),
        EARLIER_RUN_TAKEN_FOR_THE_NEW_AGENT(
                "apply/MainProcessObserver",
                "return (ownRun && now.run().earlier()) || now.run().outdated().isPresent();",
                "return now.run().outdated().isPresent();"),
        EARLIER_FAILURE_TAKEN_FOR_A_REPORT(
                "apply/HealthCheck", "now.writing().equals(atStart.get().writing()) ? Optional.empty() : ", ""),
        DEFINITION_NOT_RELABELLED_BY_THE_UNDO(
                "apply/StepExecutor",
                "context.service().relabel(List.of(definition.file().target().display()));\n"
                        + "                context.service().restore(before);",
                "context.service().restore(before);"),
        GUARD_DISARMED_BEFORE_THE_JOURNAL_IS_REMOVED(
                "CleanUp",
                "problems.tryTo(\"remove the journal\"",
                "problems.tryTo(\"disarm\", () -> context.service().guard().disarm());\n"
                        + "        problems.tryTo(\"remove the journal\""),
        COMMIT_WITHOUT_A_RUNNING_SERVICE("Recovery", "&& isAlive(begin)", "");

        private final String type;
        private final String original;
        private final String replacement;

        Mutant(String type, String original, String replacement) {
            this.type = type;
            this.original = original;
            this.replacement = replacement;
        }
    }

    @ParameterizedTest
    @EnumSource
    void probe_plantedBug_isCaught(Mutant mutant, @TempDir Path classes) throws Exception {
        PlantedBug bug = new PlantedBug(SOURCES.resolve(mutant.type + ".java"), mutant.original, mutant.replacement);

        try (URLClassLoader mutated = bug.load(PACKAGE, classes)) {
            assertThat(caughtIn(mutated))
                    .as("caught, with as many tries to spare")
                    .isTrue();
        }
    }

    @Test
    void probe_noBug_isQuiet(@TempDir Path classes) throws Exception {
        try (URLClassLoader unchanged = PlantedBug.classes(PACKAGE, classes)) {
            assertThatCode(() -> probe(unchanged, MutantProbe.TRIES)).doesNotThrowAnyException();
        }
    }

    private static boolean caughtIn(ClassLoader mutated) throws Exception {
        try {
            probe(mutated, MutantProbe.TRIES / 2);
            return false;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof AssertionError) {
                return true;
            }
            throw e;
        }
    }

    /** Runs the probe in a world of classes of its own. */
    private static void probe(ClassLoader loader, int tries) throws Exception {
        var run = loader.loadClass("updater.transaction.MutantProbe").getDeclaredMethod("run", int.class);
        run.setAccessible(true);
        run.invoke(null, tries);
    }
}
