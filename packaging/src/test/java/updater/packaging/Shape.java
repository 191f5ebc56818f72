package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A way for systemd to run the agent.
 *
 * @param script what {@code ExecStart=/bin/sh /srv/shape} runs; empty where the unit runs the agent itself
 * @param settings of the unit's [Service] section
 */
record Shape(String name, String script, String settings) {
    static final String AGENT = InstalledAgent.HOME + "/agent";
    static final Duration STARTING = Duration.ofSeconds(20);

    private static final String DROP_IN = "/etc/systemd/system/" + InstalledAgent.UNIT + ".d/shape.conf";
    private static final String SCRIPT = "/srv/shape";

    @Override
    public String toString() {
        return name;
    }

    private String dropIn() {
        return "[Service]\n" + settings + (script.isEmpty() ? "" : "ExecStart=\nExecStart=/bin/sh " + SCRIPT + "\n");
    }

    /** Installs an agent that runs that way. */
    BoxedUpdate install(Box box, Bundles bundles, Path scratch, SampleAgent agent) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, agent);
        box.systemctl("stop", InstalledAgent.UNIT);
        box.write(SCRIPT, script, "rwxr-xr-x");
        box.write(DROP_IN, dropIn(), "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", InstalledAgent.UNIT);
        scenario.writeStatus(BoxedUpdate.status(2), "rw-r--r--");
        awaitOnly(scenario, agent.version());
        return scenario;
    }

    static void endAll(Box box) {
        box.exec("systemctl", "stop", InstalledAgent.UNIT);
        box.exec("pkill", "-KILL", "-f", InstalledAgent.HOME + "/");
    }

    /** Returns the versions of the agents that run, by the processes that said so when they started. */
    static List<String> running(BoxedUpdate scenario) {
        return scenario.agent()
                .agentLog()
                .lines()
                .filter(line -> line.endsWith("] starting"))
                .map(line -> line.substring(line.indexOf(' ') + 1, line.lastIndexOf(']')))
                .filter(who -> isAgent(scenario.box(), who.substring(who.indexOf('[') + 1)))
                .map(who -> who.substring(0, who.indexOf('[')))
                .toList();
    }

    private static boolean isAgent(Box box, String pid) {
        try {
            return Files.readString(box.live("/proc/" + pid + "/cmdline")).contains(AGENT);
        } catch (IOException gone) {
            return false;
        }
    }

    static void awaitOnly(BoxedUpdate scenario, String version) {
        Await.until(
                STARTING,
                () -> version + " alone runs, not " + running(scenario) + "; journal:\n"
                        + scenario.box().journal(),
                () -> running(scenario).equals(List.of(version)));
    }
}
