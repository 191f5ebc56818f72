package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.api.service.Commands;
import updater.transaction.context.EventLog;

final class GuardTrialTests {
    private static final EventLog LOG = (level, message, values, error) -> {};

    private HomeLayout layout;

    @BeforeEach
    void installLauncher(@TempDir Path directory) throws IOException {
        layout = new HomeLayout(directory.resolve("home"), directory);
        Files.createFile(layout.stateLauncher());
    }

    @Test
    void run_launcherAnswers_passes() throws Exception {
        List<String> ran = new ArrayList<>();

        trial(new Answer(ran, 0, "")).run(true);

        assertThat(ran).containsExactly(layout.stateLauncher() + " --version");
    }

    @Test
    void run_launcherFails_isRefusedWithWhatItSaid() {
        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> trial(new Answer(new ArrayList<>(), 5, "no loader\u001b[31m\n"))
                        .run(true))
                .withMessageContaining("'" + layout.stateLauncher() + " --version' ended with exit code 5: no loader")
                .satisfies(refused -> assertThat(refused.fullMessage()).doesNotContain("\u001b"));
    }

    @Test
    void run_launcherCannotBeStarted_isRefused() {
        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> trial(new Answer(new ArrayList<>(), -1, "")).run(true))
                .withMessageContaining("failed: Permission denied");
    }

    @Test
    void run_launcherIsMissing_isRefusedOnlyWhereALauncherStartedTheUpdater() throws Exception {
        Files.delete(layout.stateLauncher());
        List<String> ran = new ArrayList<>();

        trial(new Answer(ran, 0, "")).run(false);

        assertThat(ran).isEmpty();
        assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> trial(new Answer(ran, 0, "")).run(true))
                .withMessageContaining(layout.stateLauncher() + " is missing");
    }

    @Test
    void mount_withNoexecNearestToTheLauncher_isNamed() {
        List<String> mounts = List.of(
                "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
                "23 22 8:2 / /var rw,nosuid,noexec,relatime shared:2 - ext4 /dev/sda2 rw",
                "24 23 8:3 / /var/lib/my\\040agent rw,relatime - ext4 /dev/sda3 rw",
                "25 22 8:4 / /tmp rw,noexec - tmpfs tmpfs rw",
                "26 22 8:5 / /tmp rw,relatime - tmpfs tmpfs rw",
                "half a line");

        assertThat(GuardTrial.mountWithoutPrograms(Path.of("/var/lib/agent-updater/updater"), mounts))
                .contains("/var");
        assertThat(GuardTrial.mountWithoutPrograms(Path.of("/var/lib/my agent/updater"), mounts))
                .isEmpty();
        assertThat(GuardTrial.mountWithoutPrograms(Path.of("/variable/updater"), mounts))
                .isEmpty();
        assertThat(GuardTrial.mountWithoutPrograms(Path.of("/tmp/updater"), mounts))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"15, 10", "40, 10", "300, 75"})
    void bound_ofAProduct_growsWithWhatPreparingMayTake(int budget, int bound) {
        assertThat(GuardTrial.bound(Duration.ofSeconds(budget))).hasSeconds(bound);
    }

    private GuardTrial trial(Commands commands) {
        return new GuardTrial(commands, layout, LOG, Duration.ofSeconds(10));
    }

    /** Ends every command with one exit code; -1 stands for one that cannot be started. */
    private record Answer(List<String> ran, int exit, String err) implements Commands {
        @Override
        public Optional<Path> find(List<Path> candidates) {
            return Optional.empty();
        }

        @Override
        public Result run(List<String> argv, Duration bound) throws UpdateFailure.Service {
            if (exit < 0) {
                throw new UpdateFailure.Service("Permission denied", "");
            }
            ran.add(String.join(" ", argv));
            return new Result(exit, "", err);
        }

        @Override
        public long startDetached(
                List<String> argv, Path directory, Map<String, String> environment, Optional<Path> output) {
            throw new AssertionError("not expected: " + argv);
        }
    }
}
