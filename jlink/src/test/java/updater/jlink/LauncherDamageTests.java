package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is installed and damaged, or may not be read: the launcher says what is true of it, or takes what is staged. */
@EnabledOnOs(OS.LINUX)
class LauncherDamageTests extends StandInRuntime {
    private static final int STRANGER = 61_234;

    private void whole(Path runtime) throws IOException {
        standIn(runtime);
        Files.createDirectories(runtime.resolve("lib/server"));
        Files.writeString(runtime.resolve("lib/modules"), "modules");
        Files.writeString(runtime.resolve("lib/server/libjvm.so"), "machine");
        Files.writeString(runtime.resolve("platform"), "Linux " + System.getProperty("os.arch") + " /bin/sh 2.0\n");
        Files.writeString(runtime.resolve("content"), "the same");
    }

    private Path installed() throws IOException {
        Path runtime = stateDirectory().resolve("runtime");
        Files.createDirectories(runtime);
        Files.setPosixFilePermissions(stateDirectory(), PosixFilePermissions.fromString("rwx------"));
        whole(runtime);
        Files.createFile(runtime.resolve(".complete"));
        return runtime;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bin/java", "lib/modules", "lib/server/libjvm.so"})
    void installedRuntimeThatLacksAPart_isRefusedNamingIt(String part) throws Exception {
        Path runtime = installed();
        assertThat(Launch.of(temporary, List.of(launcher(), "doctor")).exit()).isNotEqualTo(5);

        Files.write(runtime.resolve(part), new byte[0]);

        for (String command : List.of("doctor", "recover", "status")) {
            Launch launch = Launch.of(temporary, List.of(launcher(), command));
            assertThat(launch.exit()).isEqualTo(5);
            assertThat(launch.err())
                    .contains(runtime + "/" + part + " is missing or empty", "[runtime-unusable]", "enroll --from DIR");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lib/modules", "lib/server/libjvm.so"})
    void update_installedRuntimeLacksAPart_theSameOneThatIsStagedRuns(String part) throws Exception {
        Path staged = home.resolve("tmp/latest/updater-runtime");
        whole(staged);
        Files.copy(home.resolve("updater"), home.resolve("tmp/latest/updater"));
        Path runtime = installed();
        Files.copy(home.resolve("updater"), stateDirectory().resolve("updater"));
        assertThat(Launch.of(temporary, List.of(launcher())).out()).contains(runtime.toString());

        Files.delete(runtime.resolve(part));

        assertThat(Launch.of(temporary, List.of(launcher())).out()).contains(stateDirectory() + "/runtime-");
    }

    @Test
    void stateDirectoryThatAStrangerMayNotRead_isNamed() throws Exception {
        assumeTrue(ROOT);
        Path own = Files.createDirectory(home.resolve(".updater"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));

        for (String command : List.of("doctor", "status", "recover")) {
            Launch launch = asStranger(command);
            assertThat(launch.exit()).isEqualTo(5);
            assertThat(launch.err())
                    .contains(own + " cannot be read by user id " + STRANGER + ": permission denied")
                    .contains("[state-directory-unusable]", "'chown -R " + STRANGER + " " + own + "'")
                    .doesNotContain("came so far");
        }
    }

    @Test
    void updaterOfRoot_isNamedToAStranger() throws Exception {
        assumeTrue(ROOT);
        Files.createDirectory(state);
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));

        Launch launch = asStranger("doctor");

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.err())
                .contains(
                        "root has one, in " + state,
                        "[state-directory-unusable]",
                        "'sudo " + state + "/updater doctor'");
    }

    /** It would get a state directory of its own, beside the one that its home has. */
    @Test
    void enroll_byAStranger_isRefusedAndLeavesNothing() throws Exception {
        assumeTrue(ROOT);
        Files.move(home.resolve("tmp/latest/updater-runtime"), home.resolve("updater-runtime"));

        Launch launch = asStranger("enroll");

        assertThat(launch.exit()).isEqualTo(5);
        assertThat(launch.err())
                .contains("only root enrolls an updater; this is user id " + STRANGER + " [runtime-unusable]");
        assertThat(home.resolve(".updater")).doesNotExist();
    }

    private Launch asStranger(String command) throws Exception {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Stream<Path> all = Files.walk(home)) {
            for (Path path : all.filter(one -> !one.endsWith(".updater")).toList()) {
                Files.setAttribute(path, "unix:uid", STRANGER);
            }
        }
        List<String> words = new ArrayList<>(List.of("setpriv", "--reuid=" + STRANGER, "--regid=" + STRANGER));
        words.addAll(List.of("--clear-groups", "--", launcher(), command));
        return Launch.of(temporary, words);
    }
}
