package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What running means under a real systemd: updates of agents whose units are of every type, restart and kill mode. The new
 * version's own process decides, and where it dies, the old one's.
 */
@SystemTest
final class RunningServiceSystemTests {
    /** It would call an update that a test has it find a failed one. */
    private static final SampleAgent V1 = SampleAgent.bindplane("v1").behaving("report nothing");

    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final String UNIT = InstalledAgent.UNIT;
    private static final String AGENT = Shape.AGENT;
    private static final String DAEMON = "setsid " + AGENT + " </dev/null >/dev/null 2>&1 &\n";

    /** How many shapes a commit tries; over the commits all are tried. */
    private static final int TRIED = 6;

    @TempDir
    Path scratch;

    private static final List<Shape> SHAPES = List.of(
            new Shape("simple, restarted at once", "", "Restart=always\nRestartSec=0\n"),
            new Shape("exec, restarted soon", "", "Type=exec\nRestart=always\nRestartSec=200ms\n"),
            new Shape("idle", "", "Type=idle\n"),
            new Shape("simple, by a shell that waits", AGENT + " & wait\n", "KillMode=mixed\n"),
            new Shape(
                    "forking with a pid file",
                    DAEMON + "echo $! >/run/shape.pid\n",
                    "Type=forking\nPIDFile=/run/shape.pid\nRestart=no\n"),
            new Shape("forking, guessed", DAEMON, "Type=forking\nRestart=no\n"),
            new Shape("forking, unknown", DAEMON, "Type=forking\nGuessMainPID=no\nRestart=no\n"),
            new Shape(
                    "forking, unknown, kills its group",
                    DAEMON,
                    "Type=forking\nGuessMainPID=no\nRestart=no\nKillMode=control-group\n"),
            new Shape("oneshot", DAEMON, "Type=oneshot\nRemainAfterExit=yes\nRestart=no\n"),
            new Shape(
                    "oneshot, kills nothing", DAEMON, "Type=oneshot\nRemainAfterExit=yes\nRestart=no\nKillMode=none\n"),
            new Shape(
                    "oneshot, outside of its group",
                    "systemd-run --scope --quiet --collect sh -c '" + DAEMON.strip() + "'\n",
                    "Type=oneshot\nRemainAfterExit=yes\nRestart=no\n"),
            new Shape("notify", "", "Type=notify\nNotifyAccess=all\n"),
            new Shape(
                    "notify, main process handed over",
                    AGENT + " & sleep 0.8; systemd-notify MAINPID=$!; sleep 0.5\n",
                    "Type=notify\nNotifyAccess=all\n"),
            new Shape("exec, by a script that replaces itself", "exec " + AGENT + "\n", "Type=exec\nKillMode=none\n"));

    static Stream<Shape> tried() {
        List<Shape> shapes = new ArrayList<>(SHAPES);
        Collections.shuffle(shapes, SweepSeed.random("running service"));
        return shapes.stream().limit(Integer.getInteger("running.shapes", TRIED));
    }

    @AfterEach
    void endAll(Box box) {
        Shape.endAll(box);
    }

    private BoxedUpdate install(Box box, Bundles bundles, Shape shape) {
        return shape.install(box, bundles, scratch, V1);
    }

    @ParameterizedTest
    @MethodSource("tried")
    void anyShape_newVersionDiesAndThenOneThatLives_oldOneAndNewOneRun(Shape shape, Box box, Bundles bundles) {
        BoxedUpdate scenario = install(box, bundles, shape);

        EndedUpdate failed = scenario.runByHand(scenario.staged(V2.behaving("exit-at-start 1")));

        failed.assertExit(1);
        Shape.awaitOnly(scenario, "v1");

        scenario.writeStatus(BoxedUpdate.status(2), "rw-r--r--");
        EndedUpdate ended = scenario.runByHand(scenario.staged(V2));

        ended.assertExit(0);
        Shape.awaitOnly(scenario, "v2");
        assertThat(ended.report().times().downtime().untilHealthy()).isPresent();
    }

    /** The unit stays active when the daemon has died, whatever the operator sees in its name. */
    @Test
    void oneshot_agentHasDied_isRefused(Box box, Bundles bundles) {
        BoxedUpdate scenario =
                install(box, bundles, new Shape("oneshot", DAEMON, "Type=oneshot\nRemainAfterExit=yes\nRestart=no\n"));
        box.systemctl("kill", "--signal=KILL", UNIT);
        Await.until(
                Shape.STARTING,
                "the agent is dead",
                () -> Shape.running(scenario).isEmpty());

        EndedUpdate ended = scenario.runByHand(scenario.staged(V2));

        ended.assertExit(5);
        assertThat(ended.output() + ended.log()).contains("no process of it runs");
    }

    /** Configuration management finds the agent stopped and starts it, as often as it takes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void somebodyStartsTheAgentAsSoonAsItIsStopped_theRightVersionRuns(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = install(box, bundles, new Shape("simple", "", "Restart=no\n"));
        BoxedUpdate.Offer offer = scenario.staged(succeeds ? V2 : V2.behaving("report failed"));
        box.exec("systemd-run", "--collect", "--unit=puppet", "sh", "-c", """
                while systemctl --quiet is-active "$1"; do :; done
                systemctl start "$1"
                """, "puppet", UNIT)
                .ok();

        EndedUpdate ended = scenario.runByHand(offer);

        box.exec("systemctl", "stop", "puppet.service");
        ended.assertExit(succeeds ? 0 : 1);
        Shape.awaitOnly(scenario, succeeds ? "v2" : "v1");
    }

    @Test
    void somebodyRestartsTheNewAgentWhileItIsWatched_isNoCrash(Box box, Bundles bundles) {
        BoxedUpdate scenario = install(box, bundles, new Shape("simple", "", "Restart=on-failure\n"));
        BoxedUpdate.Offer offer = scenario.staged(V2.behaving("report-after-ms 1500"));
        box.exec(
                        "systemd-run",
                        "--collect",
                        "--unit=needrestart",
                        "sh",
                        "-c",
                        """
                until grep -q 'v2.*starting' "$1"; do sleep 0.05; done
                systemctl restart "$2"
                """,
                        "needrestart",
                        InstalledAgent.HOME + "/log/agent.log",
                        UNIT)
                .ok();

        EndedUpdate ended = scenario.runByHand(offer);

        ended.assertExit(0);
        Shape.awaitOnly(scenario, "v2");
        assertThat(scenario.agent().agentLog().lines().filter(line -> line.matches(".* v2\\[.*] starting")))
                .hasSize(2);
    }

    /** The old agent cannot work any more: it crashes over and over, a while after each start. */
    @Test
    void oldAgentCrashesOverAndOver_isNoRollback(Box box, Bundles bundles) {
        BoxedUpdate scenario = install(box, bundles, new Shape("simple", "", "Restart=always\nRestartSec=200ms\n"));
        // The first agent has read what it does; the next one that is started from these files dies.
        box.write(InstalledAgent.HOME + "/behaviour", "report nothing\ndie-after-report-ms 700\n", "rw-r--r--");

        EndedUpdate ended = scenario.runByHand(scenario.staged(V2.behaving("exit-at-start 1")));

        ended.assertExit(4);
        assertThat(ended.report().reason()).contains("the old agent's service");
        box.exec("systemctl", "stop", UNIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"process", "none"})
    void childThatTheStopLeaves_isNamedAndEnded(String killMode, Box box, Bundles bundles) {
        Shape shape = new Shape(
                "with a child",
                "cp -n /bin/sleep " + InstalledAgent.HOME + "/worker\n" + InstalledAgent.HOME
                        + "/worker 4711 &\n/bin/sleep 4712 &\nexec " + AGENT + "\n",
                "KillMode=" + killMode + "\nRestart=no\n");
        BoxedUpdate scenario = install(box, bundles, shape);
        String worker = pidOf(box, "worker 4711");
        String other = pidOf(box, "sleep 4712");

        EndedUpdate ended = scenario.runByHand(scenario.staged(V2));

        ended.assertExit(0);
        Shape.awaitOnly(scenario, "v2");
        assertThat(ended.report().warnings())
                .anySatisfy(warning -> assertThat(warning)
                        .contains("KillMode=" + killMode, "process " + worker)
                        .doesNotContain("process " + other));
        assertThat(pidOf(box, "worker 4711")).as("of the new version").isNotEqualTo(worker);
        assertThat(pidOf(box, "sleep 4712")).as("no program of home").contains(other);
        box.exec("pkill", "-f", "sleep 4712");
    }

    /** What a service starts in the background runs a moment after the service does. */
    private static String pidOf(Box box, String command) {
        String[] program = {"pgrep", "-f", command + "$"};
        Await.until(Shape.STARTING, command, () -> box.exec(program).exit() == 0);
        return box.exec(program).ok().strip();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void socketAndPathThatStartIt_areStoppedAndStartedAgain(boolean succeeds, Box box, Bundles bundles) {
        String name = SampleAgent.BINDPLANE;
        BoxedUpdate scenario = install(box, bundles, new Shape("simple", "", "Restart=no\n"));
        box.systemctl("stop", UNIT);
        box.write("/etc/systemd/system/" + name + ".socket", "[Socket]\nListenStream=/run/shape.sock\n", "rw-r--r--");
        box.write("/etc/systemd/system/" + name + ".path", "[Path]\nPathExists=/run/shape.go\n", "rw-r--r--");
        box.exec("touch", "/run/shape.go").ok();
        box.systemctl("daemon-reload");
        box.systemctl("start", name + ".socket", name + ".path");
        Shape.awaitOnly(scenario, "v1");

        EndedUpdate ended = scenario.runByHand(scenario.staged(succeeds ? V2 : V2.behaving("report failed")));

        ended.assertExit(succeeds ? 0 : 1);
        Shape.awaitOnly(scenario, succeeds ? "v2" : "v1");
        assertThat(box.show(name + ".socket", "ActiveState")).isEqualTo("active");
        assertThat(box.show(name + ".path", "ActiveState")).isEqualTo("active");
        assertThat(box.exec("systemctl", "show", "-p", "TriggeredBy", UNIT).ok())
                .contains(name + ".socket");
        box.exec("systemctl", "stop", name + ".socket", name + ".path");
        box.exec("rm", "-f", "/run/shape.go");
    }

    static String instances(String companions) {
        return """
                {"name": "%1$s", "package": "%1$s",
                 "home": {"linux": {"directory": "/opt/%1$s"}},
                 "services": {"systemd": {"name": "%1$s.service", "definition": "install/%1$s.service",
                  "installed": "/usr/lib/systemd/system/%1$s.service", "companions": [%2$s]}},
                 "preserved": ["config.yaml", "logging.yaml", "manager.yaml"],
                 "mutable": ["log/", "tmp/", "package_statuses.json", "extra/"],
                 "health": {"window-ms": 3000}}
                """.formatted(SampleAgent.BINDPLANE, companions);
    }

    /** Another service runs a program of the same home: named at least, or updated with the agent. */
    @ParameterizedTest
    @ValueSource(strings = {"", "\"observiq-otel-collector-*@*\""})
    void anotherServiceOfTheSameHome_isNamedOrUpdatedToo(String companions, Box box, Bundles bundles) {
        BoxedUpdate scenario = install(box, bundles, new Shape("simple", "", "Restart=no\n"));
        String instance = SampleAgent.BINDPLANE + "-extra@a.service";
        box.exec("cp", "/bin/sleep", InstalledAgent.HOME + "/plugins/extra").ok();
        box.write(
                "/etc/systemd/system/" + SampleAgent.BINDPLANE + "-extra@.service",
                "[Service]\nExecStart=" + InstalledAgent.HOME + "/plugins/extra 4713\n",
                "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", instance);
        String before = box.show(instance, "MainPID");
        BoxedUpdate.Offer offer = scenario.staged(V2);
        box.write(InstalledAgent.HOME + "/tmp/latest/updater-runtime/product.json", instances(companions), "rw-r--r--");

        EndedUpdate ended = scenario.runByHand(offer);

        ended.assertExit(0);
        Shape.awaitOnly(scenario, "v2");
        assertThat(box.show(instance, "ActiveState")).isEqualTo("active");
        if (companions.isEmpty()) {
            assertThat(ended.report().warnings())
                    .anySatisfy(warning ->
                            assertThat(warning).contains(instance + " runs a program of", "process " + before));
            assertThat(box.show(instance, "MainPID")).isEqualTo(before);
        } else {
            assertThat(ended.report().warnings())
                    .noneSatisfy(warning -> assertThat(warning).contains(instance));
            assertThat(box.show(instance, "MainPID")).isNotEqualTo(before);
        }
        box.systemctl("stop", instance);
    }

    /** Ready after longer than the window: what counts is from then on. */
    @Test
    void readyAfterLongerThanTheWindow_countsFromThere(Box box, Bundles bundles) {
        BoxedUpdate scenario = install(box, bundles, new Shape("notify", "", "Type=notify\nNotifyAccess=all\n"));
        BoxedUpdate.Offer offer = scenario.staged(V2.behaving("notify-after-ms 4000"));
        box.write(InstalledAgent.HOME + "/tmp/latest/updater-runtime/product.json", instances(""), "rw-r--r--");

        EndedUpdate ended = scenario.runByHand(offer);

        ended.assertExit(0);
        assertThat(ended.report().times().downtime().startUp().orElseThrow()).isGreaterThanOrEqualTo(3900);
        assertThat(ended.report().times().downtime().untilProcess().orElseThrow())
                .isLessThan(3900);
        assertThat(ended.report().times().downtime().untilHealthy().orElseThrow())
                .isGreaterThanOrEqualTo(4400);
    }
}
