package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import updater.app.host.Host;
import updater.fs.Directory;
import updater.fs.UpdaterLock;

/** An operator lets the next update go back to an older release. */
final class AllowDowngradeTests extends OperatorsHost {
    @Test
    void allowDowngrade_version_isRememberedAndDoctorSaysSo() throws IOException {
        assertThat(run("allow-downgrade", "v1.2.0")).as(this::printed).isZero();
        assertThat(printed()).contains("the next update may install v1.2.0, once");
        assertThat(Files.readString(state.resolve("trust"))).contains("\nallow-downgrade v1.2.0\n");

        // There is no agent here.
        assertThat(run("doctor")).isEqualTo(5);
        assertThat(printed()).contains("the next update may go back to v1.2.0, once");
    }

    @Test
    void allowDowngrade_noVersionThatCouldBe_isWrongUsage() {
        assertThat(run("allow-downgrade", "two words")).isEqualTo(2);
        assertThat(state.resolve("trust")).doesNotExist();
    }

    @Test
    void allowDowngrade_updateIsUnfinished_refused() throws IOException {
        assertThat(run("allow-downgrade", "v1.2.0")).as(this::printed).isZero();
        Files.createFile(state.resolve("journal"));

        assertThat(run("allow-downgrade", "v1.3.0")).isEqualTo(5);
        assertThat(printed()).contains("an update is unfinished");
        assertThat(Files.readString(state.resolve("trust"))).doesNotContain("v1.3.0");
    }

    @Test
    void allowDowngrade_damagedState_refusedAndDoctorSaysSo() throws IOException {
        assertThat(run("allow-downgrade", "v1.2.0")).as(this::printed).isZero();
        Files.writeString(state.resolve("trust"), "host-updater trust 1\n");

        assertThat(run("allow-downgrade", "v1.3.0")).isEqualTo(5);
        assertThat(run("doctor")).isEqualTo(5);
        assertThat(printed()).contains("an update would be refused", "is damaged");
    }

    @Test
    void allowDowngrade_anotherUpdaterIsAtWork_busy() throws IOException {
        assertThat(run("allow-downgrade", "v1.2.0")).as(this::printed).isZero();
        try (Directory open = Host.real().disk().open(state)) {
            UpdaterLock.Attempt attempt = UpdaterLock.tryAcquire(open, "somebody");
            try (UpdaterLock lock = ((UpdaterLock.Attempt.Acquired) attempt).lock()) {
                assertThat(lock).isNotNull();
                assertThat(run("allow-downgrade", "v1.3.0")).isEqualTo(3);
            }
        }
    }
}
