package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Tools are found through links on somebody's PATH, and find their checkout, or their archive, from there. */
@EnabledOnOs(OS.LINUX)
final class LinkedToolsTests {
    private static final Path ROOT = Path.of("..");

    @TempDir
    Path scratch;

    private Path checkout;

    @BeforeEach
    void standIn() throws IOException {
        checkout = scratch.toRealPath().resolve("checkout");
        Files.createDirectories(checkout.resolve("packaging/target/tool"));
        copied("tools/bundle", "tools/bundle");
        executable(checkout.resolve("tools/find-java"), "#!/bin/sh\necho echo\n");
        copied("tools/sdk/bundle", "sdk/bin/bundle");
        Files.createDirectories(checkout.resolve("sdk/runtime/linux-any"));
        executable(checkout.resolve("sdk/bin/find-java"), "#!/bin/sh\necho echo\n");
    }

    private void copied(String tool, String name) throws IOException {
        Path copy = checkout.resolve(name);
        Files.createDirectories(copy.getParent());
        executable(copy, Files.readString(ROOT.resolve(tool)));
    }

    private static void executable(Path file, String content) throws IOException {
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String run(Path tool) {
        return Command.run(Duration.ofMinutes(1), tool.toString(), "--help").ok();
    }

    @Test
    void bundle_throughALinkedDirectory_findsItsCheckout() throws IOException {
        Path linked = Files.createSymbolicLink(scratch.resolve("elsewhere"), checkout.resolve("tools"));

        assertThat(run(linked.resolve("bundle"))).contains("--runtime " + checkout + "/jlink/target/bundle --help");
    }

    @Test
    void bundle_thatIsALinkItself_findsItsCheckout() throws IOException {
        Path linked = Files.createSymbolicLink(scratch.resolve("bundle"), checkout.resolve("tools/bundle"));

        assertThat(run(linked)).contains("--runtime " + checkout + "/jlink/target/bundle --help");
    }

    @Test
    void bundleOfTheArchive_throughLinks_findsItsArchive() throws IOException {
        Path directory = Files.createSymbolicLink(scratch.resolve("elsewhere"), checkout.resolve("sdk/bin"));
        Path file = Files.createSymbolicLink(scratch.resolve("bundle"), checkout.resolve("sdk/bin/bundle"));

        for (Path linked : List.of(directory.resolve("bundle"), file)) {
            assertThat(run(linked)).contains("--runtime " + checkout + "/sdk/runtime/linux-any --help");
        }
    }

    /** Tools that do more than a test can run have the same line. */
    @Test
    void everyTool_thatLooksWhereItLies_followsLinks() throws IOException {
        List<Path> scripts = new ArrayList<>(List.of(ROOT.resolve("demo"), ROOT.resolve("packaging/bundle")));
        try (Stream<Path> tools = Files.walk(ROOT.resolve("tools"));
                Stream<Path> examples = Files.list(ROOT.resolve("examples"))) {
            tools.filter(Files::isRegularFile).forEach(scripts::add);
            examples.flatMap(example -> Stream.of("tree", "package", "try").map(example::resolve))
                    .filter(Files::isRegularFile)
                    .forEach(scripts::add);
        }
        assertThat(scripts).hasSizeGreaterThan(20);
        for (Path script : scripts) {
            assertThat(Files.readString(script)).as(script.toString()).doesNotContain("dirname \"$0\"");
        }
    }
}
