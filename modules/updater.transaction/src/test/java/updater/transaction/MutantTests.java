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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plant bugs one by one, and see that the properties catch each: a property that cannot fail proves nothing. */
final class MutantTests {
    private static final Path SOURCES = Path.of("src", "main", "java", "updater", "transaction");

    /** One bug: in which class, what is replaced, and by what. */
    enum Mutant {
        UNDO_IN_FORWARD_ORDER("rollback/Rollback", "forEachStepBackward", "forEachStepForward"),
        REVERT_SKIPPED(
                "rollback/Rollback",
                "() -> HomeRestore.run(context, problems, displaced, new RestoreScope(left), pending, mounts, log)",
                "() -> {}"),
        DIRECTORY_TIMES_NOT_RESTORED("rollback/HomeRestore", "self.touch(modified);", ""),
        MANIFEST_NOT_COMPLETED_AFTER_THE_STOP(
                "backup/HomeBackup", "now.untouchedSince(before) && settled(before)", "true"),
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
                        + "        boolean written = writeStatus(transaction, reason);",
                "boolean written = true;"),
        DEFINITION_NOT_LOADED_BY_THE_UNDO(
                "apply/StepExecutor",
                "placing.takeBack(definition.file(), displaced);\n"
                        + "                context.service().relabel(List.of(definition.file().target().display()));\n"
                        + "                context.service().restore(before);",
                "placing.takeBack(definition.file(), displaced);"),
        PRESERVED_NAMES_IGNORED(
                "prepare/StagedTreeInspection", "context.product().preservedNames().contains(name)", "false"),
        OWNER_OF_REPLACED_FILES_LOST("prepare/Planner", "staged.own(like.stat().uid(), like.stat().gid());", ""),
        JOURNAL_REMOVED_BEFORE_THE_BACKUP(
                "backup/Leftovers",
                "        BackupTree.discard(context);\n",
                "        try (Directory early = context.disk().open(context.layout().state())) {\n"
                        + "            delete(early, context.layout().journal());\n        }\n"
                        + "        BackupTree.discard(context);\n"),
        COMMIT_AFTER_AN_UNDO_HAD_BEGUN(
                "Recovery", "} else if (!view.undoHasBegun() && provedHealthy", "} else if (provedHealthy"),
        STOP_MARKED_TOO_LATE(
                "Update",
                "            requestStop(prepared.transaction());\n            UpdateResult outcome = apply(prepared);",
                "            UpdateResult outcome = apply(prepared);");

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

        assertThat(caughtIn(classes)).as("caught").isTrue();
    }

    @Test
    void probe_noBug_isQuiet(@TempDir Path classes) {
        assertThatCode(() -> probe(classes)).doesNotThrowAnyException();
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
            probe(classes);
            return false;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof AssertionError) {
                return true;
            }
            throw e;
        }
    }

    /** Runs the probe in a world of classes of its own, in which the mutated ones come first. */
    private static void probe(Path classes) throws Exception {
        List<URL> urls = new ArrayList<>();
        urls.add(classes.toUri().toURL());
        for (String entry : System.getProperty("java.class.path", "").split(java.io.File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (Mutated loader = new Mutated(urls.toArray(URL[]::new), MutantTests.class.getClassLoader())) {
            var run = loader.loadClass("updater.transaction.MutantProbe").getDeclaredMethod("run");
            run.setAccessible(true);
            run.invoke(null);
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
