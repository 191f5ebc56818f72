package updater.packaging;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.packaging.OpampHost.Flow;

/**
 * A Java agent whose process is killed again and again, and started again by systemd, while it is offered an update, while it
 * downloads it, while the updater makes it, and while the new version is watched. After each: what the server was told, in
 * order, and the host, exactly.
 */
@SystemTest
final class OpampRestartSystemTests {
    /** systemd starts a unit five times within ten seconds at most. */
    private static final int RESTARTS = 2;

    private static final String IS_UP = "] is up";
    private static final String STARTING = "] starting";

    /** What says that the updater has begun: root's own copy of what was requested, or the console of a launched one. */
    private static final Map<Flow, String> BEGUN = Map.of(
            Flow.REQUEST, InstalledAgent.HOME + "/.updater/offered",
            Flow.LAUNCH, InstalledAgent.HOME + "/log/updater-console.log");

    /** Stops every process of the updater once it has begun; there may be none yet, or one that ends just then. */
    private static final String FREEZE = """
            until [ -e "$1" ] && kill -STOP $(pgrep -f "$2"); do
                sleep 0.02
            done
            """;

    /** The updater's own process, from its launcher on. */
    private static final String UPDATER = "^(/bin/sh )?\\./updater|^/bin/sh .*/updater |updater\\.app\\.Main";

    private static long count(OpampHost host, String end) {
        return host.agent()
                .agentLog()
                .lines()
                .filter(line -> line.endsWith(end))
                .count();
    }

    /** Kills the main process, and returns once systemd has started another that has come so far. */
    private static void restart(Box box, OpampHost host, String logged) {
        long before = count(host, logged);
        box.exec("sh", "-c", "kill -KILL $(systemctl show -P MainPID \"$1\")", "kill", InstalledAgent.UNIT)
                .ok();
        Await.until(
                OpampHost.LIMIT,
                () -> "it was started again:\n" + host.agent().agentLog(),
                () -> count(host, logged) > before);
    }

    @ParameterizedTest
    @EnumSource
    void agent_restartedWhileItIsOfferedAndDownloads_goesOnAndIsUpdated(Flow flow, Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, flow)) {
            OpampOffer offer = host.offered();
            byte[] content = offer.content();
            for (int i = 0; i < RESTARTS; i++) {
                host.server().downloadAnswers.add(Downloads.standStill(content, 0));
            }
            for (int i = 0; i < RESTARTS; i++) {
                host.server().downloadAnswers.add(Downloads.standStill(content, content.length / 4));
            }

            host.offer(offer);
            for (int i = 1; i <= RESTARTS; i++) {
                host.awaitDownloads(i);
                restart(box, host, IS_UP);
            }
            for (int i = 1; i <= RESTARTS; i++) {
                host.awaitTold("Downloading v2");
                restart(box, host, IS_UP);
            }

            host.awaitTold("Installed v2");
            host.assertTold(
                    "Installed v1",
                    "InstallPending v2",
                    "Downloading v2",
                    "InstallPending v2?",
                    "Downloading v2?",
                    "InstallPending v2?",
                    "Downloading v2?",
                    "Installing v2",
                    "Installed v2");
            host.assertUpdated();
        }
    }

    @ParameterizedTest
    @EnumSource
    void agent_restartedWhileTheUpdateIsMade_saysNoFailure_andIsUpdated(Flow flow, Box box, SignedBundles bundles)
            throws Exception {
        try (OpampHost host = OpampHost.of(box, bundles, flow)) {
            Process freezing = box.start(Map.of(), "sh", "-c", FREEZE, "freeze", BEGUN.get(flow), UPDATER);
            host.offer(host.offered());
            Await.until(OpampHost.LIMIT, "the updater stands still", () -> !freezing.isAlive());
            String frozen = box.exec("pgrep", "-f", UPDATER).ok();

            for (int i = 0; i < RESTARTS; i++) {
                restart(box, host, IS_UP);
            }
            box.exec("sh", "-c", "kill -CONT $1", "go-on", frozen.replace('\n', ' '))
                    .ok();

            host.awaitTold("Installed v2");
            host.assertTold("Installed v1", "InstallPending v2?", "Downloading v2?", "Installing v2", "Installed v2");
            host.assertUpdated();
        }
    }

    @ParameterizedTest
    @EnumSource
    void newVersion_restartedWhileItIsWatched_isRolledBackAndTold(Flow flow, Box box, SignedBundles bundles) {
        try (OpampHost host = OpampHost.of(box, bundles, flow, "v2: silent")) {
            host.offer(host.offered());
            host.awaitRunning("v2");

            for (int i = 0; i < RESTARTS && host.agent().runningVersion().equals("v2"); i++) {
                restart(box, host, STARTING);
            }

            host.awaitTold("InstallFailed v2 \\(has v1\\): .*");
            host.assertRolledBack();
            host.assertTold(
                    "Installed v1",
                    "InstallPending v2?",
                    "Downloading v2?",
                    "Installing v2",
                    "InstallFailed v2 \\(has v1\\): .*");
        }
    }
}
