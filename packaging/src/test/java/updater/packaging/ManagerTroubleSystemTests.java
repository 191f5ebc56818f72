package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real systemd whose commands really fail, or take long, while an update is made. */
@SystemTest
final class ManagerTroubleSystemTests {
    private static final SampleAgent V1 = SampleAgent.bindplane("v1").behaving("report nothing");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final String UNIT = InstalledAgent.UNIT;
    private static final String PRIVATE = "/run/systemd/private";
    private static final String AWAY = PRIVATE + ".away";
    private static final String GO = "/srv/trouble";

    /** What has the definition come behind the stop. */
    private static final String OTHER_STOP = "TimeoutStopSec=19";

    private static final Shape SIMPLE = new Shape("simple", "", "Restart=no\n");

    @TempDir
    Path scratch;

    @AfterEach
    void endAll(Box box) {
        over(box);
        if (box.exec("test", "-e", AWAY).exit() == 0) {
            reachable(box);
        }
        box.exec("rm", "-f", "/run/ballast");
        box.exec("systemctl", "unmask", "--runtime", "dbus.service", "dbus.socket");
        box.exec("systemctl", "start", "dbus.socket");
        Shape.endAll(box);
    }

    private static void unreachable(Box box) {
        box.exec("mv", PRIVATE, AWAY).ok();
    }

    private static void reachable(Box box) {
        box.exec("mv", AWAY, PRIVATE).ok();
    }

    /** As an operator does. Nothing is asked of systemd beside it. */
    private static Command.Result run(Box box) {
        return box.exec(Duration.ofMinutes(3), "sh", "-c", "cd \"$1\" && exec ./updater", "run", InstalledAgent.HOME);
    }

    private static SampleAgent v2(boolean succeeds) {
        return succeeds ? V2 : V2.behaving("report failed");
    }

    private static void assertEnded(EndedUpdate ended, BoxedUpdate scenario, boolean succeeds) {
        assertThat(ended.exit().orElseThrow()).as(ended.log() + ended.output()).isEqualTo(succeeds ? 0 : 1);
        Shape.awaitOnly(scenario, succeeds ? "v2" : "v1");
    }

    /** Runs a script in a unit of its own, beside the update, which is to end when there is no {@value #GO} any more. */
    private static void beside(Box box, String script, String... arguments) {
        box.write(GO, "", "rw-r--r--");
        List<String> command = new java.util.ArrayList<>(
                List.of("systemd-run", "--collect", "--unit=trouble", "sh", "-c", script, "trouble"));
        command.addAll(List.of(arguments));
        box.exec(command.toArray(String[]::new)).ok();
    }

    /** Ends that script. To stop its unit would ask a manager that may not answer. */
    private static void over(Box box) {
        box.exec("rm", "-f", GO);
        box.exec("sh", "-c", "while pgrep -f \"$1\" >/dev/null; do sleep 0.05; done", "wait", "trouble [/o]")
                .ok();
    }

    /** What a package upgrade of systemd does: once as the agent has been stopped, and once as it has been started. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void managerIsExecutedAnew_inTheDowntimeAndBehindIt_theRightVersionRuns(
            boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = SIMPLE.install(box, bundles, scratch, V1);
        scenario.staged(v2(succeeds).unitLine("Environment=OF=v2").unitLine(OTHER_STOP));
        beside(box, """
                while [ -e "$2" ] && systemctl --quiet is-active "$1"; do :; done
                systemctl daemon-reexec
                until [ ! -e "$2" ] || systemctl --quiet is-active "$1"; do :; done
                systemctl daemon-reexec
                """, UNIT, GO);

        Command.Result result = run(box);

        over(box);
        assertThat(result.exit()).as(scenario.updaterLog() + result).isEqualTo(succeeds ? 0 : 1);
        Shape.awaitOnly(scenario, succeeds ? "v2" : "v1");
        assertThat(box.show(UNIT, "Environment")).isEqualTo(succeeds ? "OF=v2" : "");
    }

    /** Root's commands have a socket of their own. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void busIsGone_updateIsMade(boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = SIMPLE.install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.staged(v2(succeeds).unitLine("Environment=OF=v2"));
        box.systemctl("mask", "--runtime", "--now", "dbus.socket", "dbus.service");

        EndedUpdate ended = scenario.runByHand(offer);

        assertEnded(ended, scenario, succeeds);
    }

    /** Neither of the ways to systemd is there. */
    @Test
    void managerCannotBeReached_isRefused(Box box, Bundles bundles) {
        BoxedUpdate scenario = SIMPLE.install(box, bundles, scratch, V1);
        scenario.staged(V2);
        box.systemctl("mask", "--runtime", "--now", "dbus.socket", "dbus.service");
        unreachable(box);

        Command.Result result = run(box);

        reachable(box);
        assertThat(result.exit()).as(scenario.updaterLog() + result).isEqualTo(5);
        assertThat(result.out() + result.err()).contains("systemctl").contains("Failed to connect to bus");
        Shape.awaitOnly(scenario, "v1");
    }

    /** What is lost once the agent is stopped, for a while. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void managerCannotBeReached_forAWhileOnceTheAgentIsStopped_theRightVersionRuns(
            boolean succeeds, Box box, Bundles bundles) {
        BoxedUpdate scenario = SIMPLE.install(box, bundles, scratch, V1);
        scenario.staged(v2(succeeds));
        box.systemctl("mask", "--runtime", "--now", "dbus.socket", "dbus.service");
        beside(box, """
                while [ -e "$2" ] && systemctl --quiet is-active "$1"; do :; done
                mv /run/systemd/private /run/systemd/private.away
                sleep 2
                mv /run/systemd/private.away /run/systemd/private
                """, UNIT, GO);

        Command.Result result = run(box);

        over(box);
        assertThat(result.exit()).as(scenario.updaterLog() + result).isEqualTo(succeeds ? 0 : 1);
        Shape.awaitOnly(scenario, succeeds ? "v2" : "v1");
    }

    /** It was checked that a reload has room, and then what the unit runs as it stops fills it. */
    @Test
    void roomForTheReloadGoesAsTheAgentStops_oldVersionRuns(Box box, Bundles bundles) {
        box.write("/srv/fill", """
                [ -e "$1" ] || exit 0
                free=$(($(stat -f -c '%a * %S' /run)))
                fallocate -l $((free - 8388608)) /run/ballast
                """, "rw-r--r--");
        BoxedUpdate scenario = new Shape("fills /run", "", "Restart=no\nExecStopPost=/bin/sh /srv/fill " + GO + "\n")
                .install(box, bundles, scratch, V1);
        scenario.staged(V2.unitLine("Environment=OF=v2").unitLine(OTHER_STOP));
        box.write(GO, "", "rw-r--r--");

        Command.Result result = run(box);

        assertThat(result.exit()).as(scenario.updaterLog() + result).isEqualTo(1);
        assertThat(result.out() + result.err()).contains("could not make systemd read its unit files again");
        Shape.awaitOnly(scenario, "v1");
        assertThat(box.show(UNIT, "Environment")).isEmpty();
        box.exec("rm", "-f", GO, "/run/ballast").ok();

        scenario.writeStatus(BoxedUpdate.status(2), "rw-r--r--");
        assertEnded(scenario.runByHand(scenario.staged(V2.unitLine("Environment=OF=v2"))), scenario, true);
    }

    /** It answers nothing for longer than a command may take, and then goes on. */
    @ParameterizedTest
    @ValueSource(strings = {"\"phase\":\"stop\"", "\"phase\":\"start\""})
    void managerHangsForAWhile_theRightVersionRuns(String where, Box box, Bundles bundles) {
        BoxedUpdate scenario = SIMPLE.install(box, bundles, scratch, V1);
        scenario.staged(V2);
        ProcessHandle manager = box.processHere(1);
        Process process =
                box.start(java.util.Map.of(), "sh", "-c", "cd \"$1\" && exec ./updater", "run", InstalledAgent.HOME);
        Await.until(Shape.STARTING, where, () -> scenario.updaterLog().contains(where));
        Command.run(Duration.ofSeconds(5), "kill", "-STOP", Long.toString(manager.pid()))
                .ok();
        try {
            Await.until(
                    Duration.ofSeconds(90),
                    () -> "the updater gives a command up: " + scenario.updaterLog(),
                    () -> scenario.updaterLog().contains("did not end") || !process.isAlive());
        } finally {
            Command.run(Duration.ofSeconds(5), "kill", "-CONT", Long.toString(manager.pid()))
                    .ok();
        }
        Command.Result result = Command.finish(Duration.ofMinutes(3), List.of("updater"), process);

        assertThat(result.exit()).as(scenario.updaterLog() + result).isIn(0, 1);
        Shape.awaitOnly(scenario, result.exit() == 0 ? "v2" : "v1");
    }
}
