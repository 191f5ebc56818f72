package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole updates of an agent that launchd runs. The updater, its files and all processes are real; launchd is the fake that
 * the provider's own tests use. What this cannot show is said in {@code docs/platforms/launchd.md}.
 */
@EnabledOnOs(OS.LINUX)
@Tag("slow")
class LaunchdUpdateSystemTests {
    @TempDir
    Path directory;

    private LaunchdHost host;

    private LaunchdHost host(String... behaviour) throws Exception {
        host = new LaunchdHost(directory, true, List.of(), List.of(behaviour));
        return host;
    }

    @AfterEach
    void close() throws Exception {
        if (host != null) {
            host.close();
        }
    }

    private void assertUpdated() throws Exception {
        LaunchdHost.await("the new agent runs alone", host, () -> host.runs("v2"));
        assertThat(host.home().resolve("VERSION")).hasContent("v2");
        assertThat(host.home().resolve("config.yaml")).content().contains("v1");
        assertThat(host.plist()).hasContent(LaunchdHost.definition(host.home() + "/agent", "v2"));
        assertThat(host.launchd().arguments(LaunchdHost.LABEL)).containsExactly(host.home() + "/agent", "--of-v2");
        assertThat(host.status()).contains("\"status\":0");
        assertNothingIsLeft();
    }

    private void assertRolledBack() throws Exception {
        LaunchdHost.await("the old agent runs alone", host, () -> host.runs("v1"));
        assertThat(host.changes()).isEmpty();
        assertThat(host.plist()).hasContent(LaunchdHost.definition(host.home() + "/agent", "v1"));
        assertThat(host.launchd().arguments(LaunchdHost.LABEL))
                .as("what launchd has loaded")
                .containsExactly(host.home() + "/agent", "--of-v1");
        assertThat(host.status()).contains("\"status\":3");
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() throws Exception {
        LaunchdHost.await("the guard is gone", host, host::unguarded);
        assertThat(host.home().resolve("tmp")).doesNotExist();
        assertThat(host.state().resolve("journal")).doesNotExist();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(host.plist())))
                .isEqualTo("rw-r--r--");
    }

    /** The agent's whole side of it: it unpacks, starts the updater in a session of its own, and is stopped by it. */
    @Test
    void update_startedByTheAgent_succeeds() throws Exception {
        host();
        Object inode = Files.getAttribute(host.home().resolve("agent"), "unix:ino");

        host.updateByTheAgent();

        LaunchdHost.await("the update is over", host, () -> host.status().contains("\"status\":0") && host.unguarded());
        assertUpdated();
        assertThat(Files.getAttribute(host.home().resolve("agent"), "unix:ino"))
                .as("a program written over in place would be killed for its signature")
                .isNotEqualTo(inode);
        assertThat(host.mac().xattrCalls())
                .as("what is new loses its quarantine")
                .anyMatch(call -> call.contains("com.apple.quarantine") && call.contains("only_in_v2.yaml"))
                .anyMatch(call -> call.contains(LaunchdHost.LABEL + ".plist"))
                .noneMatch(call -> call.contains("/tmp/latest"));
    }

    @Test
    void update_healthy_asksLaunchdForNoMoreThanItMust() throws Exception {
        host();

        assertThat(host.update()).as(host::updaterLog).isZero();

        assertUpdated();
        assertThat(host.launchd().requests().stream().filter(request -> !request.contains(LaunchdHost.GUARD)))
                .containsExactly(
                        "bootout system/" + LaunchdHost.LABEL,
                        "bootstrap system " + host.plist(),
                        "kickstart system/" + LaunchdHost.LABEL);
    }

    @Test
    void rollback_ofAnUpdate_bringsTheVersionAndItsPropertyListBack() throws Exception {
        host();
        assertThat(host.update()).as(host::updaterLog).isZero();
        assertUpdated();

        assertThat(host.rollback()).as(host::updaterLog).isZero();

        LaunchdHost.await("the old agent runs alone", host, () -> host.runs("v1"));
        // It is an update: directories in which it placed or removed something have its time.
        assertThat(host.changes()).allMatch(change -> change.matches("(install|plugins): mtime was .*"));
        assertThat(host.plist()).hasContent(LaunchdHost.definition(host.home() + "/agent", "v1"));
        assertThat(host.launchd().arguments(LaunchdHost.LABEL)).containsExactly(host.home() + "/agent", "--of-v1");
        assertThat(host.status()).contains("\"status\":0");
        assertNothingIsLeft();
    }

    @Test
    void update_samePropertyList_isLeftAlone() throws Exception {
        host = new LaunchdHost(directory, false, List.of(), List.of());
        Object inode = Files.getAttribute(host.plist(), "unix:ino");

        assertThat(host.update()).as(host::updaterLog).isZero();

        LaunchdHost.await("the new agent runs alone", host, () -> host.runs("v2"));
        assertThat(Files.getAttribute(host.plist(), "unix:ino")).isEqualTo(inode);
        assertNothingIsLeft();
    }

    @Test
    void update_newAgentReportsFailure_isRolledBack() throws Exception {
        host("report failed", "write storage/new left behind");

        assertThat(host.update()).as(host::updaterLog).isEqualTo(1);

        assertRolledBack();
    }

    @Test
    void update_newAgentSaysNothing_isRolledBack() throws Exception {
        host("report nothing", "delete plugins");

        assertThat(host.update()).as(host::updaterLog).isEqualTo(1);

        assertRolledBack();
        assertThat(host.status()).contains("did not report success");
    }

    /** launchd would try again every ten seconds; the watch does not wait for that, nor for the end of its window. */
    @Test
    void update_newAgentExitsAtOnce_isRolledBackAtOnce() throws Exception {
        host("exit-at-start 7");

        assertThat(host.update()).as(host::updaterLog).isEqualTo(1);

        assertRolledBack();
        assertThat(host.status()).contains("last exit code 7").doesNotContain("did not report success");
    }

    @Test
    void update_macosRefusesTheNewProgram_isRolledBackAtOnce() throws Exception {
        host();
        Path program = host.staged().resolve("agent");
        Files.writeString(program, Files.readString(program) + "# signature: invalid\n");

        assertThat(host.update()).as(host::updaterLog).isEqualTo(1);

        assertRolledBack();
        assertThat(host.status()).contains("OS_REASON_CODESIGNING");
    }

    /**
     * What the old agent writes as the last thing it does must not end up over the new files. It looks up then what that
     * is, so the new one is told the same.
     */
    @Test
    void update_oldAgentAndLaunchdTakeTheirTime_succeeds() throws Exception {
        String lastWords = "write-at-stop VERSION last words";
        host = new LaunchdHost(directory, true, List.of("stop-takes-ms 700", lastWords), List.of(lastWords));
        host.launchd().quirks.bootoutAnswer = 36;
        host.launchd().quirks.lingering = Duration.ofSeconds(4);
        host.launchd().quirks.kickstartsInProgress = 1;

        assertThat(host.update()).as(host::updaterLog).isZero();

        assertUpdated();
    }

    @Test
    void update_unusablePropertyList_isRefusedAndNothingIsTouched() throws Exception {
        host();
        Files.writeString(
                host.staged().resolve("install/agent.plist"),
                LaunchdHost.definition("[INSTALLDIR]agent", "v2").replace(LaunchdHost.LABEL, "com.example.other"));

        assertThat(host.update()).isEqualTo(5);

        assertThat(host.changes()).isEmpty();
        assertThat(host.runs("v1")).isTrue();
        assertThat(host.launchd().requests()).isEmpty();
        assertThat(host.updaterLog()).contains("com.example.other");
    }

    /** Between the new files and the start of the new agent, where nobody but the guard can help. */
    @Test
    void update_updaterIsKilled_guardRecoversAndRemovesItself() throws Exception {
        host("report nothing");
        kill("bootstrap system " + host.plist());
        assertThat(host.launchd().loaded(LaunchdHost.LABEL)).as("down").isFalse();

        host.launchd().quirks.hanging.clear();

        LaunchdHost.await(
                "the guard has recovered", host, () -> host.status().contains("\"status\":3") && host.unguarded());
        assertRolledBack();
        assertThat(host.updaterLog()).contains("rolling back");
    }

    @Test
    void update_updaterIsKilledBeforeTheAgentIsStopped_guardRecovers() throws Exception {
        host();
        kill("bootout system/" + LaunchdHost.LABEL);

        host.launchd().quirks.hanging.clear();

        LaunchdHost.await(
                "the guard has recovered", host, () -> host.status().contains("\"status\":3") && host.unguarded());
        assertRolledBack();
    }

    /** launchd starts the agent beside the guard: on the new files, until the guard has stopped it. */
    @Test
    void update_powerIsCut_guardRecoversAtBoot() throws Exception {
        host("report nothing");
        kill("bootstrap system " + host.plist());
        host.launchd().quirks.hanging.clear();

        host.reboot();

        LaunchdHost.await(
                "the guard has recovered", host, () -> host.status().contains("\"status\":3") && host.unguarded());
        assertRolledBack();
    }

    /** launchd has the new agent already, which says that all is well: that is what the update is then. */
    @Test
    void update_updaterIsKilledOnceTheNewAgentRuns_guardCommits() throws Exception {
        host();
        kill("kickstart system/" + LaunchdHost.LABEL);
        LaunchdHost.await(
                "the new agent has reported", host, () -> host.status().contains("\"status\":0"));

        host.launchd().quirks.hanging.clear();

        LaunchdHost.await("the guard is gone", host, host::unguarded);
        assertUpdated();
        assertThat(host.updaterLog()).contains("\"phase\":\"commit\"").doesNotContain("\"phase\":\"watch\"");
    }

    /** Its file is there and launchd has not loaded it: nobody looks before the next boot, and nothing is amiss. */
    @Test
    void update_updaterIsKilledWhileItArmsTheGuard_guardCleansUpAfterTheNextBoot() throws Exception {
        host();
        kill("bootstrap system " + host.plist().resolveSibling(LaunchdHost.GUARD + ".plist"));
        assertThat(host.runs("v1")).isTrue();
        host.launchd().quirks.hanging.clear();

        host.reboot();

        LaunchdHost.await("the guard is gone", host, host::unguarded);
        LaunchdHost.await("the old agent runs alone", host, () -> host.runs("v1"));
        assertThat(host.changes()).isEmpty();
        assertThat(host.plist()).hasContent(LaunchdHost.definition(host.home() + "/agent", "v1"));
        assertThat(host.state().resolve("journal")).doesNotExist();
    }

    /** The update is over, and only the guard's job is left. */
    @Test
    void update_updaterIsKilledWhileItDisarmsTheGuard_guardRemovesItself() throws Exception {
        host();
        kill("bootout system/" + LaunchdHost.GUARD);
        assertThat(host.launchd().loaded(LaunchdHost.GUARD)).isTrue();

        host.launchd().quirks.hanging.clear();

        LaunchdHost.await("the guard is gone", host, host::unguarded);
        LaunchdHost.await("the new agent runs alone", host, () -> host.runs("v2"));
        assertThat(host.state().resolve("journal")).doesNotExist();
        assertThat(host.status()).contains("\"status\":0");
    }

    /** Starts an update and kills it while launchd owes it this answer. */
    private void kill(String request) throws Exception {
        host.launchd().quirks.hanging.add(request);
        Process updater = host.startUpdate();
        LaunchdHost.await(request, host, () -> host.launchd().requests().contains(request));
        List<ProcessHandle> asking = updater.descendants().toList();
        updater.destroyForcibly().waitFor();
        asking.forEach(ProcessHandle::destroyForcibly);
    }
}
