package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import updater.testkit.TreeSnapshot;

/**
 * An agent that runs as its own user and owns its home, on a host where the updater of its bundle was enrolled. Tests that leave
 * it as it was hand it on to the next.
 */
final class EnrolledAgent {
    static final String FIRST = "/usr/lib/agent-bundle";
    static final String BUNDLE = "/srv/v2.tar.gz";
    static final SampleAgent V1 = SampleAgent.bindplane("v1");
    static final SampleAgent V2 = SampleAgent.bindplane("v2");
    static final Duration LIMIT = Duration.ofSeconds(120);

    private static final String UPDATER = InstalledAgent.STATE + "/updater";
    private static final String STATUS_FILE = "package_statuses.json";

    /** What the updater may come to know by an update that it refused. The runtime of a release that was believed stays. */
    private static final Set<String> KNOWLEDGE = Set.of(
            "lock",
            "holder",
            "history",
            "trust",
            "requests",
            "runtime",
            "updater",
            "product.json",
            "updater-report.json",
            "shipped",
            "installed-product",
            "previous-version",
            "previous-shipped",
            "previous-product",
            "previous-beside",
            "previous-definition");

    /** What its user's unit may not do. The updater of the host does not run in there. */
    private static final String HARDENED = """
        [Service]
        User=65534
        Group=65534
        UMask=0077
        NoNewPrivileges=yes
        ProtectSystem=strict
        ReadWritePaths=%s
        ProtectHome=yes
        ProtectProc=invisible
        ProtectKernelTunables=yes
        ProtectControlGroups=yes
        PrivateTmp=yes
        PrivateDevices=yes
        PrivateUsers=yes
        RestrictNamespaces=yes
        RestrictSUIDSGID=yes
        RestrictAddressFamilies=AF_INET
        MemoryDenyWriteExecute=yes
        SystemCallFilter=@system-service
        CapabilityBoundingSet=
        LimitNOFILE=256
        LimitAS=1G
        """.formatted(InstalledAgent.HOME);

    private static final String STATUS = """
        {"all_packages_hash":"YQ==","package_states":{"observiq-otel-collector":{"name":"observiq-otel-collector",\
        "agent_version":"v1","agent_hash":"YQ==","server_version":"v1","server_hash":"YQ==","status":0,\
        "error_message":""}}}
        """;

    private static @Nullable EnrolledAgent last;

    private final Box box;
    private final SignedBundles bundles;
    private final boolean required;
    private final InstalledAgent agent;
    private Untouched untouched;

    /** What a refusal has to leave. */
    private record Untouched(TreeSnapshot home, TreeSnapshot state, TreeSnapshot units, String mainPid) {}

    private EnrolledAgent(Box box, SignedBundles bundles, boolean required, InstalledAgent agent) {
        this.box = box;
        this.bundles = bundles;
        this.required = required;
        this.agent = agent;
        this.untouched = look();
    }

    /**
     * Returns v1 as its package installs it: the one that is there, if it is as it was, or a new one.
     *
     * @param required whether its descriptor asks for signatures
     */
    static EnrolledAgent of(Box box, SignedBundles bundles, boolean required) {
        EnrolledAgent there = last;
        if (there != null && there.box == box) {
            // What an earlier test asked for may still be looked at.
            box.exec("systemctl", "stop", SampleAgent.BINDPLANE + "-updater.service");
        }
        if (there == null
                || there.box != box
                || there.required != required
                || !box.exists(UPDATER)
                || !there.changes().isEmpty()) {
            there = install(box, bundles, required);
        }
        there.forget();
        last = there;
        return there;
    }

    private static EnrolledAgent install(Box box, SignedBundles bundles, boolean required) {
        box.exec("rm", "-rf", "/srv").ok();
        InstalledAgent agent = InstalledAgent.install(box, V1, bundles.scratch());
        box.write("/etc/systemd/system/" + InstalledAgent.UNIT + ".d/user.conf", HARDENED, "rw-r--r--");
        box.write(agent.inHome(STATUS_FILE), STATUS, "rw-r-----");
        box.exec("sh", "-c", """
                set -e
                systemctl stop "$2"
                chown -R 65534:65534 "$1"
                systemctl daemon-reload
                systemctl start "$2"
                """, "own", agent.inHome(""), InstalledAgent.UNIT).ok();
        agent.awaitRunning("v1");
        unpackFirst(box, bundles.bundle(new SignedBundles.Release(V1, required, 1)));
        box.exec(FIRST + "/updater", "enroll").ok();
        return new EnrolledAgent(box, bundles, required, agent);
    }

    /** Where it is there already, unpacking it again would only take time. */
    static void unpackFirst(Box box, Path bundle) {
        String mark = FIRST + ".of";
        if (box.exists(mark) && box.read(mark).equals(bundle.toString())) {
            return;
        }
        put(box, bundle, "/srv/v1.tar.gz");
        box.exec(
                        "sh",
                        "-c",
                        "rm -rf \"$1\" && mkdir -p \"$1\" && tar -xzf /srv/v1.tar.gz -C \"$1\" --no-same-owner",
                        "unpack",
                        FIRST)
                .ok();
        box.write(mark, bundle.toString(), "rw-r--r--");
    }

    /** What earlier tests said, and what the updater learned of them. */
    private void forget() {
        box.exec("sh", "-c", """
                systemctl stop "$1-updater.service"
                rm -rf "$2/tmp" "$2/log/updater.log" "$2/log/updater-report.json" /srv "$3/trust" "$3/requests" "$3/shipped" "$3/history" "$2/.updater" "$3"/previous-*
                """, "forget", SampleAgent.BINDPLANE, InstalledAgent.HOME, InstalledAgent.STATE)
                .ok();
        box.write(agent.inHome(STATUS_FILE), STATUS, "rw-r-----");
        box.exec("chown", "65534:65534", agent.inHome(STATUS_FILE)).ok();
        untouched = look();
    }

    private Untouched look() {
        return new Untouched(
                TreeSnapshot.of(agent.home(), "log", "tmp", STATUS_FILE).ignoringOwnTime(),
                TreeSnapshot.of(
                                box.at(InstalledAgent.STATE),
                                name -> KNOWLEDGE.contains(name) || name.startsWith("runtime-"))
                        .ignoringOwnTime(),
                TreeSnapshot.of(box.at("/etc/systemd/system")).ignoringDirectoryTimes(),
                box.init().mainPid(box));
    }

    private List<String> changes() {
        Untouched now = look();
        List<String> changes = new ArrayList<>();
        changes.addAll(now.home.changesSince(untouched.home));
        changes.addAll(now.state.changesSince(untouched.state));
        changes.addAll(now.units.changesSince(untouched.units));
        if (!now.mainPid.equals(untouched.mainPid)) {
            changes.add("main process " + now.mainPid + ", was " + untouched.mainPid);
        }
        return changes;
    }

    InstalledAgent agent() {
        return agent;
    }

    String status() {
        return agent.read(STATUS_FILE);
    }

    /** Puts a bundle of v2, and its statement, where root alone can change them. */
    void offer() {
        offer(V2);
    }

    void offer(SampleAgent offered) {
        put(box, bundle(offered), BUNDLE);
    }

    Path bundle(SampleAgent offered) {
        return bundles.bundle(new SignedBundles.Release(offered, required, 2));
    }

    static void put(Box box, Path bundle, String to) {
        copy(bundle, box, to);
        copy(bundle.resolveSibling(bundle.getFileName() + ".release"), box, to + ".release");
    }

    /** Puts a statement that says something else beside the bundle. */
    void offerStatement(String edit, String key) {
        copy(bundles.otherStatement(bundle(V2), edit, key), box, BUNDLE + ".release");
    }

    private static void copy(Path from, Box box, String to) {
        try {
            Files.createDirectories(box.at(to).getParent());
            Files.copy(from, box.at(to), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Command.Result apply(String... arguments) {
        List<String> command = new ArrayList<>(List.of("apply"));
        command.addAll(List.of(arguments));
        return updater(command.toArray(String[]::new));
    }

    Command.Result updater(String... arguments) {
        List<String> command = new ArrayList<>(List.of(UPDATER));
        command.addAll(List.of(arguments));
        return box.exec(LIMIT, command.toArray(String[]::new));
    }

    /** Home, definitions and enrolment are what they were, the same agent runs, and nothing is left of what was offered. */
    void assertUntouched() {
        assertThat(changes()).isEmpty();
        assertNothingLeft();
    }

    void assertNothingLeft() {
        assertThat(box.exec("find", InstalledAgent.HOME, "-path", "*/.updater/*", "-prune")
                        .ok())
                .as("left in home but the previous version")
                .isIn("", agent.inHome(".updater/previous"));
        assertThat(box.exists(InstalledAgent.STATE + "/journal")).isFalse();
        assertThat(box.exists(InstalledAgent.STATE + "/status-before-offer")).isFalse();
        assertThat(runtimes()).as("runtimes").isEqualTo("1");
        assertThat(box.init().guardTraces(box)).as("guard").isEmpty();
    }

    private String runtimes() {
        return box.exec("sh", "-c", "ls -d " + InstalledAgent.STATE + "/runtime-* | wc -l")
                .ok();
    }
}
