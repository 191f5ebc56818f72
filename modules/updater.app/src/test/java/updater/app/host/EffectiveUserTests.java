package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class EffectiveUserTests {
    private static final String OTHER = "65534";
    private static final String PROC = "/proc";

    @TempDir
    private Path classes;

    /** The other user must be able to read the classes, wherever they were built. */
    @BeforeEach
    void copyClasses() throws IOException {
        Files.setPosixFilePermissions(classes, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (Class<?> type : List.of(EffectiveUser.class, EffectiveUserProbe.class)) {
            String file = type.getName().replace('.', '/') + ".class";
            Files.createDirectories(classes.resolve(file).getParent());
            try (InputStream bytes = type.getResourceAsStream("/" + file)) {
                Files.copy(bytes, classes.resolve(file));
            }
        }
    }

    private String asked(List<String> prefix, String proc) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
        command.addAll(List.of("-cp", classes.toString(), EffectiveUserProbe.class.getName(), proc, "/tmp"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    private static List<String> setpriv(String... options) throws IOException {
        assumeTrue(EffectiveUser.ofThisProcess().id() == 0, "only root can become another user");
        List<String> command = new ArrayList<>(List.of("setpriv", "--clear-groups", "--regid", OTHER));
        command.addAll(List.of(options));
        return command;
    }

    @Test
    void id_thisProcess_ownsWhatItCreates(@TempDir Path directory) throws Exception {
        int owner = (int) Files.getAttribute(Files.createFile(directory.resolve("file")), "unix:uid");

        assertThat(EffectiveUser.ofThisProcess().id()).isEqualTo(owner);
    }

    @Test
    void id_anotherUser_isThatUser() throws Exception {
        assertThat(asked(setpriv("--reuid", OTHER), PROC)).isEqualTo(OTHER);
    }

    /** Such a process may not be dumped, so root owns its directory in /proc. */
    @Test
    void id_anotherUsersRightsOnly_isThatUser() throws Exception {
        assertThat(asked(setpriv("--euid", OTHER), PROC)).isEqualTo(OTHER);
    }

    @Test
    void id_withoutProc_isThatUser() throws Exception {
        assertThat(asked(setpriv("--reuid", OTHER), "/no/proc")).isEqualTo(OTHER);
    }

    @Test
    void id_nothingTells_isNone(@TempDir Path directory) {
        Path missing = directory.resolve("missing");

        assertThat(new EffectiveUser(missing, missing).id()).isNegative();
    }
}
