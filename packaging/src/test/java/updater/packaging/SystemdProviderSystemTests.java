package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceManager;
import updater.processes.HostProcesses;
import updater.service.linux.SystemdProvider;

/** The systemd provider, method by method, against a real systemd. */
@SystemTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SystemdProviderSystemTests {

    private static final String CLASSES = "/usr/share/service-probe";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Whatever can be wrong with quoting is wrong with these. */
    private static final String AWKWARD_STATE = "/var/lib/pro be$HOME%n\"q\\z'-updater";

    private Box box;

    @BeforeAll
    void boot() throws URISyntaxException {
        box = Box.boot();
        placeModule(classesOf(ServiceManager.class), "api");
        placeModule(classesOf(HostProcesses.class), "processes");
        placeModule(classesOf(SystemdProvider.class), "linux");
        box.place(classesOf(ServiceProbe.class), CLASSES + "/probe");
        place(classesOf(ProductEdit.class), CLASSES + "/fixtures");
    }

    @AfterAll
    void close() {
        box.close();
    }

    private void placeModule(Path classes, String name) {
        place(classes, CLASSES + "/modules/" + name);
    }

    /** Classes are a jar where the build has packaged them, and a directory where it has only compiled them. */
    private void place(Path classes, String name) {
        box.place(classes, name + (Files.isDirectory(classes) ? "" : ".jar"));
    }

    private static Path classesOf(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** What the probe said about one method. */
    private record Answer(String method, long millis, int processes, String result) {}

    private static List<String> probeCommand(String unit, String methods, String... guardCommand) {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-p",
                CLASSES + "/modules",
                "--add-modules",
                "updater.service.linux",
                "-cp",
                CLASSES + "/probe:" + CLASSES + "/fixtures:" + CLASSES + "/fixtures.jar",
                "updater.packaging.ServiceProbe",
                "systemd",
                unit,
                "/opt/probe home $X %n",
                AWKWARD_STATE,
                methods));
        command.addAll(List.of(guardCommand));
        return command;
    }

    private List<Answer> probe(String unit, String methods, String... guardCommand) {
        String out = box.exec(LIMIT, probeCommand(unit, methods, guardCommand).toArray(String[]::new))
                .ok();
        return out.lines()
                .map(line -> line.split(" ", 4))
                .map(parts -> new Answer(parts[0], Long.parseLong(parts[1]), Integer.parseInt(parts[2]), parts[3]))
                .toList();
    }

    private Map<String, String> results(String unit, String methods, String... guardCommand) {
        Map<String, String> results = new HashMap<>();
        probe(unit, methods, guardCommand).forEach(answer -> results.put(answer.method(), answer.result()));
        return results;
    }

    /** Writes a unit and loads it. */
    private void unit(String name, String text) {
        box.write("/etc/systemd/system/" + name, text, "rw-r--r--");
        box.systemctl("daemon-reload");
    }

    private void service(String name, String settings) {
        unit(name, "[Service]\n" + settings + "\n[Install]\nWantedBy=multi-user.target\n");
    }

    @Test
    void stopAndStart_withDependents_bringsAllBackWithFewProcesses() {
        service("cycle.service", "ExecStart=/bin/sleep 7001");
        unit(
                "user.service",
                "[Unit]\nRequires=cycle.service\nAfter=cycle.service\n[Service]\nExecStart=/bin/sleep 7002\n");
        box.systemctl("enable", "cycle.service");
        box.systemctl("start", "user.service");

        List<Answer> answers = probe("cycle.service", "inspect,stop,state,start,dependents:user.service");

        assertThat(answers.get(0).result())
                .isEqualTo("ServiceFacts[active=true, enablement=enabled, dependents=[user.service],"
                        + " stopBound=PT1M30S, definition=]");
        assertThat(answers.get(1).processes()).as("show, reset-failed, stop").isEqualTo(3);
        assertThat(answers.get(2).result()).contains("INACTIVE");
        assertThat(answers.get(3).processes()).as("start").isEqualTo(1);
        box.awaitState("cycle.service", "active");
        box.awaitState("user.service", "active");
        assertThat(box.systemctl("is-enabled", "cycle.service")).isEqualTo("enabled");
    }

    @ParameterizedTest
    @CsvSource({"0, always", "1, on-failure", "5, on-failure"})
    void crashLoop_isSeenWithinTwoSecondsAndIsNotInTheWayOfTheNextStart(int pause, String restart) {
        String settings = "Restart=" + restart + "\nRestartSec=" + pause + "\nExecStart=";
        service("crash.service", settings + "/bin/sh -c 'sleep 0.1; exit 1'");

        Map<String, String> crash = results("crash.service", "start,fails:2000,sleep:1500,stop,state");

        assertThat(crash.get("fails:2000")).isNotEqualTo("stays up");
        service("crash.service", settings + "/bin/sleep 7003");
        assertThat(results("crash.service", "start")).containsEntry("start", "done");
        box.awaitState("crash.service", "active");
        box.systemctl("stop", "crash.service");
    }

    @Test
    void start_afterStartLimit_isPossibleOnlyBecauseItWasCleared() {
        // Not reloaded in between: that would forget the count as well.
        service(
                "limit.service",
                "Restart=always\nRestartSec=0\nExecStart=/bin/sh -c 'test -e /run/mended && exec sleep 7004'");
        box.systemctl("start", "limit.service");
        box.awaitState("limit.service", "failed");
        box.exec("touch", "/run/mended").ok();
        assertThat(box.exec("systemctl", "start", "limit.service").exit())
                .as("start limit hit")
                .isEqualTo(1);

        assertThat(results("limit.service", "start")).containsEntry("start", "done");

        box.awaitState("limit.service", "active");
    }

    @Test
    void notify_isStartingUntilItSaysSo() {
        service(
                "notify.service",
                "Type=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'sleep 1; systemd-notify --ready; exec sleep 7005'");

        List<Answer> answers = probe("notify.service", "start,sleep:300,state,sleep:1500,state");

        assertThat(answers.get(2).result()).contains("STARTING");
        assertThat(answers.get(4).result()).contains("RUNNING");
    }

    @Test
    void inspect_unitsThatCannotBeUpdated_refused() {
        unit("broken.service", "[Service]\nRestart=always\n");
        box.systemctl("mask", "gone.service");

        assertThat(results("gone.service", "inspect").get("inspect")).startsWith("Refused: gone.service is masked");
        assertThat(results("never.service", "inspect").get("inspect"))
                .startsWith("Refused: never.service does not exist");
        assertThat(results("broken.service", "inspect").get("inspect"))
                .startsWith("Refused:")
                .contains("bad-setting");
    }

    @Test
    void stop_agentIgnoresTheSignal_endsWithSystemdsKill() {
        service(
                "stubborn.service",
                "TimeoutStopSec=2\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'");
        box.systemctl("start", "stubborn.service");

        Map<String, String> answers = results("stubborn.service", "sleep:300,stop,state");

        assertThat(answers).containsEntry("stop", "done");
        assertThat(answers.get("state")).contains("FAILED", "mainPid=0", "timeout");
    }

    @Test
    void stop_whileAStopRuns_joinsIt() {
        service("joined.service", "ExecStart=/bin/sleep 7006\nExecStop=/bin/sleep 2");
        box.systemctl("start", "joined.service");
        box.systemctl("stop", "--no-block", "joined.service");

        List<Answer> answers = probe("joined.service", "state,stop,state");

        assertThat(answers.get(0).result()).contains("STOPPING");
        assertThat(answers.get(1).result()).isEqualTo("done");
        assertThat(answers.get(2).result()).contains("INACTIVE");
    }

    @Test
    void stop_systemdIsReexecutedMeanwhile_stillSeesTheEnd() {
        service("reexec.service", "ExecStart=/bin/sleep 7007\nExecStop=/bin/sleep 3");
        box.systemctl("start", "reexec.service");
        box.systemctl("start", "--no-block", "reexec.service");
        box.exec("sh", "-c", "(sleep 1.5; systemctl daemon-reexec) >/dev/null 2>&1 &");

        Map<String, String> answers = results("reexec.service", "stop,state");

        assertThat(answers).containsEntry("stop", "done");
        assertThat(answers.get("state")).contains("INACTIVE");
    }

    @Test
    void stopKillsUpdater_isTrueInsideTheUnitAndFalseInAScope() {
        String java = String.join(
                " ",
                probeCommand("inside.service", "kills").stream()
                        .map(word -> '"'
                                + word.replace("\\", "\\\\")
                                        .replace("\"", "\\\"")
                                        .replace("%", "%%")
                                        .replace("$", "$$")
                                + '"')
                        .toList());
        service(
                "inside.service",
                "Type=oneshot\nStandardOutput=journal\nExecStart=" + java
                        + "\nExecStart=/usr/bin/systemd-run --scope --quiet --collect " + java);

        box.systemctl("start", "inside.service");

        List<String> said = box.exec("journalctl", "-b", "-o", "cat", "--no-pager", "-g", "^kills ")
                .ok()
                .lines()
                .toList();
        assertThat(said).hasSize(2);
        assertThat(said.getFirst()).contains("KillMode=control-group in inside.service");
        assertThat(said.getLast()).endsWith("Optional.empty");
    }

    @Test
    void sandboxing_namesTheSetting() {
        service("sandboxed.service", "ProtectSystem=strict\nReadWritePaths=/opt\nExecStart=/bin/sleep 7008");

        assertThat(results("sandboxed.service", "sandbox").get("sandbox"))
                .isEqualTo("Optional[ProtectSystem=strict, ReadWritePaths=/opt in sandboxed.service]");
    }

    /** Puts what the guard starts in place; it records its arguments, and then runs {@code script}. */
    private void launcher(String script) {
        box.write(
                AWKWARD_STATE + "/updater",
                "#!/bin/sh\nprintf '<%s>' \"$0\" \"$@\" >>/var/log/guarded; echo >>/var/log/guarded\n" + script + "\n",
                "rwxr-xr-x");
        box.exec("rm", "-f", "/var/log/guarded").ok();
    }

    private String guardUnits() {
        return box.systemctl("list-units", "--all", "--plain", "--no-legend", "probe-updater-*")
                + box.exec("sh", "-c", "find /etc/systemd /run/systemd -name 'probe-updater*'")
                        .ok();
    }

    private static final String[] COMMAND = {AWKWARD_STATE + "/updater", "recover", "a b", "$HOME ${X}", "%n;\"q\" '"};

    private static String recorded() {
        return "<" + String.join("><", COMMAND) + ">\n";
    }

    private static String recordedAtBoot() {
        return "<" + String.join("><", COMMAND) + "><--at-boot>\n";
    }

    @Test
    void guard_afterAReload_stillRunsExactlyItsCommandAndLeavesNoTrace() {
        service("guarded.service", "ExecStart=/bin/sleep 7009");
        launcher("exit 4");

        assertThat(results("guarded.service", "armed,arm,arm", COMMAND)).containsEntry("armed", "false");
        assertThat(results("guarded.service", "armed")).containsEntry("armed", "true");
        box.systemctl("daemon-reload");

        Await.until(Duration.ofSeconds(20), () -> box.journal(), () -> box.exists("/var/log/guarded"));
        box.awaitState("probe-updater-guard.service", "failed");
        assertThat(box.read("/var/log/guarded")).isEqualTo(recorded());

        assertThat(results("guarded.service", "disarm,armed"))
                .containsEntry("disarm", "done")
                .containsEntry("armed", "false");
        assertThat(guardUnits()).isEmpty();
    }

    @Test
    void guard_afterAPowerCut_runsBeforeTheAgentAndDisarmsFromWithin() {
        service("rebooted.service", "ExecStart=/bin/sleep 7010");
        box.systemctl("enable", "rebooted.service");
        String within = String.join(
                " ",
                probeCommand("rebooted.service", "state,start,disarm").stream()
                        .map(word -> "'" + word.replace("'", "'\\''") + "'")
                        .toList());
        launcher(within + " >/var/log/within 2>&1");
        results("rebooted.service", "arm", COMMAND);

        box.cutPower();
        box.powerOn();

        assertThat(box.read("/var/log/guarded")).isEqualTo(recordedAtBoot());
        assertThat(box.read("/var/log/within"))
                .as("the agent waits for the guard, which does not wait for the agent")
                .containsPattern("state .*STARTING.*mainPid=0.*\nstart .* done\ndisarm .* done");
        box.awaitState("rebooted.service", "active");
        Await.until(Duration.ofSeconds(5), this::guardUnits, () -> guardUnits().isEmpty());
        assertThat(box.systemctl("is-system-running")).isEqualTo("running");
        box.systemctl("disable", "--now", "rebooted.service");
    }

    @Test
    void guard_recoveryAtBootIsKilled_timerFinishesIt() {
        service("twice.service", "ExecStart=/bin/sleep 7011");
        String within = String.join(
                " ",
                probeCommand("twice.service", "disarm").stream()
                        .map(word -> "'" + word.replace("'", "'\\''") + "'")
                        .toList());
        launcher("[ $(wc -l </var/log/guarded) = 2 ] || kill -9 $$\n" + within + " >/var/log/within 2>&1");
        results("twice.service", "arm", COMMAND);

        box.cutPower();
        box.powerOn();

        assertThat(box.read("/var/log/guarded")).isEqualTo(recordedAtBoot());
        Await.until(Duration.ofSeconds(25), this::guardUnits, () -> guardUnits().isEmpty());
        assertThat(box.read("/var/log/guarded")).isEqualTo(recordedAtBoot() + recorded());
        assertThat(box.read("/var/log/within")).contains("disarm").contains("done");
    }
}
