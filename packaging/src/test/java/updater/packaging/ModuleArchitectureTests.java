package updater.packaging;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds the module descriptors to the table of modules in the design: nobody requires more than his row allows. */
class ModuleArchitectureTests {
    /** What each module may require at run time, besides {@code java.base}. */
    private static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            entry("updater.api", Set.of()),
            entry("updater.fs", Set.of("updater.api")),
            entry("updater.json", Set.of("com.fasterxml.jackson.core")),
            entry("updater.release", Set.of()),
            entry("updater.archive", Set.of("updater.api")),
            entry("updater.opamp", Set.of("java.net.http", "updater.agent", "com.google.protobuf")),
            entry(
                    "updater.agent",
                    Set.of("java.net.http", "updater.api", "updater.archive", "updater.json", "updater.release")),
            entry("updater.state", Set.of("updater.api", "updater.json", "updater.release")),
            entry("updater.processes", Set.of("updater.api")),
            entry("updater.service.linux", Set.of("updater.api", "updater.processes")),
            entry(
                    "updater.service.windows",
                    Set.of("updater.api", "updater.json", "updater.processes", "com.sun.jna", "com.sun.jna.platform")),
            entry("updater.service.macos", Set.of("updater.api", "updater.processes", "java.xml")),
            entry("updater.service.process", Set.of("updater.api", "updater.processes")),
            entry(
                    "updater.transaction",
                    Set.of(
                            "updater.api",
                            "updater.fs",
                            "updater.json",
                            "updater.processes",
                            "updater.release",
                            "updater.state")),
            entry(
                    "updater.app",
                    Set.of(
                            "updater.api",
                            "updater.archive",
                            "updater.fs",
                            "updater.json",
                            "updater.processes",
                            "updater.release",
                            "updater.state",
                            "updater.transaction",
                            "java.logging",
                            "jdk.unsupported")),
            entry("updater.bundle", Set.of("updater.api", "updater.archive", "org.apache.commons.compress")));

    /** Which packages of the transaction each of them may use: arrows run down this table only. */
    static final List<Map.Entry<String, Set<String>>> TRANSACTION = List.of(
            entry("updater.transaction", packages("rollback", "prepare", "apply", "backup", "context")),
            entry("updater.transaction.rollback", packages("apply", "backup", "context")),
            entry("updater.transaction.prepare", packages("backup", "context")),
            entry("updater.transaction.apply", packages("context")),
            entry("updater.transaction.backup", packages("context")),
            entry("updater.transaction.context", packages()));

    private static final Set<String> TRANSACTION_PACKAGES =
            TRANSACTION.stream().map(Map.Entry::getKey).collect(Collectors.toCollection(TreeSet::new));

    private static final JavaClasses TRANSACTION_CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("updater.transaction");

    private static final Map<String, ModuleDescriptor> MODULES = modules();

    static final Set<String> NAMES = new TreeSet<>(ALLOWED.keySet());

    @Test
    void modules_ofTheProject_areThoseOfTheTable() {
        assertThat(MODULES.keySet()).isEqualTo(NAMES);
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void module_requires_noMoreThanItsRowAllows(String name) {
        Set<String> required = descriptor(name).requires().stream()
                .filter(requires -> !requires.modifiers().contains(Requires.Modifier.STATIC))
                .map(Requires::name)
                .filter(module -> !module.equals("java.base"))
                .collect(Collectors.toSet());
        assertThat(ALLOWED.get(name)).containsAll(required);
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void module_requiresStatic_annotationsOnly(String name) {
        assertThat(descriptor(name).requires())
                .filteredOn(requires -> requires.modifiers().contains(Requires.Modifier.STATIC))
                .extracting(Requires::name)
                .containsOnly("org.jspecify");
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void module_exports_packagesNamedAfterIt(String name) {
        assertThat(descriptor(name).exports())
                .allSatisfy(exports -> assertThat(exports.source() + ".").startsWith(name + "."));
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void serviceModule_exports_nothing(String name) {
        boolean service = name.startsWith("updater.service.");
        assertThat(descriptor(name).exports()).matches(exports -> !service || exports.isEmpty(), "nothing exported");
    }

    @Test
    void services_ofTheApp_areReachedByUsesOnly() {
        assertThat(descriptor("updater.app").uses()).containsExactly("updater.api.service.ServiceManagerProvider");
    }

    @ParameterizedTest
    @FieldSource("TRANSACTION")
    void transactionPackage_dependsOn_noPackageThatItsRowForbids(Map.Entry<String, Set<String>> row) {
        Set<String> others = new TreeSet<>(TRANSACTION_PACKAGES);
        others.remove(row.getKey());
        others.removeAll(row.getValue());
        if (others.isEmpty()) {
            return;
        }
        noClasses()
                .that()
                .resideInAPackage(row.getKey())
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others.toArray(String[]::new))
                .check(TRANSACTION_CLASSES);
    }

    @Test
    void transactionPackages_areThoseOfTheTable() {
        assertThat(TRANSACTION_CLASSES).extracting(JavaClass::getPackageName).hasSameElementsAs(TRANSACTION_PACKAGES);
    }

    @Test
    void foreignFunctions_areUsed_byTheFileSystemModuleOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages("updater.fs..", "updater.testkit..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(new ClassFileImporter().importPackages("updater"));
    }

    /** What has no descriptor no module can require, and jlink links modules only. */
    @Test
    void testkit_isNoModule_andNotOnTheModulePathOfTheImage() throws IOException {
        assertThat(MODULES).doesNotContainKey("updater.testkit");
        assertThat(Files.readString(Path.of("../jlink/pom.xml"))).doesNotContain("testkit");
    }

    private static Set<String> packages(String... names) {
        return Stream.of(names).map(name -> "updater.transaction." + name).collect(Collectors.toSet());
    }

    private static ModuleDescriptor descriptor(String name) {
        assertThat(MODULES).containsKey(name);
        return MODULES.get(name);
    }

    private static Map<String, ModuleDescriptor> modules() {
        Map<String, ModuleDescriptor> modules = new TreeMap<>();
        try {
            for (URL url : Collections.list(
                    ModuleArchitectureTests.class.getClassLoader().getResources("module-info.class"))) {
                try (InputStream in = url.openStream()) {
                    ModuleDescriptor descriptor = ModuleDescriptor.read(in);
                    if (descriptor.name().startsWith("updater.")) {
                        modules.put(descriptor.name(), descriptor);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return modules;
    }
}
