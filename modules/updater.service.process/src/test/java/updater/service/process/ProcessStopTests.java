package updater.service.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.api.service.ServiceState.Activity;
import updater.processes.ProcessId;

/** What a stop ends, and what it leaves alone. */
@EnabledOnOs(OS.LINUX)
class ProcessStopTests extends SupervisedAgent {
    /** Tells when its trap is set. */
    private static final String IGNORES_TERM = "trap '' TERM\n: >ready\nwhile :; do sleep 300; done\n";

    @Test
    void stop_running_isGoneAndInactive() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long pid = host.recordedPid();

        service.stop(BOUND);

        assertThat(host.lives(pid)).isFalse();
        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
        assertThat(host.pidFile()).doesNotExist();
    }

    @Test
    void stop_notRunning_changesNothing() throws Exception {
        host.installAgent(RUNS_ON);

        service.stop(BOUND);
        service.stop(BOUND);

        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
    }

    @Test
    void stop_ignoresTerm_isKilled() throws Exception {
        host.installAgent(IGNORES_TERM, "stop-timeout-ms = 200");
        service.start();
        long pid = host.recordedPid();
        host.await(() -> Files.exists(host.home.resolve("ready")));
        long started = System.nanoTime();

        service.stop(BOUND);

        assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThan(Duration.ofMillis(200));
        assertThat(host.lives(pid)).isFalse();
    }

    @Test
    void stop_slowShutdown_isWaitedFor() throws Exception {
        host.installAgent("trap 'sleep 0.3; echo done >done; exit' TERM\n: >ready\nwhile :; do sleep 0.01; done\n");
        service.start();
        host.await(() -> Files.exists(host.home.resolve("ready")));

        service.stop(BOUND);

        assertThat(host.home.resolve("done")).hasContent("done");
    }

    @Test
    void stop_childrenIgnoreTerm_areKilledToo() throws Exception {
        host.installAgent("(trap '' TERM; sh -c 'echo $$ >child; exec sleep 300') &\nwait\n");
        service.start();
        host.await(() -> !readString(host.home.resolve("child")).isEmpty());
        long child = Long.parseLong(readString(host.home.resolve("child")).strip());
        assertThat(host.lives(child)).isTrue();

        service.stop(BOUND);

        assertThat(host.lives(child)).isFalse();
    }

    @Test
    void stop_updaterIsAChildOfTheAgent_outlivesIt() throws Exception {
        host.installAgent("(sh -c 'echo $$ >child; sleep 300; :') &\nwait\n");
        service.start();
        host.await(() -> !readString(host.home.resolve("child")).isEmpty());
        long updater = Long.parseLong(readString(host.home.resolve("child")).strip());
        long agent = host.recordedPid();
        ProcessService ofChild = host.service(updater);

        assertThat(ofChild.stopKillsUpdater()).isEmpty();
        ofChild.stop(BOUND);

        assertThat(host.lives(agent)).isFalse();
        assertThat(host.lives(updater)).isTrue();
        assertThat(host.processes.descendants(updater)).hasSize(1);
        ProcessHandle.of(updater).ifPresent(handle -> {
            handle.descendants().forEach(ProcessHandle::destroyForcibly);
            handle.destroyForcibly();
        });
    }

    @Test
    void stop_pidGivenToAnotherProcess_leavesItAlone() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long stranger = host.recordedPid();
        ProcessId recorded = host.processes.find(stranger).orElseThrow();
        Files.writeString(host.pidFile(), stranger + "\n" + recorded.birth() + "0\n");

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        service.stop(BOUND);

        assertThat(host.lives(stranger)).isTrue();
    }

    @Test
    void stop_numberOnlyOfAnOlderProcess_isBelieved() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long pid = host.recordedPid();
        Files.writeString(host.pidFile(), pid + "\n");

        assertThat(service.state().activity()).isEqualTo(Activity.RUNNING);
        service.stop(BOUND);

        assertThat(host.lives(pid)).isFalse();
    }

    @Test
    void stop_numberOnlyOfAYoungerProcess_leavesItAlone() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        long pid = host.recordedPid();
        Files.writeString(host.pidFile(), pid + "\n");
        Files.setLastModifiedTime(host.pidFile(), FileTime.from(Instant.now().minusSeconds(3600)));

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        service.stop(BOUND);

        assertThat(host.lives(pid)).isTrue();
        assertThat(host.pidFile()).doesNotExist();
    }

    @Test
    void stop_pidFileIsTorn_removesIt() throws Exception {
        host.installAgent(RUNS_ON);
        Files.createDirectories(host.home.resolve("log"));
        Files.writeString(host.pidFile(), "");

        assertThat(service.state().activity()).isEqualTo(Activity.FAILED);
        service.stop(BOUND);

        assertThat(service.state().activity()).isEqualTo(Activity.INACTIVE);
    }

    /** The number of the one that died may have been given out again, to the updater that recovers. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void stop_starterDiedBeforeItRecorded_findsTheAgent(boolean sameNumber) throws Exception {
        host.installAgent(RUNS_ON);
        Files.createDirectories(host.home.resolve("log"));
        long starter = sameNumber ? ProcessHandle.current().pid() : 4194305;
        Files.writeString(host.pidFile(), "starting " + starter + "\nno-such-birth/1\n");
        long agent = host.commands.startDetached(
                List.of(
                        "/bin/sh",
                        "-c",
                        "sleep 0.2\n" + ShellScripts.LAUNCH,
                        "sh",
                        host.pidFile().toString(),
                        "",
                        "/bin/sleep",
                        "300"),
                host.home,
                Map.of("PATH", "/usr/bin:/bin"),
                Optional.empty());

        service.stop(BOUND);

        assertThat(host.lives(agent)).isFalse();
        assertThat(host.pidFile()).doesNotExist();
    }

    @Test
    void stop_itIsTheUpdater_isRefused() throws Exception {
        host.installAgent(RUNS_ON);
        service.start();
        ProcessService itself = host.service(host.recordedPid());

        assertThat(itself.stopKillsUpdater()).isPresent();
        assertThatThrownBy(() -> itself.stop(BOUND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("the updater itself");
        assertThat(host.lives(host.recordedPid())).isTrue();
    }
}
