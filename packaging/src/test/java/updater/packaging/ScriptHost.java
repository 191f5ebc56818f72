package updater.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Init scripts, started by SysV's runlevel links or by OpenRC, in a root built by {@code src/test/sh/build-root}. */
enum ScriptHost implements HostInit {
    SYSV("sysv", "", "update-rc.d \"$1\" defaults && service \"$1\" start", "update-rc.d -f \"$1\" remove"),
    OPENRC("openrc", ".openrc", "rc-update add \"$1\" default && rc-service \"$1\" start", "rc-update -u");

    private static final Duration BUILDING = Duration.ofMinutes(10);
    private static final String AGENT = SampleAgent.BINDPLANE;

    private final String name;
    private final String suffix;
    private final String enable;
    private final String forget;

    ScriptHost(String name, String suffix, String enable, String forget) {
        this.name = name;
        this.suffix = suffix;
        this.enable = enable;
        this.forget = forget;
    }

    /** Returns the root to boot an overlay of; it is built where it is not there yet, and the test is skipped where it cannot be. */
    Path root() {
        Path script = Path.of(System.getProperty("basedir", "")).resolve("src/test/sh/build-root");
        Command.Result built = Command.run(BUILDING, script.toAbsolutePath().toString(), name);
        Assumptions.assumeTrue(built.exit() == 0, () -> "no root of " + name + " can be built here: " + built.err());
        return Path.of(built.out().strip());
    }

    @Override
    public String updatersName() {
        return name;
    }

    @Override
    public String leader() {
        return "init";
    }

    @Override
    public void prepare(Path root, BoxSpec spec) throws IOException {
        // No console to ask for a password on, and a line for the test that waits for the boot.
        Path table = root.resolve("etc/inittab");
        String kept = Files.readString(table)
                .lines()
                .filter(line -> !line.contains("getty"))
                .reduce("", (text, line) -> text + line + "\n");
        Files.writeString(table, kept + "bt:2345:wait:/bin/touch /run/booted\n");
        Files.deleteIfExists(root.resolve("etc/resolv.conf"));
    }

    @Override
    public boolean booted(Path root, Shell shell) {
        return Files.exists(root.resolve("run/booted"));
    }

    @Override
    public List<String> powerOff() {
        return List.of("poweroff");
    }

    @Override
    public String definition() {
        return "/etc/init.d/" + AGENT;
    }

    @Override
    public String stagedDefinition() {
        return "install/" + AGENT + suffix;
    }

    @Override
    public void enable(Box box) {
        box.exec("sh", "-c", "chmod 0755 /etc/init.d/\"$1\" && " + enable, "enable", AGENT)
                .ok();
    }

    @Override
    public void remove(Box box, String home) {
        box.exec("sh", "-c", """
                pkill -9 -f "^/bin/sh .*/$2-updater/guard.sh"
                pkill -9 -f "$1/"
                pkill -9 -f "/var/lib/$2-updater/"
                rm -rf "$1" "/etc/init.d/$2"* /etc/rc?.d/???"$2"* /etc/runlevels/*/"$2"* "/var/lib/$2-updater" \
                    "/run/$2.pid" /run/openrc/*/"$2"* "${1%/*}/opentelemetry-java-contrib-jmx-metrics.jar"
                """ + forget + "\ntrue", "remove", home, AGENT).ok();
    }

    @Override
    public void forget(Box box) {
        box.exec("sh", "-c", forget, "forget", AGENT);
    }

    @Override
    public String mainPid(Box box) {
        try {
            String pid = Files.readString(box.live("/run/" + AGENT + ".pid")).strip();
            return Files.exists(box.live("/proc/" + pid)) ? pid : "0";
        } catch (IOException e) {
            return "0";
        }
    }

    @Override
    public Map<String, String> service(Box box) {
        String pid = mainPid(box);
        return Map.of(
                "MainPID",
                pid,
                "ActiveState",
                pid.equals("0") ? "inactive" : "active",
                "UnitFileState",
                enablement(box),
                "FragmentPath",
                definition(),
                "DropInPaths",
                "",
                "Description",
                "",
                "NeedDaemonReload",
                "no",
                "BootOrder",
                bootOrder(box));
    }

    /** insserv writes the words of a line in the order in which it comes upon the scripts. */
    private static String bootOrder(Box box) {
        return box.exists("/etc/init.d/.depend.start")
                ? box.read("/etc/init.d/.depend.start")
                        .lines()
                        .map(line -> Stream.of(line.split(" ", -1)).sorted().toList())
                        .toList()
                        .toString()
                : "";
    }

    /** Every link to the script is part of it: {@code enabled 0:K01 2:S01 …}, or {@code enabled default}. */
    private String enablement(Box box) {
        String list = this == SYSV ? "/etc/rc?.d/???" : "/etc/runlevels/*/";
        Pattern link = Pattern.compile("/etc/rc(.)[.]d/(...).*|/etc/runlevels/([^/]*)/.*");
        String words = box.exec("sh", "-c", "ls -d " + list + "\"$1\" 2>/dev/null", "ls", AGENT)
                .out()
                .lines()
                .map(link::matcher)
                .filter(Matcher::matches)
                .map(match -> match.group(3) == null ? match.group(1) + ":" + match.group(2) : match.group(3))
                .collect(Collectors.joining(" "));
        return "enabled " + words;
    }

    @Override
    public List<String> guardTraces(Box box) {
        return box.exec("sh", "-c", """
                find /etc /run /var/lib -name '*-updater-*'
                grep -l -e -updater-recover /etc/init.d/.depend.* 2>/dev/null
                ls /var/lib/*-updater/guard* 2>/dev/null
                pgrep -a -f guard[.]sh
                true
                """).ok().lines().toList();
    }

    @Override
    public String journal(Box box) {
        return box.console();
    }
}
