package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code updater.exe} under Wine, with a stand-in for the virtual machine. That a real one is run by the same lines of C
 * is proven with that of Linux.
 */
class WindowsLauncherSystemTests {
    private static final Path WINE = Path.of("/usr/lib/wine/wine64");
    private static final Path COMPILER = Path.of("/usr/bin/x86_64-w64-mingw32-gcc");
    private static final Path JDK = Path.of(System.getProperty("java.home"));

    @TempDir
    static Path shared;

    @TempDir
    private Path temporary;

    private Path home;

    /** How a run ended. */
    private record Run(int exit, String out, String err) {
        List<String> all(String name) {
            return out.lines()
                    .filter(line -> line.startsWith(name + "="))
                    .map(line -> line.substring(name.length() + 1))
                    .toList();
        }
    }

    @BeforeAll
    static void build() throws Exception {
        assumeTrue(
                Files.isExecutable(WINE) && Files.isExecutable(COMPILER),
                "neither Wine nor a compiler for it: run modules/updater.service.windows/src/test/sh/install-wine");
        assertSucceeds(List.of(
                "../tools/windows-launcher", shared.resolve("updater.exe").toString()));
        assertSucceeds(List.of(
                COMPILER.toString(),
                "-shared",
                "-Wall",
                "-Werror",
                "-D_JNI_IMPLEMENTATION_",
                "-Isrc/main/c/windows",
                "-I" + JDK.resolve("include"),
                "-o",
                shared.resolve("jvm.dll").toString(),
                "src/test/c/fake-jvm.c"));
        assertSucceeds(List.of(WINE.toString(), "wineboot", "--init"));
    }

    @AfterAll
    static void endWine() throws Exception {
        if (Files.exists(shared.resolve("prefix"))) {
            finish(start(List.of("/usr/lib/wine/wineserver64", "--kill")));
            finish(start(List.of("/usr/lib/wine/wineserver64", "--wait")));
        }
    }

    @BeforeEach
    void makeHome() throws IOException {
        // Nobody else can write on the way there, other than to a temporary directory of this host's, which Wine has on
        // Z:.
        home = Files.createDirectory(
                Files.createTempDirectory(drive(), "launcher").resolve("ho me"));
        Files.setPosixFilePermissions(home.resolveSibling("."), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.copy(shared.resolve("updater.exe"), home.resolve("updater.exe"));
        runtime(home.resolve("tmp/latest/updater-runtime"));
    }

    private static void runtime(Path directory) throws IOException {
        Files.createDirectories(directory.resolve("bin/server"));
        Files.copy(
                shared.resolve("jvm.dll"),
                directory.resolve("bin/server/jvm.dll"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(directory.resolve("platform"), "- - - -\n");
    }

    private static Process start(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(shared.resolve("err").toFile())
                .redirectOutput(shared.resolve("out").toFile());
        builder.environment()
                .putAll(Map.of(
                        "WINEPREFIX",
                        shared.resolve("prefix").toString(),
                        "HOME",
                        shared.toString(),
                        "WINEDEBUG",
                        "-all",
                        "JAVA_HOME",
                        JDK.toString(),
                        "JAVA_TOOL_OPTIONS",
                        "-XX:Evil",
                        "_JAVA_OPTIONS",
                        "-XX:Evil",
                        "CLASSPATH",
                        "evil"));
        return builder.start();
    }

    private static Run finish(Process process) throws Exception {
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return new Run(
                process.exitValue(),
                Files.readString(shared.resolve("out"), StandardCharsets.UTF_8).replace("\r", ""),
                Files.readString(shared.resolve("err"), StandardCharsets.UTF_8).replace("\r", ""));
    }

    private static void assertSucceeds(List<String> command) throws Exception {
        Run run = finish(start(command));
        assertThat(run.exit()).as("%s: %s", command, run.err()).isZero();
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(WINE.toString(), home.resolve("updater.exe").toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static final String STATE = "C:\\ProgramData\\observiq-otel-collector-updater";

    private Run launch(String... arguments) throws Exception {
        return finish(start(command(arguments)));
    }

    private static String windowsPath(Path path) {
        return "C:\\" + drive().relativize(path).toString().replace('/', '\\');
    }

    @Test
    void launcher_inHome_runsTheMainClassOfTheStagedRuntime() throws Exception {
        Run run = launch("--exit=3", "a b", "ü ż 日", "q\"x", "back\\");

        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isEqualTo(3);
        assertThat(run.all("option"))
                .containsExactly(
                        "-Djdk.module.main=updater.app",
                        "-Dupdater.launcher=" + windowsPath(home.resolve("updater.exe")));
        assertThat(run.all("class")).contains("updater/app/Main");
        assertThat(run.all("argument")).containsExactly("--exit=3", "a b", "ü ż 日", "q\"x", "back\\");
    }

    @Test
    void launcher_environmentOfItsCaller_isNotTheUpdaters() throws Exception {
        Run run = launch();

        assertThat(run.all("environment"))
                .noneMatch(variable -> variable.contains("JAVA") || variable.startsWith("CLASSPATH"))
                .contains("PATH=C:\\windows\\system32", "TEMP=C:\\windows\\Temp");
        assertThat(run.all("environment").stream().map(variable -> variable.replaceAll("=.*", "")))
                .isSubsetOf(
                        "SystemRoot",
                        "SystemDrive",
                        "windir",
                        "ComSpec",
                        "ProgramData",
                        "NUMBER_OF_PROCESSORS",
                        "PATH",
                        "TEMP",
                        "TMP");
    }

    @Test
    void launcher_runtimeWithEnvironmentAndCache_usesThem() throws Exception {
        Path runtime = home.resolve("tmp/latest/updater-runtime");
        Files.writeString(runtime.resolve("environment"), "ONE=1\r\nTWO=a=b\n");
        Files.createDirectories(runtime.resolve("lib"));
        Files.writeString(runtime.resolve("lib/updater.aot"), "");

        Run run = launch();

        assertThat(run.all("environment")).contains("ONE=1", "TWO=a=b");
        assertThat(run.all("option"))
                .anyMatch(option -> option.matches("-XX:AOTCache=" + Pattern.quote(STATE) + "\\\\runtime-.*"
                        + Pattern.quote("\\lib\\updater.aot")));
    }

    /** The one process there is: what an agent kills is the updater. */
    @Test
    void launcher_killed_takesTheVirtualMachineWithIt() throws Exception {
        Process process = start(command("--sleep"));
        while (!Files.readString(shared.resolve("out")).contains("argument=--sleep")) {
            assertThat(process.waitFor(50, TimeUnit.MILLISECONDS))
                    .as("ended early")
                    .isFalse();
        }

        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();

        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(children)
                .noneMatch(child -> child.info().commandLine().orElse("").contains("--sleep"));
    }

    @Test
    void launcher_virtualMachineThatReturns_isRefusedLoudly() throws Exception {
        Run run = launch("--return");

        assertThat(run.exit()).isEqualTo(5);
        assertThat(run.err()).contains("the updater returned instead of ending the process");
    }

    @Test
    void launcher_withoutRuntime_isRefusedByName() throws Exception {
        Files.delete(home.resolve("tmp/latest/updater-runtime/platform"));

        Run run = launch();

        assertThat(run.exit()).isEqualTo(5);
        assertThat(run.err()).contains("no runtime in", "unpack the update for observiq-otel-collector again");
    }

    @Test
    void launcher_runtimeInTheStateDirectory_isFound() throws Exception {
        Files.delete(home.resolve("tmp/latest/updater-runtime/platform"));
        runtime(state().resolve("runtime"));
        try {
            assertThat(launch("--exit=0").exit()).isZero();
        } finally {
            Files.delete(state().resolve("runtime/platform"));
        }
    }

    @Test
    void launcher_inTheStateDirectory_findsTheRuntimeBesideIt() throws Exception {
        runtime(state().resolve("runtime"));
        Path launcher = state().resolve("updater.exe");
        Files.copy(home.resolve("updater.exe"), launcher);
        try {
            Run run = finish(start(List.of(WINE.toString(), launcher.toString(), "--exit=7")));

            assertThat(run.exit()).isEqualTo(7);
            assertThat(run.all("option")).noneMatch(option -> option.startsWith("-Dupdater.launcher"));
        } finally {
            Files.delete(launcher);
            Files.delete(state().resolve("runtime/platform"));
        }
    }

    @Test
    void launcher_commandsOtherThanUpdate_neverLoadWhatIsStagedOrPlanted() throws Exception {
        runtime(home.resolve("runtime"));
        runtime(home.resolve(".updater/runtime"));
        for (String command : List.of("status", "doctor", "journal", "recover", "--version", "--help")) {
            Run run = launch(command);

            assertThat(run.exit()).as(command).isEqualTo(5);
            assertThat(run.out()).as(command).isEmpty();
        }
    }

    @Test
    void launcher_stagedRuntimeThatOthersCanChange_isNotLoaded() throws Exception {
        for (String name : List.of("", "tmp", "tmp/latest", "tmp/latest/updater-runtime")) {
            Path directory = home.resolve(name);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

            Run run = launch();

            assertThat(run.exit()).as(name).isEqualTo(5);
            assertThat(run.out()).as(name).isEmpty();
            assertThat(run.err()).contains("could have been made or changed by another user");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Files.setPosixFilePermissions(
                home.resolve("tmp/latest/updater-runtime/platform"), PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(launch().err()).contains("could not be copied");
    }

    private static Path drive() {
        return shared.resolve("prefix/drive_c");
    }

    private static Path state() {
        return drive().resolve("ProgramData/observiq-otel-collector-updater");
    }

    @Test
    void launcher_runtimeThatIsNoProgram_saysSo() throws Exception {
        Files.writeString(home.resolve("tmp/latest/updater-runtime/bin/server/jvm.dll"), "text");

        Run run = launch();

        assertThat(run.exit()).isEqualTo(5);
        assertThat(run.err()).contains("jvm.dll");
    }

    @Test
    void launcher_statusWithoutRuntime_printsTheReport() throws Exception {
        Files.delete(home.resolve("tmp/latest/updater-runtime/platform"));
        Files.createDirectories(home.resolve("log"));
        Files.writeString(
                home.resolve("log/updater-report.json"),
                "{\n  \"outcome\": \"ROLLED_BACK\",\n  \"secret\": 1,\n  \"reason\": \"bad \u001b[31m\"\n}\n");

        Run run = launch("status");

        assertThat(run.exit()).isZero();
        assertThat(run.out()).isEqualTo("\"outcome\": \"ROLLED_BACK\",\n\"reason\": \"bad ?[31m\"\n");
    }

    @Test
    void launcher_sameSources_sameBytes() throws Exception {
        Path again = temporary.resolve("again.exe");
        assertSucceeds(List.of("../tools/windows-launcher", again.toString()));

        assertThat(Files.mismatch(again, shared.resolve("updater.exe"))).isEqualTo(-1);
    }

    /** The lines of C that create the virtual machine, with the one of this host. */
    @Test
    void invocation_ofARealVirtualMachine_runsTheUpdater() throws Exception {
        Path bundle = Path.of(System.getProperty("bundle"));
        Path program = temporary.resolve("invoke");
        assertSucceeds(List.of(
                "gcc",
                "-Wall",
                "-Werror",
                "-Isrc/main/c",
                "-I" + JDK.resolve("include"),
                "-I" + JDK.resolve("include/linux"),
                "-o",
                program.toString(),
                "src/test/c/invoke.c",
                "src/main/c/jvm.c",
                "-ldl"));
        String library = bundle.resolve("updater-runtime/lib/server/libjvm.so").toString();

        Process version = plain(program.toString(), library, "--", "--version");
        String out = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(version.waitFor()).isZero();
        assertThat(out).contains("updater 1.");

        Process wrong = plain(program.toString(), library, "-Dupdater.launcher=/x/updater", "--", "--no-such-option");
        String text = new String(wrong.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(wrong.waitFor()).isEqualTo(2);
        assertThat(text).contains("--no-such-option");
    }

    private static Process plain(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return builder.start();
    }
}
