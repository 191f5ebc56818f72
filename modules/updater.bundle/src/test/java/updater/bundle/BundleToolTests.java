package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(OS.WINDOWS)
class BundleToolTests {
    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void makeSource() throws IOException {
        Trees.sample(directory.resolve("source"));
    }

    private int run(String... arguments) {
        return new BundleTool(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(List.of(arguments));
    }

    private String at(String name) {
        return directory.resolve(name).toString();
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void build_thenListThenUnpack_givesTheTree() throws Exception {
        assertThat(run("build", at("a.tar.gz"), at("source"))).isZero();
        assertThat(out()).isEqualTo(at("a.tar.gz") + ": 5 files, 5 directories, 27 bytes\n");
        out.reset();

        assertThat(run("list", at("a.tar.gz"))).isZero();
        assertThat(out().lines())
                .contains("-755         10 updater", "d755          0 empty/inner/", "-644          5 config.yaml");

        assertThat(run("unpack", at("a.tar.gz"), at("target"))).isZero();
        assertThat(Trees.describe(directory.resolve("target"))).isEqualTo(Trees.describe(directory.resolve("source")));
    }

    @Test
    void build_sourcesAtPaths_areThere() throws Exception {
        Path agent = directory.resolve("agent");
        Trees.write(agent.resolve("agent"), "x", "rwxr-xr-x");

        assertThat(run(
                        "build",
                        at("a.zip"),
                        at("agent"),
                        "updater=" + at("source/updater"),
                        "updater-runtime=" + at("source/updater-runtime")))
                .isZero();

        assertThat(run("unpack", at("a.zip"), at("target"))).isZero();
        assertThat(directory.resolve("target/updater-runtime/bin/java")).isExecutable();
    }

    @Test
    void build_withoutLauncherAndRuntime_isRefusedUnlessAnyLayout() throws Exception {
        Path agent = Files.createDirectory(directory.resolve("agent"));
        Trees.write(agent.resolve("agent"), "x", "rwxr-xr-x");

        assertThat(run("build", at("a.zip"), at("agent"))).isEqualTo(1);
        assertThat(err()).contains("there is no launcher", "there is no runtime");
        assertThat(directory.resolve("a.zip")).doesNotExist();
        assertThat(run("build", "--any-layout", at("a.zip"), at("agent"))).isZero();
        assertThat(run("list", at("a.zip"))).isEqualTo(1);
        assertThat(run("unpack", at("a.zip"), at("target"))).isEqualTo(1);
        assertThat(directory.resolve("target")).doesNotExist();
        assertThat(run("unpack", "--any-layout", at("a.zip"), at("target"))).isZero();
    }

    @Test
    void build_launcherNotExecutable_isRefused() throws Exception {
        Trees.write(directory.resolve("source/updater"), "x", "rw-r--r--");

        assertThat(run("build", at("a.zip"), at("source"))).isEqualTo(1);
        assertThat(err()).contains("'updater' is not executable");
    }

    @Test
    void build_sourceMissing_fails() {
        assertThat(run("build", at("a.zip"), at("missing"))).isEqualTo(1);
        assertThat(err()).contains("could not read " + at("missing"));
    }

    @Test
    void help_isPrinted() {
        assertThat(run("build", "--help")).isZero();
        assertThat(out()).startsWith("usage: build");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "frob",
                "build a.zip",
                "build a.rar source",
                "list",
                "list a b",
                "unpack a",
                "--frob list a",
                "build --mtime soon a.zip b",
                "build --mtime 2147483648 a.zip b",
                "build a.zip b --mtime"
            })
    void run_wrongCommandLine_isUsage(String line) {
        String[] arguments = line.isEmpty()
                ? new String[0]
                : line.replace("source", at("source")).split(" ", -1);

        assertThat(run(
                        arguments.length == 3 && line.contains("rar")
                                ? new String[] {"build", "--any-layout", at("a.rar"), at("source")}
                                : arguments))
                .isEqualTo(2);
        assertThat(err()).isNotEmpty();
    }
}
