package updater.opamp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import okio.ByteString;
import opamp.proto.DownloadableFile;
import opamp.proto.PackageAvailable;
import opamp.proto.PackagesAvailable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.opamp.fleet.FleetServer;

/** The agent of {@code docs/agents.md}, as it stands there, with the library as modules; and how large that is. */
final class AgentsPageTests {
    private static final Path PAGE = Path.of("../../docs/agents.md");
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final int MOST_BYTES = 2_500_000;

    /** What an agent has to have at run time. */
    private static final Pattern LIBRARY = Pattern.compile(
            ".*/(updater\\.(api|json|archive|release|agent|opamp)/target/.*|jackson-core-[^/]*|protobuf-javalite-[^/]*)");

    @TempDir
    Path directory;

    private static List<String> library() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> LIBRARY.matcher(entry).matches() && !entry.contains("test-classes"))
                .toList();
    }

    private static String example() throws IOException {
        Matcher matcher = EXAMPLE.matcher(Files.readString(PAGE));
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    @Test
    void example_asAProject_isThatOfThePage() throws IOException {
        assertThat(Path.of("../../examples/agent-library/src/main/java/ExampleAgent.java"))
                .hasContent(example());
    }

    @Test
    void example_ofThePage_takesAnOffer_withTheLibraryAsModules() throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Assumptions.assumeTrue(compiler != null, "a Java without a compiler");
        Path source = Files.writeString(directory.resolve("ExampleAgent.java"), example());
        String modules = String.join(File.pathSeparator, library());
        Path classes = Files.createDirectory(directory.resolve("classes"));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        List<String> options = List.of(
                "--release",
                "17",
                "-p",
                modules,
                "--add-modules",
                "updater.opamp",
                "-d",
                classes.toString(),
                source.toString());
        assertThat(compiler.run(null, said, said, options.toArray(String[]::new)))
                .as(said.toString())
                .isZero();
        Path home = Files.createDirectory(directory.resolve("home"));
        try (FleetServer server = new FleetServer()) {
            byte[] bundle = {1, 2, 3};
            server.offer = Optional.of(offer(server.serve("b", bundle).toString(), bundle));
            Process agent = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-p",
                            modules,
                            "--add-modules",
                            "updater.opamp",
                            "-cp",
                            classes.toString(),
                            "ExampleAgent",
                            home.toString(),
                            server.webSocket().toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("said").toFile())
                    .start();
            try {
                FleetServer.Received received = server.inbox.poll(60, TimeUnit.SECONDS);
                while (received != null && !isInstalling(received)) {
                    received = server.inbox.poll(60, TimeUnit.SECONDS);
                }
                assertThat(received)
                        .as(Files.readString(directory.resolve("said")))
                        .isNotNull();
                assertThat(server.violations).isEmpty();
            } finally {
                agent.destroyForcibly().waitFor();
            }
        }
    }

    private static boolean isInstalling(FleetServer.Received received) {
        return received.message().package_statuses != null
                && received.status("example-agent").status.getValue() == 2;
    }

    private static PackagesAvailable offer(String address, byte[] bundle) {
        return new PackagesAvailable.Builder()
                .all_packages_hash(ByteString.encodeUtf8("all"))
                .packages(Map.of(
                        "example-agent",
                        new PackageAvailable.Builder()
                                .version("v2")
                                .hash(ByteString.encodeUtf8("v2"))
                                .file(new DownloadableFile.Builder()
                                        .download_url(address)
                                        .content_hash(ByteString.of(bundle).sha256())
                                        .signature(ByteString.encodeUtf8("signed"))
                                        .build())
                                .build()))
                .build();
    }

    @Test
    void libraryAndDependencies_areSmall() throws Exception {
        assertThat(library()).hasSize(8);
        long total = 0;
        for (String entry : library()) {
            long size = size(Path.of(entry));
            System.out.printf(
                    "%,9d bytes %s%n", size, entry.replaceAll(".*/([^/]+/target/classes|[^/]+\\.jar)$", "$1"));
            total += size;
        }
        System.out.printf("%,9d bytes in all%n", total);
        assertThat(total).isLessThanOrEqualTo(MOST_BYTES);
    }

    /** The size of a jar, or that of the one that the classes would be in. */
    private static long size(Path entry) throws IOException {
        if (Files.isRegularFile(entry)) {
            return Files.size(entry);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes);
                Stream<Path> files = Files.walk(entry)) {
            for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                zip.putNextEntry(new ZipEntry(entry.relativize(file).toString()));
                Files.copy(file, zip);
            }
        }
        return bytes.size();
    }
}
