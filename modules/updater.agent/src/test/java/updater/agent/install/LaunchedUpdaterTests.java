package updater.agent.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes are started here, and waited for. */
final class LaunchedUpdaterTests {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path home;

    private Path stage(String script) throws IOException {
        Path staged = Files.createDirectories(home.resolve("tmp/latest"));
        Path launcher = Files.writeString(staged.resolve("updater"), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        return staged;
    }

    @Test
    void start_isTheUpdaterItself_inAGroupAndSessionOfItsOwn_inHome() throws Exception {
        Path staged = stage("echo $$ $(ps -o pgid=,sid= -p $$) >said; pwd -P >>said; exit 5\n");

        LaunchedUpdater updater = LaunchedUpdater.start(home, staged);

        assertThat(updater.await(LIMIT)).isEqualTo(OptionalInt.of(5));
        String pid = Long.toString(updater.pid().orElseThrow());
        assertThat(Files.readAllLines(home.resolve("said")))
                .isEqualTo(
                        List.of(pid + " " + pid + " " + pid, home.toRealPath().toString()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("updater"))))
                .isEqualTo("rwx------");
    }

    @Test
    void start_inheritsNoDescriptors() throws Exception {
        Path staged = stage("ls -l /proc/$$/fd >said\n");
        try (RandomAccessFile secret =
                new RandomAccessFile(home.resolve("secret").toFile(), "rw")) {
            secret.write(1);

            LaunchedUpdater.start(home, staged).await(LIMIT);
        }
        assertThat(Files.readString(home.resolve("said")))
                .contains("0 -> /dev/null")
                .contains("updater-console.log")
                .doesNotContain("secret")
                .doesNotContain("socket:");
    }

    @Test
    void start_withoutSetsid_knowsTheUpdaterAndItsExit() throws Exception {
        Path staged = stage("echo $$ >said; exit 5\n");

        LaunchedUpdater updater = LaunchedUpdater.start(home, staged, Optional.empty());

        assertThat(updater.await(LIMIT)).isEqualTo(OptionalInt.of(5));
        assertThat(updater.pid())
                .contains(Long.parseLong(Files.readString(home.resolve("said")).strip()));
    }

    @Test
    void kill_endsTheUpdater() throws Exception {
        Path staged = stage("exec sleep 1000\n");
        LaunchedUpdater updater = LaunchedUpdater.start(home, staged);
        assertThat(updater.await(Duration.ofMillis(1))).isEmpty();

        updater.kill();

        assertThat(updater.await(LIMIT)).isEqualTo(OptionalInt.of(137));
    }

    @Test
    void reason_isWhatTheUpdaterSaidLast_withItsAdvice() throws Exception {
        Path staged = stage("echo noise; echo 'updater: no space left' >&2; echo '         Make room' >&2; exit 5\n");
        LaunchedUpdater updater = LaunchedUpdater.start(home, staged);
        updater.await(LIMIT);

        assertThat(UpdaterReason.onConsole(updater)).contains("no space left. Make room");
    }

    @Test
    void console_isBounded() throws Exception {
        Path staged = stage("head -c 3000000 /dev/zero\n");
        LaunchedUpdater updater = LaunchedUpdater.start(home, staged);
        updater.await(LIMIT);

        assertThat(home.resolve("log/updater-console.log")).isEmptyFile();
    }

    @Test
    void start_withoutALauncher_isRefused() throws Exception {
        Path staged = Files.createDirectories(home.resolve("tmp/latest"));

        assertThatThrownBy(() -> LaunchedUpdater.start(home, staged))
                .isInstanceOf(InstallFailure.class)
                .hasMessage("the bundle holds no updater");
    }
}
