package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.app.host.Host;
import updater.app.host.RootHost;
import updater.fs.Directory;
import updater.fs.UpdaterLock;

/** An operator lets the next update go back to an older release. */
final class AllowDowngradeTests {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private Path home;
    private Path state;
    private Path product;

    @BeforeEach
    void begin() throws IOException {
        Path root = directory.toRealPath();
        home = Files.createDirectory(root.resolve("home"));
        state = root.resolve("state");
        product = Files.writeString(root.resolve("product.json"), """
                {"name": "agent", "package": "agent", "home": {"linux": {"directory": "/opt/agent"}},
                 "state-directory": {"linux": "%s"},
                 "services": {"process": {"name": "agent", "definition": "install/agent.process"}}}
                """.formatted(state));
    }

    private int run(String... command) {
        Program program = new Program(RootHost.printing(out, out).host());
        return program.run(java.util.stream.Stream.concat(
                        List.of(command).stream(),
                        List.of("--product", product.toString(), "--home", home.toString()).stream())
                .toList());
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

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
