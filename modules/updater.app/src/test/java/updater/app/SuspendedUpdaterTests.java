package updater.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import updater.api.Os;
import updater.app.host.Host;
import updater.fs.Directory;
import updater.fs.UpdaterLock;
import updater.processes.HostProcesses;

/** An updater that a signal has stopped holds the lock for ever: whoever asks is told what lets it go on. */
@Timeout(60)
final class SuspendedUpdaterTests extends OperatorsHost {
    private static final Duration BOUND = Duration.ofSeconds(10);

    private Process updater;

    @BeforeEach
    void suspend() throws Exception {
        assumeTrue(Host.real().system().os() == Os.LINUX, "elsewhere it cannot be told");
        Files.createDirectory(
                state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        updater = new ProcessBuilder("sleep", "300").start();
        signal("STOP");
        HostProcesses processes = HostProcesses.of(Os.LINUX);
        long began = System.nanoTime();
        while (!processes.suspended(updater.pid())) {
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("it is seen that a signal has stopped it")
                    .isLessThan(BOUND);
            Thread.onSpinWait();
        }
    }

    private void signal(String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(updater.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    @AfterEach
    void end() {
        updater.destroyForcibly();
    }

    private void saysHowItGoesOn() {
        assertThat(printed())
                .containsIgnoringCase("a signal has stopped it")
                .contains("'kill -CONT " + updater.pid() + "'", "the guard finishes")
                .doesNotContain("Wait for it to end");
    }

    @Test
    void commands_updaterIsSuspended_sayWhatLetsItGoOn() throws Exception {
        String holder = new LockHolder(updater.pid(), Instant.now(), "update").text();
        try (Directory open = Host.real().disk().open(state);
                UpdaterLock lock = ((UpdaterLock.Attempt.Acquired) UpdaterLock.tryAcquire(open, holder)).lock()) {
            assertThat(lock).isNotNull();

            assertThat(run("status")).as(this::printed).isEqualTo(3);
            saysHowItGoesOn();
            assertThat(run("status", "--json")).isEqualTo(3);
            assertThat(printed()).contains("\"suspended\": true");
            assertThat(run("recover", "--service-manager", "process")).isEqualTo(3);
            saysHowItGoesOn();
            assertThat(run("doctor", "--service-manager", "process")).isEqualTo(3);
            saysHowItGoesOn();
        }
    }
}
