package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Agents that systemd runs by a name of the system bus, or that have a process for each connection of a socket. */
@SystemTest
final class BusAndSocketSystemTests {
    private static final SampleAgent V1 = SampleAgent.bindplane("v1").behaving("report nothing");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    private static final String BUS_NAME = "com.example.Agent";
    private static final String POLICY = "/etc/dbus-1/system.d/" + BUS_NAME + ".conf";
    private static final String ACTIVATION = "/usr/share/dbus-1/system-services/" + BUS_NAME + ".service";
    private static final String SOCKET = SampleAgent.BINDPLANE + "-query.socket";
    private static final String QUERY = "/etc/systemd/system/" + SampleAgent.BINDPLANE + "-query";

    @TempDir
    Path scratch;

    @AfterEach
    void endAll(Box box) {
        box.exec("systemctl", "stop", "caller.service", "connection.service", SOCKET);
        box.exec("systemctl", "stop", SampleAgent.BINDPLANE + "-query@*.service");
        Shape.endAll(box);
        box.exec("rm", "-f", ACTIVATION);
    }

    private static Shape onTheBus(String before, String settings) {
        return new Shape(
                "dbus",
                before + "perl /srv/owns " + BUS_NAME + " &\nexec " + Shape.AGENT + "\n",
                "Type=dbus\nBusName=" + BUS_NAME + "\nKillMode=control-group\n" + settings);
    }

    private static void allowName(Box box) {
        box.write("/srv/owns", MountHolder.resource("owns"), "rw-r--r--");
        box.write(
                POLICY,
                "<busconfig><policy user=\"root\"><allow own=\"" + BUS_NAME + "\"/><allow send_destination=\""
                        + BUS_NAME + "\"/></policy></busconfig>\n",
                "rw-r--r--");
        box.systemctl("start", "dbus.service");
        box.exec(
                        "busctl",
                        "call",
                        "org.freedesktop.DBus",
                        "/org/freedesktop/DBus",
                        "org.freedesktop.DBus",
                        "ReloadConfig")
                .ok();
    }

    /** The name is another process's than the main one, and taken at once, or later than the window is long. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"'' | ''", "sleep 4; | Restart=no", "'' | KillMode=mixed", "'' | ExecStop=/bin/true"})
    void ownerOfABusName_newVersionDiesAndThenOneThatLives_oldOneAndNewOneRun(
            String before, String settings, Box box, Bundles bundles) {
        allowName(box);
        BoxedUpdate scenario =
                onTheBus(before.replace(';', '\n'), settings + "\n").install(box, bundles, scratch, V1);

        EndedUpdate failed = scenario.runByHand(scenario.staged(V2.behaving("exit-at-start 1")));

        failed.assertExit(1);
        Shape.awaitOnly(scenario, "v1");

        scenario.writeStatus(BoxedUpdate.status(2), "rw-r--r--");
        EndedUpdate ended = scenario.runByHand(scenario.staged(V2));

        ended.assertExit(0);
        Shape.awaitOnly(scenario, "v2");
        assertThat(box.show(InstalledAgent.UNIT, "ActiveState")).isEqualTo("active");
    }

    /** The new version runs and reports, and never takes its name: systemd ends it. */
    @Test
    void ownerOfABusName_newVersionNeverTakesIt_isRolledBack(Box box, Bundles bundles) throws IOException {
        allowName(box);
        BoxedUpdate scenario = onTheBus(
                        "[ ! -e " + InstalledAgent.HOME + "/plugins/mute ] || exec " + Shape.AGENT + "\n",
                        "TimeoutStartSec=3\nRestart=no\n")
                .install(box, bundles, scratch, V1);
        BoxedUpdate.Offer offer = scenario.offer(V2);
        Files.writeString(offer.tree().resolve("plugins/mute"), "yes");
        scenario.stage(scenario.bundle(offer));

        EndedUpdate ended = scenario.runByHand(offer);

        ended.assertExit(1);
        Shape.awaitOnly(scenario, "v1");
        assertThat(box.show(InstalledAgent.UNIT, "ActiveState")).isEqualTo("active");
    }

    /** Whoever calls the name while the agent is stopped has the bus start it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nameThatTheBusActivates_isCalledAllTheTime_theRightVersionRuns(boolean succeeds, Box box, Bundles bundles) {
        allowName(box);
        box.write(
                ACTIVATION,
                "[D-BUS Service]\nName=" + BUS_NAME + "\nExec=/bin/false\nUser=root\nSystemdService="
                        + InstalledAgent.UNIT + "\n",
                "rw-r--r--");
        BoxedUpdate scenario = onTheBus("", "Restart=no\n").install(box, bundles, scratch, V1);
        allowName(box);
        box.exec("systemd-run", "--collect", "--unit=caller", "sh", "-c", """
                while :; do
                    busctl --timeout=1 call "$1" / org.freedesktop.DBus.Peer Ping >/dev/null 2>&1
                    systemctl --quiet is-active "$2" || echo "was down" >>/srv/called
                done
                """, "caller", BUS_NAME, InstalledAgent.UNIT)
                .ok();

        EndedUpdate ended = scenario.runByHand(scenario.staged(succeeds ? V2 : V2.behaving("report failed")));

        box.exec("systemctl", "stop", "caller.service");
        ended.assertExit(succeeds ? 0 : 1);
        Shape.awaitOnly(scenario, succeeds ? "v2" : "v1");
        assertThat(box.read("/srv/called")).contains("was down");
    }

    /** A process of home for each connection: the ones that run are named, or stopped; the socket listens on. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, false", "true, true", "false, true"})
    void socketWithAProcessForEachConnection_agentIsUpdated(
            boolean succeeds, boolean companions, Box box, Bundles bundles) {
        BoxedUpdate scenario = new Shape("simple", "", "Restart=no\n").install(box, bundles, scratch, V1);
        box.exec("cp", "/bin/cat", InstalledAgent.HOME + "/plugins/query").ok();
        box.write(QUERY + ".socket", "[Socket]\nListenStream=/run/query.sock\nAccept=yes\n", "rw-r--r--");
        box.write(
                QUERY + "@.service",
                "[Service]\nExecStart=-" + InstalledAgent.HOME + "/plugins/query\nStandardInput=socket\n",
                "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", SOCKET);
        connect(box, "connection");
        BoxedUpdate.Offer offer = scenario.staged(succeeds ? V2 : V2.behaving("report failed"));
        if (companions) {
            box.write(
                    InstalledAgent.HOME + "/tmp/latest/updater-runtime/product.json",
                    RunningServiceSystemTests.instances("\"" + SampleAgent.BINDPLANE + "-query@*\""),
                    "rw-r--r--");
        }

        EndedUpdate ended = scenario.runByHand(offer);

        ended.assertExit(succeeds ? 0 : 1);
        Shape.awaitOnly(scenario, succeeds ? "v2" : "v1");
        assertThat(box.show(SOCKET, "ActiveState")).isEqualTo("active");
        assertThat(box.exec("pgrep", "-f", InstalledAgent.HOME + "/plugins/query")
                        .exit())
                .as("whether the one that served runs on")
                .isEqualTo(companions ? 1 : 0);
        if (!companions) {
            assertThat(ended.report().warnings())
                    .anySatisfy(warning ->
                            assertThat(warning).contains(SampleAgent.BINDPLANE + "-query@", "runs a program of"));
        }
        box.exec("systemctl", "stop", "connection.service");
        connect(box, "connection");
    }

    private static void connect(Box box, String unit) {
        box.exec("systemd-run", "--collect", "--unit=" + unit, "perl", "-MIO::Socket::UNIX", "-e", """
                my $peer = IO::Socket::UNIX->new(Peer => "/run/query.sock") or die "refused: $!";
                my $answer;
                1 while sysread $peer, $answer, 1;
                """)
                .ok();
        Await.until(
                Shape.STARTING,
                () -> "a process serves the connection; journal:\n" + box.journal(),
                () -> box.exec("pgrep", "-f", InstalledAgent.HOME + "/plugins/query")
                                .exit()
                        == 0);
    }
}
