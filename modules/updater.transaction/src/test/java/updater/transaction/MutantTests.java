package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bugs planted one by one, each of which the properties must catch: a property that cannot fail proves nothing. */
@Tag("slow")
final class MutantTests {
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
        PRESERVED_NAMES_IGNORED(
                "prepare/StagedTreeInspection", "context.product().preservedNames().contains(name)", "false"),
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
        STOP_MARKED_TOO_LATE("Update", "            requestStop(prepared.transaction());\n", ""),
        ENABLEMENT_NOT_COMPARED(
                "rollback/OldAgentStart", "if (!enablement.equals(before.enablement())) {", "if (false) {"),
        CONTENT_NOT_VERIFIED("rollback/Rollback", "() -> verification.content(new RestoreScope(earlier))", "() -> {}"),
        RESTART_COUNTED_AS_THE_SAME_RUN(
                "apply/MainProcessObserver",
                "now.mainPid() != seen.mainPid() || now.restarts() != seen.restarts()",
                "now.mainPid() != seen.mainPid()"),
        EARLIER_FAILURE_TAKEN_FOR_A_REPORT(
                "apply/HealthCheck", "&& store.changedTo(StatusFile.INSTALL_FAILED, before)", ""),
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
        COMMIT_WITHOUT_A_RUNNING_SERVICE(
                "Recovery", "&& (context.service().state().running() || boot.isAfter(begin.bootId()))", "");

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
        Path source = SOURCES.resolve(mutant.type + ".java");
        String text = Files.readString(source);
        assertThat(text).as("the place where the bug goes").contains(mutant.original);
        compile(source, text.replace(mutant.original, mutant.replacement), classes);

        assertThat(caughtIn(classes)).as("caught, with as many tries to spare").isTrue();
    }

    @Test
    void probe_noBug_isQuiet(@TempDir Path classes) {
        assertThatCode(() -> probe(classes, MutantProbe.TRIES)).doesNotThrowAnyException();
    }

    private static void compile(Path source, String text, Path classes) throws IOException {
        Path mutated = classes.resolve(source.getFileName());
        Files.writeString(mutated, text);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            null,
                            files,
                            null,
                            List.of(
                                    "-proc:none",
                                    "-nowarn",
                                    "-d",
                                    classes.toString(),
                                    "-cp",
                                    System.getProperty("java.class.path", "")),
                            null,
                            files.getJavaFileObjects(mutated))
                    .call();
            assertThat(compiled).as("the mutant compiles").isTrue();
        }
    }

    private static boolean caughtIn(Path classes) throws Exception {
        try {
            probe(classes, MutantProbe.TRIES / 2);
            return false;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof AssertionError) {
                return true;
            }
            throw e;
        }
    }

    /** Runs the probe in a world of classes of its own, in which the mutated ones come first. */
    private static void probe(Path classes, int tries) throws Exception {
        List<URL> urls = new ArrayList<>();
        urls.add(classes.toUri().toURL());
        for (String entry : System.getProperty("java.class.path", "").split(java.io.File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (Mutated loader = new Mutated(urls.toArray(URL[]::new), MutantTests.class.getClassLoader())) {
            var run = loader.loadClass("updater.transaction.MutantProbe").getDeclaredMethod("run", int.class);
            run.setAccessible(true);
            run.invoke(null, tries);
        }
    }

    /** Loads the classes of one package anew instead of asking its parent for them. */
    private static final class Mutated extends URLClassLoader {
        Mutated(URL[] urls, ClassLoader parent) {
            super(urls, parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith("updater.transaction.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }
}
