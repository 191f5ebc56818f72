package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.state.document.UpdateReport;

/** What cannot be updated is refused while the agent runs on: exit code 5, and the host as it was. */
@SystemTest
final class RefusedUpdateSystemTests {

    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    static Stream<Arguments> unusableStatus() {
        return Stream.of(
                Arguments.of("", "it is missing"),
                Arguments.of("{\"package_states\": {\"obser", "it is malformed"),
                Arguments.of("\u0000\u0001", "it is malformed"),
                Arguments.of(
                        "{\"package_states\": {\"other\": {\"name\": \"other\", \"status\": 2}}}",
                        "does not mention package"));
    }

    @ParameterizedTest
    @MethodSource
    void unusableStatus(String status, String reason, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        if (!status.isEmpty()) {
            scenario.writeStatus(status, "rw-r-----");
        }

        EndedUpdate ended = scenario.updateByHand(scenario.offer(V2));

        ended.assertRefused("the status file", reason);
        assertThat(ended.after().status()).isEqualTo(status);
        assertThat(scenario.agent().home().resolve("tmp/latest/agent")).exists();
    }

    @ParameterizedTest
    @CsvSource({
        "'rm -rf tmp/latest', there is no staged tree",
        "'rm -rf tmp/latest/* tmp/latest/.[a-z]*', holds no agent files",
        "'rm -rf tmp/latest && echo >tmp/latest', there is no staged tree",
        "'ln -s /etc/passwd tmp/latest/link', the bundle holds a symbolic link: link",
        "'mkfifo tmp/latest/plugins/fifo', the bundle holds a special file",
        "'chmod 4755 tmp/latest/agent', the bundle sets special mode bits",
        "'rm -r tmp/latest/plugins && echo >tmp/latest/plugins', the bundle has a file where home has a directory: plugins"
    })
    void stagedTree_thatCannotBeInstalled(String damage, String reason, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        // An earlier updater left its runtime.
        scenario.update(SampleAgent.bindplane("v0")).assertUpdated("v0");
        scenario.agent().delete("log/updater-report.json");
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        BoxedUpdate.Offer offer = scenario.offer(V2);
        scenario.stage(scenario.bundle(offer));
        box.exec(
                        "sh",
                        "-c",
                        "cd \"$1\" && " + damage,
                        "damage",
                        scenario.agent().inHome(""))
                .ok();

        scenario.runByHand(offer).assertRefused(reason);
    }

    @Test
    void maskedUnit(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.systemctl("mask", InstalledAgent.UNIT);

        EndedUpdate ended = scenario.update(V2);

        ended.assertRefused(InstalledAgent.UNIT + " is masked");
        assertThat(ended.after().enablement()).isEqualTo("masked");
        assertThat(ended.after().status()).contains("\"status\":2");
    }

    /** It could be stopped and never started again, or not be stopped at all. */
    @ParameterizedTest
    @ValueSource(strings = {"RefuseManualStart", "RefuseManualStop"})
    void unit_thatRefusesCommands(String setting, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        String dropIn = "/etc/systemd/system/" + InstalledAgent.UNIT + ".d/refuse.conf";
        box.write(dropIn, "[Unit]\n" + setting + "=yes\n", "rw-r--r--");
        box.systemctl("daemon-reload");
        String pid = box.show(InstalledAgent.UNIT, "MainPID");
        try {
            scenario.update(V2).assertRefused(setting);

            assertThat(box.show(InstalledAgent.UNIT, "MainPID")).isEqualTo(pid);
        } finally {
            box.exec("rm", dropIn).ok();
            box.systemctl("daemon-reload");
        }
    }

    /** The other home's launcher finds the service by its name, and would stop and start what runs from the first. */
    @Test
    void secondHome_whoseServiceIsTheFirsts(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        String second = "/srv/second";
        scenario.stage(scenario.bundle(scenario.offer(V2)));
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        box.exec(
                        "sh",
                        "-c",
                        "rm -rf \"$2\" && cp -a \"$1\" \"$2\"",
                        "copy",
                        scenario.agent().inHome(""),
                        second)
                .ok();
        String pid = box.show(InstalledAgent.UNIT, "MainPID");
        try {
            Command.Result refused = box.exec(second + "/updater", "--home", second);

            assertThat(refused.exit()).as(refused.out() + refused.err()).isEqualTo(5);
            assertThat(refused.out() + refused.err())
                    .contains(InstalledAgent.UNIT + " is not that of " + second, InstalledAgent.HOME + "/agent")
                    .contains("service-of-other-home");
            assertThat(box.show(InstalledAgent.UNIT, "MainPID")).isEqualTo(pid);
            assertThat(box.exec("cmp", second + "/agent", InstalledAgent.HOME + "/agent")
                            .exit())
                    .isZero();
        } finally {
            box.exec("rm", "-rf", second).ok();
        }
    }

    /** The unit runs a wrapper that lies elsewhere, and so says nothing of home; the process does. */
    @Test
    void serviceByAWrapper_isThatOfItsHome(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.systemctl("stop", InstalledAgent.UNIT);
        box.write("/srv/run-agent", "#!/bin/sh\nexec " + InstalledAgent.HOME + "/agent\n", "rwxr-xr-x");
        box.write(InstalledAgent.UNIT_FILE, "[Service]\nExecStart=/srv/run-agent\n", "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", InstalledAgent.UNIT);
        scenario.agent().awaitRunning("v1");

        scenario.update(V2.withoutInstall()).assertUpdated("v2");
    }

    /** systemd would refuse the reload, and that of the rollback as well. */
    @Test
    void spaceWithoutWhichNothingIsReloaded(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        box.exec("mount", "-o", "remount,size=12M", "/run").ok();
        try {
            scenario.updateByHand(scenario.offer(V2.unitLine("# of v2"))).assertRefused("/run/systemd has", "16777216");
            assertThat(scenario.updater("status", "--json").out()).contains("no-space-for-reload");

            scenario.update(SampleAgent.bindplane("v3").withoutInstall()).assertUpdated("v3");
        } finally {
            box.exec("mount", "-o", "remount,size=256M", "/run").ok();
        }
        EndedUpdate ended = scenario.update(SampleAgent.bindplane("v4").unitLine("# of v4"));
        assertThat(ended.report().outcome()).isEqualTo(UpdateReport.Outcome.UPDATED);
    }

    /** It writes the same files; of one that does not, there is a warning. */
    @Test
    void packageManagerAtWork(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.writeStatus(BoxedUpdate.status(2), "rw-------");
        String list = "/var/lib/dpkg/info/" + SampleAgent.BINDPLANE + ".list";
        box.write(list, "/.\n/opt\n" + InstalledAgent.HOME + "\n", "rw-r--r--");
        box.write("/var/lib/dpkg/lock-frontend", "", "rw-r-----");
        String held = "/srv/dpkg-lock-is-held";
        // The lock of fcntl(2), as dpkg takes it: F_SETLK is 6, and F_WRLCK 1.
        box.write(
                "/srv/dpkg-at-work.pl",
                "open(F, '>>', '/var/lib/dpkg/lock-frontend'); my $l = pack('s s x4 q q l', 1, 0, 0, 0, 0);"
                        + " fcntl(F, 6, $l) or die; open(H, '>', '" + held + "'); close(H); sleep 600;\n",
                "rw-r--r--");
        box.exec("systemd-run", "--unit=dpkg-at-work", "perl", "/srv/dpkg-at-work.pl")
                .ok();
        try {
            Await.until(Duration.ofSeconds(20), "dpkg's lock is held", () -> box.exists(held));
            scenario.updateByHand(scenario.offer(V2)).assertRefused("a package manager is at work", "/var/lib/dpkg");
            assertThat(scenario.updater("status", "--json").out()).contains("package-manager-busy");

            box.exec("rm", list).ok();
            EndedUpdate beside = scenario.update(SampleAgent.bindplane("v3")).assertUpdated("v3");
            assertThat(beside.report().warnings())
                    .anyMatch(warning -> warning.contains("a package manager is at work"));

            box.write(list, InstalledAgent.HOME + "\n", "rw-r--r--");
            assertThat(scenario.updater("doctor").out())
                    .contains("a package manager is at work", "belong to a package");
        } finally {
            box.exec("systemctl", "stop", "dpkg-at-work.service");
            box.exec("rm", "-f", list, held, "/srv/dpkg-at-work.pl");
        }
    }

    /** No updater was ever installed, and none can be: the launcher refuses, and tells it as the updater would. */
    @ParameterizedTest
    @CsvSource({
        "noexec, guard-on-noexec, is mounted with noexec",
        "size=1m, no-space, not enough disk space at",
        "nr_inodes=8, no-space, not enough inodes at"
    })
    void stateDirectory_thatCanHoldNoUpdater(String option, String code, String words, Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        box.exec("mkdir", "-m", "0700", InstalledAgent.STATE).ok();
        box.exec("mount", "-t", "tmpfs", "-o", option + ",mode=0700", "state", InstalledAgent.STATE)
                .ok();
        try {
            EndedUpdate ended = scenario.update(V2);

            ended.assertRefused(words, InstalledAgent.STATE, "\"fields\":{\"code\":\"" + code + "\"}");
            assertThat(ended.report().explanation().refusalCode()).isEqualTo(code);
            assertThat(ended.report().explanation().reason()).contains(words);
            assertThat(ended.report().explanation().advice()).contains("'");
            Printed.of(scenario.updater("status")).says(5, "REFUSED", words, code);
            assertThat(box.exec("cat", InstalledAgent.STATE + "/updater-report.json")
                            .out())
                    .isEqualTo(scenario.agent().read("log/updater-report.json"));
            Printed.of(scenario.updater()).says(5, "updater: ", words, "[" + code + "]", "Nothing was changed");
        } finally {
            box.exec("umount", InstalledAgent.STATE).ok();
        }
    }

    @Test
    void refusedUpdate_isReportedByTheAgentWhenItsTimeIsOver(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1.behaving("updater-timeout-s 1"));
        box.systemctl("mask", InstalledAgent.UNIT);
        EndedUpdate ended = scenario.update(V2);

        Await.until(
                Duration.ofSeconds(20),
                "the agent gives up",
                () -> scenario.agent().read("package_statuses.json").contains("\"status\":3"));

        assertThat(scenario.agent().home().resolve("tmp")).doesNotExist();
        assertThat(scenario.agent().runningVersion()).isEqualTo("v1");
        assertThat(box.show(InstalledAgent.UNIT, "MainPID"))
                .isEqualTo(ended.before().mainPid());
    }
}
