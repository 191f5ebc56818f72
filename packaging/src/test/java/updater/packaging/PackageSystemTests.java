package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packages of an example agent, as {@code tools/package} makes them, with the real dpkg and rpm and updates in between. */
@SystemTest
final class PackageSystemTests {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String UNIT = "disk-agent.service";
    private static final String HOME = "/opt/disk-agent/";
    private static final String STATE = "/var/lib/disk-agent-updater";
    private static final String UPDATER = STATE + "/updater";

    /** The old agent stops when this is there. */
    private static final String STOPPABLE = "/run/may-stop";

    @TempDir
    static Path made;

    private static boolean packed;

    /** The one that has what was made. */
    private static Optional<Box> filled = Optional.empty();

    private Box box;
    private PageCommands host;
    private boolean clean;

    private enum Format {
        DEB("dpkg -i packages/disk-agent_%s_amd64.deb", "dpkg -r disk-agent", "dpkg -V disk-agent"),
        // The host is Debian's: its list of rpm's packages is another one, and knows none that others depend on.
        RPM(
                "rpm --dbpath /var/lib/rpm --nodeps -U packages/disk-agent-%s-1.x86_64.rpm",
                "rpm --dbpath /var/lib/rpm --nodeps -e disk-agent", "rpm --dbpath /var/lib/rpm --nodeps -V disk-agent");

        private final String install;
        private final String remove;
        private final String verify;

        Format(String install, String remove, String verify) {
            this.install = install;
            this.remove = remove;
            this.verify = verify;
        }

        String install(String version) {
            return install.formatted(version);
        }
    }

    @BeforeEach
    void open(Box box, Bundles bundles) throws IOException {
        this.box = box;
        host = PageCommands.open(box, bundles, made, Files.exists(made.resolve("tools")));
        if (filled.filter(before -> before == box).isPresent()) {
            host.hasBrought();
        } else {
            filled.filter(Box::isRunning).ifPresent(PackageSystemTests::empty);
        }
        filled = Optional.of(box);
        if (!packed) {
            for (String version : List.of("1.0", "1.1", "1.2")) {
                host.atTheVendors("""
                        version=%s
                        examples/shell-agent/tree $version tree-$version
                        tools/bundle --product examples/shell-agent/product.json disk-agent-$version.tar.gz tree-$version
                        for format in deb rpm; do
                            examples/shell-agent/package $format $version disk-agent-$version.tar.gz packages
                        done
                        """.formatted(version));
            }
            host.atTheVendors("""
                    examples/python-agent/tree 1.0 load-agent-1.0
                    tools/bundle --product examples/python-agent/product.json load-agent-1.0.tar.gz load-agent-1.0
                    examples/python-agent/package deb 1.0 load-agent-1.0.tar.gz packages
                    """);
            packed = true;
        }
    }

    /** A test that failed half-way leaves its packages: the next one gets another box. */
    @AfterEach
    void close() {
        if (clean) {
            box.exec("sh", "-c", "for user in disk-agent load-agent; do userdel $user 2>/dev/null || true; done")
                    .ok();
        } else {
            box.close();
        }
    }

    /** Other classes use the same box. */
    @AfterAll
    static void empty() {
        filled.filter(Box::isRunning).ifPresent(PackageSystemTests::empty);
        filled = Optional.empty();
    }

    private static void empty(Box box) {
        box.exec("rm", "-rf", PageCommands.ON_THE_HOST).ok();
    }

    /** An upgrade that did not wait long enough leaves all as it was; one that waits comes after the update. */
    @ParameterizedTest
    @EnumSource
    void agent_installedUpdatedUpgradedAndRemoved_isWhatThePackageSays(Format format) {
        host.onTheHost(format.install("1.0"));
        awaitVersion("1.0");
        assertThat(box.exec(UPDATER, "status").out()).contains("unchanged");
        assertThat(host.onTheHost(format.verify + " || true")).isEmpty();
        host.onTheHost("echo interval=5 >>/opt/disk-agent/agent.conf");
        Process update = stoppingUpdate();

        Command.Result impatient = finish(start(Map.of("UPDATER_PATIENCE", "1"), format.install("1.2")));

        assertThat(impatient.exit()).isNotZero();
        assertThat(impatient.err()).contains("still at work after 1 s, and the package was left as it is");
        assertThat(update.isAlive()).isTrue();
        box.exec("touch", STOPPABLE).ok();
        assertThat(finish(update).exit()).isZero();
        awaitVersion("1.1");
        assertThat(host.onTheHost(format.verify + " || true"))
                .as("what the package manager says of the updater's work")
                .contains(HOME + "agent")
                .doesNotContain("agent.conf");

        Process back = stoppingUpdate("1.0");
        Process upgrade = start(Map.of(), format.install("1.2"));
        // The updater has to have been seen at work before it may end.
        Await.until(
                LIMIT,
                "the package's script waits",
                () -> box.exec("pgrep", "-x", "-f", "sleep 1").exit() == 0 || !upgrade.isAlive());
        assertThat(upgrade.isAlive()).isTrue();
        box.exec("touch", STOPPABLE).ok();
        assertThat(finish(back).exit()).isZero();
        Command.Result upgraded = finish(upgrade);

        assertThat(upgraded.exit()).as(upgraded.toString()).isZero();
        assertThat(upgraded.err()).contains("an updater is at work; waiting for it");
        awaitVersion("1.2");
        assertThat(host.onTheHost(format.verify + " || true")).isEmpty();
        assertThat(box.read(HOME + "agent.conf")).endsWith("interval=5\n");
        assertThat(box.read(HOME + "agent.conf.new")).contains("of version 1.2");
        assertNothingUnfinished();
        assertThat(box.exec(UPDATER, "history").ok()).contains("  updated  ");

        remove(format);
        assertThat(box.show(UNIT, "ActiveState")).isEqualTo("inactive");
        assertThat(box.exists(HOME + "agent")).isFalse();
        if (format == Format.DEB) {
            assertThat(box.read(HOME + "agent.conf")).endsWith("interval=5\n");
            assertThat(box.exists(UPDATER)).as("state stays until purge").isTrue();
        } else {
            assertThat(box.read(HOME + "agent.conf.rpmsave")).endsWith("interval=5\n");
        }
        end(format);
    }

    @Test
    void deb_removedAndInstalledAgain_runsAndKeepsWhatItsUpdaterKnew() {
        host.onTheHost(Format.DEB.install("1.0"));
        host.onTheHost("echo interval=5 >>/opt/disk-agent/agent.conf");
        host.onTheHost(UPDATER + " apply disk-agent-1.1.tar.gz --version 1.1");
        host.onTheHost(Format.DEB.remove);

        host.onTheHost(Format.DEB.install("1.1"));

        awaitVersion("1.1");
        assertThat(box.read(HOME + "agent.conf")).endsWith("interval=5\n");
        assertThat(box.exec(UPDATER, "history").ok()).contains("  updated  ");
        host.onTheHost("dpkg -P disk-agent");
        assertGone("disk-agent");
        clean = true;
    }

    @Test
    void conffileOfTheOperator_afterRemove_isStillThere() {
        host.onTheHost("dpkg -i packages/load-agent_1.0_amd64.deb");
        host.onTheHost("curl -sf http://127.0.0.1:9405/ | grep 'version=\"1.0\"'");
        String settings = "/opt/load-agent/settings.json";
        String edited = box.read(settings).strip() + " \n\n";
        box.write(settings, edited, "rw-r--r--");

        host.onTheHost("dpkg -r load-agent");

        assertThat(box.read(settings)).isEqualTo(edited);
        host.onTheHost("dpkg -P load-agent");
        assertGone("load-agent");
        clean = true;
    }

    @Test
    void deb_ofASignedRelease_listensForRequestsWhileItIsInstalled(Bundles bundles, SignedBundles signed)
            throws IOException {
        String name = SampleAgent.BINDPLANE;
        String listening = name + "-updater.path";
        host.atTheVendors(
                "tools/package deb --name %1$s --version 1.0 --home /opt/%1$s --unit %1$s.service '%2$s' signed"
                        .formatted(
                                name, signed.bundle(new SignedBundles.Release(SampleAgent.bindplane("v1"), true, 1))));
        String install = "dpkg -i signed/%s_1.0_amd64.deb".formatted(name);
        // Other tests leave that agent in the shared one.
        try (Box own = Box.boot()) {
            PageCommands there = PageCommands.open(own, bundles, made, true);
            there.onTheHost(install);
            assertThat(own.show(listening, "ActiveState")).isEqualTo("active");
            assertThat(own.exists("/usr/lib/" + name + "/bundle.tar.gz.release"))
                    .isTrue();

            there.onTheHost("dpkg -r " + name);
            assertThat(own.show(listening, "ActiveState")).isEqualTo("inactive");
            assertThat(own.exists("/etc/systemd/system/multi-user.target.wants/" + listening))
                    .isFalse();

            there.onTheHost(install);
            assertThat(own.show(listening, "ActiveState")).isEqualTo("active");

            there.onTheHost("dpkg -P " + name);
            assertGone(own, name);
        }
        clean = true;
    }

    /** Neither starts what its operator has stopped. */
    @ParameterizedTest
    @EnumSource
    void upgrade_afterAnUpdaterHasDied_isNotUndoneByItsRecovery(Format format) {
        host.onTheHost(format.install("1.0"));
        box.systemctl("stop", UNIT);
        host.onTheHost(format.install("1.1"));
        assertThat(box.show(UNIT, "ActiveState")).isEqualTo("inactive");
        assertThat(box.read(HOME + "agent")).contains("version=1.1\n");
        box.systemctl("start", UNIT);
        awaitVersion("1.1");

        Process update = stoppingUpdate("1.0");
        Box.programOf(update).destroyForcibly();
        finish(update);
        box.exec("touch", STOPPABLE).ok();
        host.onTheHost(format.install("1.2"));

        awaitVersion("1.2");
        assertNothingUnfinished();
        box.exec(UPDATER, "recover").ok();
        awaitVersion("1.2");
        assertThat(box.read(HOME + "agent")).contains("version=1.2\n");
        box.systemctl("stop", UNIT);
        remove(format);
        end(format);
    }

    private Process stoppingUpdate() {
        return stoppingUpdate("1.1");
    }

    /** Returns an update that has asked for the stop of an agent that takes until it may. */
    private Process stoppingUpdate(String version) {
        box.exec("rm", "-f", STOPPABLE).ok();
        box.write("/etc/systemd/system/" + UNIT + ".d/slow.conf", """
                [Service]
                TimeoutStopSec=10min
                ExecStop=/bin/sh -c 'while [ ! -e %s ]; do sleep 0.1; done'
                """.formatted(STOPPABLE), "rw-r--r--");
        box.systemctl("daemon-reload");
        Process update =
                start(Map.of(), "exec %1$s apply disk-agent-%2$s.tar.gz --version %2$s".formatted(UPDATER, version));
        Await.until(
                LIMIT,
                "the updater has asked for the stop",
                () -> !update.isAlive() || box.show(UNIT, "ActiveState").equals("deactivating"));
        if (!update.isAlive()) {
            throw new AssertionError("the updater did not ask for the stop: " + finish(update));
        }
        return update;
    }

    private Process start(Map<String, String> environment, String command) {
        host.onTheHost("true");
        return box.start(environment, "sh", "-c", "cd " + PageCommands.ON_THE_HOST + " && " + command);
    }

    private static Command.Result finish(Process process) {
        return Command.finish(LIMIT, List.of("a command in the box"), process);
    }

    private void awaitVersion(String version) {
        Await.until(
                LIMIT,
                () -> version + " runs:\n" + box.journal(UNIT),
                () -> box.exec("grep", "-q", "version=\"" + version + "\"", "/run/disk-agent/disk.prom")
                                .exit()
                        == 0);
        assertThat(box.show(UNIT, "ActiveState")).isEqualTo("active");
    }

    private void assertNothingUnfinished() {
        assertThat(box.exists(STATE + "/journal")).as("a journal").isFalse();
        awaitNoGuard(box);
    }

    /** The guard may have been started just before it was disarmed: that run finds nothing to do, and ends. */
    private static void awaitNoGuard(Box box) {
        Await.until(
                LIMIT,
                () -> "nothing is left of the guard: " + box.init().guardTraces(box) + "\n" + box.journal(),
                () -> box.init().guardTraces(box).isEmpty());
    }

    private void remove(Format format) {
        host.onTheHost(format.remove);
    }

    /** Removes what a removal leaves. */
    private void end(Format format) {
        host.onTheHost((format == Format.DEB ? "dpkg -P disk-agent && " : "") + "rm -rf " + HOME
                + " /etc/systemd/system/" + UNIT + ".d");
        assertGone("disk-agent");
        clean = true;
    }

    private void assertGone(String name) {
        assertGone(box, name);
    }

    private static void assertGone(Box box, String name) {
        assertThat(box.exec(
                                "sh",
                                "-c",
                                "find /etc /opt /run /usr/lib /var/lib/dpkg /var/lib/systemd \"$1\" -name '*'\"$0\"'*' "
                                        + "-not -path '/run/systemd/*' 2>/dev/null",
                                name,
                                "/var/lib/" + name + "-updater")
                        .out())
                .as("what is left")
                .isEmpty();
        awaitNoGuard(box);
        assertThat(box.exec("systemctl", "list-units", "--all", "--plain", "--no-legend", name + "*")
                        .ok())
                .as("units")
                .isEmpty();
    }
}
