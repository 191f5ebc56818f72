package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;

/** What is built here is read by the tools that others have. Each test is skipped where its tool is not installed. */
@DisabledOnOs(OS.WINDOWS)
class SystemToolsTests {
    @TempDir
    private Path directory;

    private Path source = Path.of("");

    @BeforeEach
    void makeSource() throws IOException {
        source = Trees.sample(Files.createDirectory(directory.resolve("source")));
        Path deep = source.resolve("a-directory-with-a-long-name".repeat(4)).resolve("x".repeat(200));
        Trees.write(deep, "deep", "rw-r--r--");
        Trees.write(source.resolve("space and -dash"), "", "rw-r--r--");
    }

    private Path build(String name) throws UpdateFailure {
        BundleBuilder builder = new BundleBuilder(Instant.parse("2025-01-02T03:04:05Z"));
        builder.add("", source);
        Path archive = directory.resolve(name);
        builder.write(archive);
        return archive;
    }

    private String run(String... command) throws IOException, InterruptedException {
        assumeThat(List.of(System.getenv("PATH").split(File.pathSeparator, -1)))
                .as("where %s is", command[0])
                .anyMatch(place -> Files.isExecutable(Path.of(place, command[0])));
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("TZ", "UTC");
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        return Files.readString(output);
    }

    private void assertSameTree(Path unpacked) throws IOException {
        SortedMap<String, String> expected = Trees.describe(source);
        assertThat(Trees.describe(unpacked)).isEqualTo(expected);
    }

    private Path target() throws IOException {
        return Files.createDirectory(directory.resolve("target"));
    }

    @Test
    void tar_listsAndExtracts() throws Exception {
        Path archive = build("a.tar.gz");

        assertThat(run("tar", "--numeric-owner", "--full-time", "-tvzf", archive.toString())
                        .lines())
                .anyMatch(line -> line.matches("-rwxr-xr-x 0/0 +10 2025-01-02 03:04:05 updater"))
                .anyMatch(line -> line.matches("drwxr-xr-x 0/0 +0 2025-01-02 03:04:05 empty/inner/"));
        run("tar", "-xzf", archive.toString(), "-C", target().toString());
        assertSameTree(directory.resolve("target"));
    }

    @Test
    void bsdtar_extracts() throws Exception {
        run("bsdtar", "-xf", build("a.tar.gz").toString(), "-C", target().toString());
        assertSameTree(directory.resolve("target"));
    }

    @Test
    void busybox_extracts() throws Exception {
        run("busybox", "tar", "-xzf", build("a.tar.gz").toString(), "-C", target().toString());
        assertSameTree(directory.resolve("target"));
    }

    @Test
    void python_extractsTheTarball() throws Exception {
        run("python3", "-m", "tarfile", "-e", build("a.tar.gz").toString(), target().toString());
        assertSameTree(directory.resolve("target"));
    }

    @Test
    void unzip_testsAndExtracts() throws Exception {
        Path archive = build("a.zip");

        assertThat(run("unzip", "-t", archive.toString())).contains("No errors detected");
        assertThat(run("unzip", "-Z", "-T", archive.toString()))
                .containsPattern("-rwxr-xr-x .* 10 .* 20250102\\.030405 updater\n");
        run("unzip", "-q", archive.toString(), "-d", target().toString());
        assertSameTree(directory.resolve("target"));
    }

    @Test
    void tar_whatItPacksItself_isUnpacked() throws Exception {
        run("tar", "-czf", "theirs.tar.gz", "--format=pax", "-C", source.toString(), ".");

        new BundleUnpacker().unpack(directory.resolve("theirs.tar.gz"), directory.resolve("target"));

        assertSameTree(directory.resolve("target"));
    }

    @Test
    void umask_ofTheCaller_appliesToWhatIsUnpacked() throws Exception {
        Path archive = build("a.tar.gz");

        run(
                "sh",
                "-c",
                "umask 077; exec \"$@\"",
                "sh",
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                "updater.bundle.UnderUmask",
                "unpack",
                archive.toString(),
                directory.resolve("target").toString());

        assertThat(Trees.describe(directory.resolve("target")))
                .containsEntry("updater-runtime", "rwx------ /")
                .hasEntrySatisfying("updater", text -> assertThat(text).startsWith("rwx------"))
                .hasEntrySatisfying("config.yaml", text -> assertThat(text).startsWith("rw-------"));
    }

    @Test
    void umask_ofTheBuilder_makesNoDifference() throws Exception {
        byte[] ours = Files.readAllBytes(build("a.tar.gz"));

        run(
                "sh",
                "-c",
                "umask 077; exec \"$@\"",
                "sh",
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                "updater.bundle.UnderUmask",
                "build",
                "2025-01-02T03:04:05Z",
                "b.tar.gz",
                source.toString());

        assertThat(directory.resolve("b.tar.gz")).hasBinaryContent(ours);
    }
}
