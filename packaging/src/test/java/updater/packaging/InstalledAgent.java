package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The BindPlane-named sample agent as an installed service of a box. */
final class InstalledAgent {

    static final String HOME = SampleAgent.BINDPLANE_HOME;
    static final String UNIT = SampleAgent.BINDPLANE_UNIT;
    static final String UNIT_FILE = "/usr/lib/systemd/system/" + UNIT;
    static final String STATE = "/var/lib/" + SampleAgent.BINDPLANE + "-updater";
    static final String JMX_JAR = "opentelemetry-java-contrib-jmx-metrics.jar";

    private static final Duration STARTING = Duration.ofSeconds(10);

    private final Box box;
    private final String home;

    private InstalledAgent(Box box, String home) {
        this.box = box;
        this.home = home;
    }

    /**
     * Installs an agent the way its package would, enables it and starts it. What an earlier test installed in this box is removed first.
     *
     * @param scratch a directory of the host's for its files on their way
     */
    static InstalledAgent install(Box box, SampleAgent agent, Path scratch) {
        InstalledAgent installed = place(box, agent, scratch);
        box.init().enable(box);
        installed.awaitRunning(agent.version());
        return installed;
    }

    /** The same, but for enabling and starting it. */
    static InstalledAgent place(Box box, SampleAgent agent, Path scratch) {
        InstalledAgent installed = new InstalledAgent(box, agent.home());
        installed.remove();
        Path home = agent.writeHome(scratch.resolve("home-" + agent.version()));
        box.place(home, agent.home());
        box.place(home.resolve(box.init().stagedDefinition()), box.init().definition());
        return installed;
    }

    /** Waits until the service's process has written to its log that it is starting, as this version. */
    void awaitRunning(String version) {
        Await.until(
                STARTING,
                () -> version + " runs; journal:\n" + box.init().journal(box),
                () -> box.exists(home + "/log/agent.log") && runningVersion().equals(version));
    }

    /** Returns the version that the process running as the service said it is, empty when none runs. */
    String runningVersion() {
        String pid = box.init().mainPid(box);
        return agentLog()
                .lines()
                .filter(line -> line.contains("[" + pid + "] starting"))
                .map(line -> line.substring(line.indexOf(' ') + 1, line.indexOf('[')))
                .reduce((first, last) -> last)
                .orElse("");
    }

    /** Returns what the agent itself wrote down, of all its runs. */
    String agentLog() {
        return readOr("log/agent.log", "");
    }

    String read(String pathInHome) {
        return box.read(inHome(pathInHome));
    }

    void delete(String pathInHome) {
        try {
            Files.delete(home().resolve(pathInHome));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String readOr(String pathInHome, String without) {
        return box.exists(inHome(pathInHome)) ? read(pathInHome) : without;
    }

    /** Removes service, unit, drop-ins, home and what updaters kept of them. Works on a box where nothing is installed. */
    void uninstall() {
        remove();
        box.init().forget(box);
    }

    private void remove() {
        box.init().remove(box, home);
    }

    /** Lets the agent unpack a bundle, which lies in the box, and start the updater in it. One that is asleep is woken. */
    void offerUpdate(String bundleInBox, String version) {
        box.write(home + "/update-now.new", bundleInBox + "\n" + version + "\n", "rw-r--r--");
        box.exec(
                        "sh",
                        "-c",
                        "mv \"$1\" \"$2\"; pkill -USR1 -xf \"/bin/sh $3\" || true",
                        "offer",
                        home + "/update-now.new",
                        home + "/update-now",
                        home + "/agent")
                .ok();
    }

    /** Returns home, seen from here as the processes of the box see it, with what is mounted in it. */
    Path home() {
        return box.live(home);
    }

    /** Returns home's path in the box, with this below it. */
    String inHome(String path) {
        return home + "/" + path;
    }
}
