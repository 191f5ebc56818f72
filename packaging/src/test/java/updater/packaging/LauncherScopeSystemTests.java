package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The launcher inside a unit's control group, with a script that tells where it runs in place of the runtime. */
@SystemTest
final class LauncherScopeSystemTests {
    private static final Path LAUNCHER = Path.of("../jlink/src/main/sh/updater");
    private static final String HOME = "/opt/launcher probe";
    private static final String STATE = InstalledAgent.STATE;
    private static final String UNIT = "launcher-probe.service";
    private static final Duration STARTING = Duration.ofSeconds(30);

    private static final String STAND_IN = """
            #!/bin/sh
            grep -E '^(0::|[0-9]+:name=systemd:)' /proc/$$/cgroup >'/opt/launcher probe/groups'
            echo $$ >'/opt/launcher probe/running.new'
            mv '/opt/launcher probe/running.new' '/opt/launcher probe/running'
            exec sleep 3211
            """;

    private final Box box;

    LauncherScopeSystemTests(Box box) {
        this.box = box;
        box.exec("rm", "-rf", STATE).ok();
        box.place(LAUNCHER, HOME + "/updater");
        box.write(HOME + "/tmp/latest/updater-runtime/bin/java", STAND_IN, "rwxr-xr-x");
        box.write(HOME + "/tmp/latest/updater-runtime/platform", "- - - -\n", "rw-r--r--");
    }

    @AfterEach
    void cleanUp() {
        box.exec("systemctl", "stop", UNIT);
        box.exec("pkill", "-KILL", "-xf", "sleep 3211");
        box.exec("rm", "-rf", HOME, STATE, "/etc/systemd/system/" + UNIT).ok();
        box.systemctl("daemon-reload");
    }

    @Test
    void update_startedByUnit_survivesItsStopWithTheSamePidAndDiesOfSigkill() {
        String pid = startInUnit("./updater", "");

        assertThat(box.read(HOME + "/started").strip()).isEqualTo(pid);
        assertThat(groups()).contains(".scope").doesNotContain(UNIT);
        box.systemctl("stop", UNIT);
        assertThat(box.exec("kill", "-0", pid).exit()).as("survived the stop").isZero();
        String scope = groups().strip().replaceFirst("(?s).*/", "");

        box.exec("kill", "-KILL", pid).ok();
        Await.until(
                STARTING,
                "the process is gone",
                () -> box.exec("kill", "-0", pid).exit() != 0);
        Await.until(
                STARTING,
                "the scope is gone",
                () -> box.show(scope, "LoadState").equals("not-found"));
    }

    @Test
    void version_startedByUnit_staysInIt() {
        install();

        startInUnit("./updater --version", "");

        assertThat(groups()).contains(UNIT).doesNotContain(".scope");
    }

    @Test
    void recover_startedFromStateDirectory_staysInItsUnitBecauseThatIsTheGuards() {
        install();

        startInUnit(STATE + "/updater recover", "");

        assertThat(groups()).contains(UNIT).doesNotContain(".scope");
    }

    @Test
    void update_systemdRunFails_goesOnWithoutScope() {
        replacingSystemdRun("/bin/false", () -> startInUnit("./updater", ""));

        assertThat(groups()).contains(UNIT).doesNotContain(".scope");
    }

    @Test
    void update_systemdRunHangs_goesOnWithoutScopeAfterFiveSeconds() {
        box.write(HOME + "/hang", "#!/bin/sh\nexec sleep 3211\n", "rwxr-xr-x");
        box.exec("cp", HOME + "/hang", "/opt/launcher-probe-hang").ok();

        replacingSystemdRun("/opt/launcher-probe-hang", () -> startInUnit("./updater", ""));

        assertThat(groups()).contains(UNIT).doesNotContain(".scope");
        box.exec("rm", "/opt/launcher-probe-hang").ok();
    }

    /** For all of the box: a unit with mounts of its own would be a sandbox. */
    private void replacingSystemdRun(String program, Runnable work) {
        box.exec("mount", "--bind", program, "/usr/bin/systemd-run").ok();
        try {
            work.run();
        } finally {
            box.exec("umount", "/usr/bin/systemd-run").ok();
        }
    }

    /** Makes a state directory as an update leaves it. */
    private void install() {
        box.exec("mkdir", "-m", "0700", STATE).ok();
        box.exec("mv", HOME + "/tmp/latest/updater-runtime", STATE + "/runtime").ok();
        box.place(LAUNCHER, STATE + "/updater");
    }

    /** Starts a command as a child of the unit's main process, as an agent does, and returns the PID it runs with. */
    private String startInUnit(String command, String line) {
        box.write("/etc/systemd/system/" + UNIT, """
                [Service]
                KillMode=control-group
                WorkingDirectory=%s
                ExecStart=/bin/sh -c '%s & echo $! >started; exec sleep 3212'
                %s
                """.formatted(HOME, command, line), "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("start", UNIT);
        Await.until(
                STARTING,
                () -> "the launcher became the runtime:\n" + box.journal(UNIT),
                () -> box.exists(HOME + "/running"));
        return box.read(HOME + "/running").strip();
    }

    private String groups() {
        return box.read(HOME + "/groups");
    }
}
