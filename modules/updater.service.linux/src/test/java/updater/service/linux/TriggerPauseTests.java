package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the trigger's service does after an answer, in a shell whose pauses take no time. */
@EnabledOnOs(OS.LINUX)
final class TriggerPauseTests {
    private static final int AT_ONCE = 1;
    private static final int AT_MOST = 181;

    @TempDir
    Path directory;

    private Path request;

    @BeforeEach
    void ask() throws Exception {
        request = Files.writeString(directory.resolve("request.json"), "{}");
        script("sleep", "echo x >>pauses; [ \"$(wc -l <pauses)\" != 5 ] || sh ./at-fifth");
        script("at-fifth", ":");
    }

    private void script(String name, String text) throws Exception {
        Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + text + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    /** Returns the exit code of the service. */
    private int run(String updater) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        List.of("/bin/sh", "-c", TriggerUnits.RUN, "sh", request.toString(), "/bin/sh", "-c", updater))
                .directory(directory.toFile())
                .inheritIO();
        builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
        return builder.start().waitFor();
    }

    private int pauses() throws Exception {
        return Files.readAllLines(directory.resolve("pauses")).size();
    }

    @Test
    void refused_andTheRequestIsGone_pausesOnce() throws Exception {
        assertThat(run("rm request.json; exit 5")).isZero();

        assertThat(pauses()).isEqualTo(AT_ONCE);
    }

    @Test
    void refused_andAnotherRequestCame_pausesOnce() throws Exception {
        assertThat(run("echo {} >new; mv new request.json; exit 5")).isZero();

        assertThat(pauses()).isEqualTo(AT_ONCE);
    }

    @Test
    void refused_andTheRequestStays_waitsUntilItIsAnother() throws Exception {
        script("at-fifth", "echo {} >new; mv new request.json");

        assertThat(run("exit 5")).isZero();

        assertThat(pauses()).isEqualTo(5);
    }

    @Test
    void refused_andTheRequestStaysForEver_triesAgainAfterHalfAnHour() throws Exception {
        assertThat(run("exit 5")).isZero();

        assertThat(pauses()).isEqualTo(AT_MOST);
    }

    @Test
    void busy_andTheRequestStays_pausesOnce() throws Exception {
        assertThat(run("exit 3")).isZero();

        assertThat(pauses()).isEqualTo(AT_ONCE);
    }

    @Test
    void incomplete_isAFailureOfTheHost() throws Exception {
        assertThat(run("exit 4")).isEqualTo(4);

        assertThat(pauses()).isEqualTo(AT_ONCE);
    }
}
