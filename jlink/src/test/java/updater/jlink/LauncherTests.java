package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher with a stand-in for the runtime, a script that prints what it was started with. The working directory of
 * the real one, its cache and its scope are tested where there is a real one.
 */
@EnabledOnOs(OS.LINUX)
class LauncherTests extends StandInRuntime {
    private static final String MAIN = "updater.app/updater.app.Main";

    @Test
    void launcher_copiedAloneIntoHome_becomesTheStagedRuntime() throws Exception {
        Launch launch = Launch.of(temporary, List.of(launcher(), "--home", "/x y"));

        assertThat(launch.err()).isEmpty();
        assertThat(launch.exit()).isZero();
        assertThat(launch.facts()).containsEntry("pid", String.valueOf(launch.pid()));
        assertThat(launch.facts().get("program")).startsWith(stateDirectory() + "/runtime-" + launch.pid() + "-");
        assertThat(launch.arguments())
                .containsExactly("-Dupdater.launcher=" + launcher(), "-m", MAIN, "--home", "/x y");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void launcher_everyShellOfThisHost_survivesClosedStreamsDeletedDirectoryAndUmask(List<String> shell)
            throws Exception {
        Path gone = Files.createDirectory(temporary.resolve("gone"));
        Path facts = temporary.resolve("facts");
        standIn(home.resolve("tmp/latest/updater-runtime"), "#!/bin/sh\nexec >'" + facts + "'\n" + STAND_IN);

        Launch launch = Launch.of(
                gone,
                Map.of("PATH", "/usr/bin:/bin"),
                List.of(
                        "/bin/sh",
                        "-c",
                        "rmdir \"$1\"; shift; umask 0777; exec \"$@\" <&- >&- 2>&-",
                        "sh",
                        gone.toString(),
                        shell.getFirst(),
                        shell.getLast().equals("sh") ? "sh" : "-e",
                        launcher()));

        assertThat(launch.exit()).isZero();
        Map<String, String> found = new Launch(0, 0, Files.readString(facts), "").facts();
        assertThat(found)
                .containsEntry("pid", String.valueOf(launch.pid()))
                .containsEntry("directory", "/")
                .containsEntry("umask", "0022")
                .containsEntry("stream0", "/dev/null")
                .containsEntry("stream2", "/dev/null");
    }

    @Test
    void launcher_hostileEnvironment_passesOnNothingOfIt() throws Exception {
        Map<String, String> hostile = Map.ofEntries(
                Map.entry("PATH", temporary.toString()),
                Map.entry("LD_PRELOAD", "/nowhere/evil.so"),
                Map.entry("LD_LIBRARY_PATH", "/nowhere"),
                Map.entry("JAVA_TOOL_OPTIONS", "-version"),
                Map.entry("JDK_JAVA_OPTIONS", "-version"),
                Map.entry("_JAVA_OPTIONS", "-version"),
                Map.entry("CLASSPATH", "/nowhere"),
                Map.entry("IFS", "aeiou/"),
                Map.entry("ENV", "/nowhere/evil.sh"),
                Map.entry("BASH_ENV", "/nowhere/evil.sh"),
                Map.entry("BASH_FUNC_printf%%", "() { exit 7; }"),
                Map.entry("BASH_FUNC_read%%", "() { exit 7; }"),
                Map.entry("BASH_FUNC_ulimit%%", "() { exit 7; }"),
                Map.entry("TMPDIR", "/nowhere"),
                Map.entry("HOME", "/nowhere"),
                Map.entry("PWD", "/nowhere"),
                Map.entry("LC_ALL", "C"),
                Map.entry("TERM", "vt100"));
        for (String program : List.of("env", "id", "uname", "readlink", "java")) {
            executable(temporary.resolve(program), "#!/bin/sh\nexit 7\n");
        }

        for (List<String> shell : shells().toList()) {
            List<String> command = new ArrayList<>(shell);
            command.add(launcher());
            Launch launch = Launch.of(temporary, hostile, command);

            assertThat(launch.exit()).as("%s: %s", shell, launch.err()).isZero();
            Map<String, String> variables = launch.facts();
            variables.keySet().removeIf(name -> !name.startsWith("env."));
            // The stand-in's own shell sets PWD, SHLVL and _.
            variables.keySet().removeAll(List.of("env.PWD", "env.SHLVL", "env._", "env.OLDPWD"));
            assertThat(variables).containsOnlyKeys("env.PATH", "env.LC_ALL", "env.TERM");
            assertThat(variables)
                    .containsEntry("env.PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
                    .containsEntry("env.TERM", "vt100");
            assertThat(variables.get("env.LC_ALL")).endsWith("UTF-8");
        }
    }

    @Test
    void launcher_environmentFileInRuntime_addsItsLines() throws Exception {
        Files.writeString(
                home.resolve("tmp/latest/updater-runtime/environment"), "FAULT_AT=12 'x'\nno assignment\nLAST=y");

        Launch launch = Launch.of(temporary, List.of(launcher()));

        assertThat(launch.facts()).containsEntry("env.FAULT_AT", "12 'x'").doesNotContainKey("env.no assignment");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a=b", "new\nline", "\u00fc", "quo'te\"$HOME`", "-dash", "trailing ", "st*r", "back\\slash"})
    void launcher_homeWithOddName_isFoundAndNamedExactly(String name) throws Exception {
        Path odd = Files.createDirectory(temporary.resolve(name));
        install(odd);
        standIn(odd.resolve("tmp/latest/updater-runtime"));

        Launch absolute = Launch.of(temporary, List.of(odd.resolve("updater").toString()));
        Launch relative = Launch.of(odd, List.of("./updater"));

        String property = "-Dupdater.launcher=" + odd.resolve("updater");
        assertThat(absolute.arguments()).as(absolute.err()).contains(property);
        assertThat(relative.arguments()).as(relative.err()).contains(property);
        assertThat(relative.facts()).containsEntry("pid", String.valueOf(relative.pid()));
    }

    @Test
    void launcher_argumentsWithSpacesAndPatterns_arrivesUnchanged() throws Exception {
        installed();
        List<String> odd = List.of("", "a b", "*", "new\nline", "$(id)", "-Dx=y", "@file", "'", "--", "status");
        List<String> command = new ArrayList<>(List.of(launcher()));
        command.addAll(odd);

        Launch launch = Launch.of(temporary, command);

        assertThat(launch.arguments().subList(3, launch.arguments().size())).isEqualTo(odd);
    }

    @Test
    void launcher_cacheInRuntime_isPassedToTheJvm() throws Exception {
        Path runtime = home.resolve("tmp/latest/updater-runtime");
        Files.createDirectories(runtime.resolve("lib"));
        Files.createFile(runtime.resolve("lib/updater.aot"));

        assertThat(Launch.of(temporary, List.of(launcher())).arguments().getFirst())
                .startsWith("-XX:AOTCache=" + stateDirectory() + "/runtime-")
                .endsWith("/lib/updater.aot");
    }

    @Test
    void launcher_byLinkByNameOrFromBundle_findsItsOwnDirectory() throws Exception {
        Path link = Files.createSymbolicLink(temporary.resolve("link"), Path.of("ho me/updater"));
        Path staged = home.resolve("tmp/latest");
        install(staged);

        assertThat(Launch.of(temporary, List.of(link.toString())).arguments())
                .contains("-Dupdater.launcher=" + launcher());
        assertThat(Launch.of(home, List.of("/bin/sh", "updater")).arguments())
                .contains("-Dupdater.launcher=" + launcher());
        assertThat(Launch.of(temporary, List.of(staged.resolve("updater").toString()))
                        .arguments())
                .contains("-Dupdater.launcher=" + staged.resolve("updater"));
    }

    @Test
    void launcher_stagedRuntimeGone_takesTheOneInTheStateDirectoryOfItsUser() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        Path roots = state.resolve("runtime");
        Path users = home.resolve(".updater/runtime");
        standIn(roots, "#!/bin/sh\necho which=roots\n");
        standIn(users, "#!/bin/sh\necho which=users\n");

        assertThat(Launch.of(temporary, List.of(launcher())).facts()).containsEntry("which", ROOT ? "roots" : "users");
        if (ROOT) {
            // What an unprivileged owner of home can plant there is not for root to run.
            remove(roots);
            assertThat(Launch.of(temporary, List.of(launcher())).exit()).isEqualTo(5);
        }
    }

    @Test
    void launcher_stateDirectoryRelativeToHome_isFoundThereWhateverTheWorkingDirectory() throws Exception {
        remove(home.resolve("tmp/latest/updater-runtime"));
        install(home, "kept/state");
        standIn(home.resolve("kept/state/runtime"));
        standIn(home.resolve(".updater/runtime"));

        Launch launch = Launch.of(temporary, List.of(launcher()));

        assertThat(launch.exit()).as(launch.err()).isZero();
    }

    @Test
    void launcher_inStateDirectory_takesTheRuntimeBesideIt() throws Exception {
        installed();

        Launch launch =
                Launch.of(temporary, List.of(stateDirectory().resolve("updater").toString(), "recover"));

        assertThat(launch.arguments()).endsWith(MAIN, "recover");
        if (ROOT) {
            // The product says where home is; the state directory is not it.
            assertThat(launch.arguments()).hasSize(3);
        } else {
            assertThat(launch.arguments()).contains("-Dupdater.launcher=" + launcher());
        }
    }

    /** That is how a launcher in a sandbox has its text run outside of it. */
    @ParameterizedTest
    @MethodSource("shells")
    void launcher_itsTextOnTheStandardInput_becomesTheOneOfThatFile(List<String> shell) throws Exception {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" <\"$0\"", launcher()));
        command.addAll(shell);
        command.addAll(List.of("-s", "@waited", launcher(), "12:34", "--home", "a b"));

        Launch launch = Launch.of(temporary, command);

        assertThat(launch.err()).isEmpty();
        assertThat(launch.exit()).isZero();
        assertThat(launch.arguments())
                .containsExactly(
                        "-Dupdater.launcher=" + launcher(), "-Dupdater.caller=12:34", "-m", MAIN, "--home", "a b");
        assertThat(launch.facts()).containsEntry("stream0", "/dev/null");
        assertThat(launch.facts().get("program")).startsWith(stateDirectory() + "/runtime-" + launch.pid() + "-");
    }

    /** Makes a state directory as an update leaves it, whose runtime says so. */
    private Path installed() throws IOException {
        Files.createDirectories(stateDirectory());
        Files.setPosixFilePermissions(stateDirectory(), PosixFilePermissions.fromString("rwx------"));
        install(stateDirectory());
        standIn(stateDirectory().resolve("runtime-1"), STAND_IN + "echo which=installed\n");
        return Files.createSymbolicLink(stateDirectory().resolve("runtime"), Path.of("runtime-1"));
    }
}
