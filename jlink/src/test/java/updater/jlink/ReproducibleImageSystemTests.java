package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.cyclonedx.Version;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What can be said of the image's origin: what it was linked from, and that linking again gives the same bytes. */
@EnabledOnOs(OS.LINUX)
class ReproducibleImageSystemTests {
    private static final Path IMAGE = Path.of(System.getProperty("bundle"), "updater-runtime");
    private static final Path MODULE_PATH = Path.of(System.getProperty("module-path"));

    /** The cache holds the objects of a process that ran, and the other file the digest of everything, cache included. */
    private static final Set<String> NOT_REPRODUCIBLE = Set.of("lib/updater.aot", "content");

    @TempDir
    private Path elsewhere;

    @Test
    void bill_namesEveryModuleThatWasLinked() throws Exception {
        File file = IMAGE.resolve(BillOfMaterials.FILE).toFile();
        JsonParser parser = new JsonParser();
        Launch listed =
                Launch.of(elsewhere, Map.of(), List.of(IMAGE.resolve("bin/java").toString(), "--list-modules"));
        List<String> modules =
                listed.out().lines().map(line -> line.split("@", 2)[0]).sorted().toList();

        assertThat(parser.validate(file, Version.VERSION_16)).isEmpty();
        Bom bill = parser.parse(file);
        assertThat(bill.getComponents()).extracting(Component::getName).containsExactlyElementsOf(modules);
        assertThat(bill.getComponents())
                .filteredOn(component -> component.getName().startsWith("java."))
                .isNotEmpty()
                .allSatisfy(component -> assertThat(component.getVersion()).startsWith("25."));
        assertThat(bill.getComponents())
                .filteredOn(component -> component.getName().equals("com.fasterxml.jackson.core"))
                .singleElement()
                .satisfies(jackson -> {
                    assertThat(jackson.getPurl()).startsWith("pkg:maven/com.fasterxml.jackson.core/jackson-core@2.");
                    assertThat(jackson.getHashes())
                            .singleElement()
                            .satisfies(hash -> assertThat(hash.getValue())
                                    .isEqualTo(ImageFiles.sha256(jackson(jackson.getVersion()))));
                });
    }

    @Test
    void image_linkedAgainElsewhere_isTheSameButForItsCache() throws Exception {
        Command.run(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                BuildRuntime.class.getName(),
                "--module-path",
                MODULE_PATH.toString(),
                "--modules",
                System.getProperty("runtime.modules"),
                "--native-access",
                "updater.fs",
                "--launcher",
                IMAGE.resolveSibling("updater").toString(),
                "--output",
                elsewhere.toString()));

        assertThat(files(elsewhere.resolve("updater-runtime"))).isEqualTo(files(IMAGE));
    }

    private static Path jackson(String version) {
        return MODULE_PATH.resolve("jackson-core-" + version + ".jar");
    }

    private static Map<String, String> files(Path image) throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (Path file : ImageFiles.below(image)) {
            String name = image.relativize(file).toString();
            if (!NOT_REPRODUCIBLE.contains(name)) {
                files.put(
                        name,
                        ImageFiles.sha256(file) + " "
                                + Files.getPosixFilePermissions(file).stream()
                                        .map(Enum::name)
                                        .sorted()
                                        .collect(Collectors.joining(" ")));
            }
        }
        return files;
    }
}
