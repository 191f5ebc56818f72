package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import okio.ByteString;
import opamp.proto.PackagesAvailable;
import org.jspecify.annotations.Nullable;
import updater.opamp.fleet.FleetServer;
import updater.testkit.TreeSnapshot;

/**
 * A box with an agent that is a Java program, and an OpAMP server in its network. The agent runs as its own user and requests
 * updates of root's updater, or as root and launches them itself. Tests that leave it as it was hand it on to the next.
 */
final class OpampHost implements AutoCloseable {
    static final String PACKAGE = SampleAgent.BINDPLANE;
    static final SampleAgent V1 = SampleAgent.bindplane("v1").inJava();
    static final SampleAgent V2 = SampleAgent.bindplane("v2").inJava();
    static final Duration LIMIT = Duration.ofSeconds(120);

    private static final String STATUS_FILE = "package_statuses.json";
    private static final int HEALTH_PORT = 13133;

    /** What its user's unit may not do, but for what no virtual machine does without. */
    private static final String HARDENED = """
        [Service]
        User=65534
        Group=65534
        UMask=0077
        NoNewPrivileges=yes
        ProtectSystem=strict
        ReadWritePaths=%s
        ProtectHome=yes
        ProtectKernelTunables=yes
        ProtectControlGroups=yes
        PrivateTmp=yes
        PrivateDevices=yes
        RestrictNamespaces=yes
        RestrictSUIDSGID=yes
        RestrictAddressFamilies=AF_INET AF_INET6
        SystemCallFilter=@system-service
        CapabilityBoundingSet=
        """.formatted(InstalledAgent.HOME);

    private static @Nullable OpampHost last;

    /** How the bundle comes to root. */
    enum Flow {
        /** The agent has a user of its own, and requests. */
        REQUEST,
        /** The agent is root, and launches the updater of the bundle. */
        LAUNCH
    }

    private final Box box;
    private final SignedBundles bundles;
    private final Flow flow;
    private final InstalledAgent agent;
    private HostState before;
    private @Nullable FleetServer server;
    private ByteString uid = ByteString.EMPTY;

    private OpampHost(Box box, SignedBundles bundles, Flow flow, InstalledAgent agent) {
        this.box = box;
        this.bundles = bundles;
        this.flow = flow;
        this.agent = agent;
        this.before = HostState.of(box, agent);
    }

    /**
     * Returns v1, connected to a server that has heard of it.
     *
     * @param behaviour lines "version: word"; {@code src/sample-java-agent/agent} lists the words
     */
    static OpampHost of(Box box, SignedBundles bundles, Flow flow, String... behaviour) {
        OpampHost there = last;
        if (there == null
                || there.box != box
                || there.flow != flow
                || !box.exists(there.agent.inHome("agent"))
                || !there.changes().isEmpty()) {
            there = install(box, bundles, flow);
        }
        last = there;
        there.begin(behaviour);
        return there;
    }

    private static OpampHost install(Box box, SignedBundles bundles, Flow flow) {
        InstalledAgent agent = InstalledAgent.place(box, V1, bundles.scratch());
        if (flow == Flow.REQUEST) {
            box.write("/etc/systemd/system/" + InstalledAgent.UNIT + ".d/user.conf", HARDENED, "rw-r--r--");
            box.exec("chown", "-R", "65534:65534", agent.inHome("")).ok();
        }
        box.systemctl("enable", InstalledAgent.UNIT);
        if (flow == Flow.REQUEST) {
            EnrolledAgent.unpackFirst(box, bundles.bundle(new SignedBundles.Release(V1, false, 1)));
            box.exec(EnrolledAgent.FIRST + "/updater", "enroll").ok();
        }
        return new OpampHost(box, bundles, flow, agent);
    }

    private List<String> changes() {
        return HostState.of(box, agent).home().changesSince(before.home());
    }

    private void begin(String... behaviour) {
        box.exec(
                        "sh",
                        "-c",
                        """
                systemctl stop "$1" "$2-updater.service"
                systemctl reset-failed
                cd "$3" && rm -rf tmp log/* package_statuses.json storage/instance-uid storage/behaviour
                [ "$5" = REQUEST ] || rm -rf "$4"
                rm -rf "$4/trust" "$4/requests" "$4/shipped" "$4/history"
                """,
                        "begin",
                        InstalledAgent.UNIT,
                        PACKAGE,
                        InstalledAgent.HOME,
                        InstalledAgent.STATE,
                        flow.name())
                .ok();
        connect(opened(FleetServer::new));
        write("storage/behaviour", String.join("\n", behaviour) + "\n");
        start();
    }

    private FleetServer opened(java.util.concurrent.Callable<FleetServer> how) {
        try {
            return box.network().call(how);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void connect(FleetServer to) {
        server = to;
        URI endpoint = flow == Flow.REQUEST ? to.webSocket() : to.http();
        write("manager.yaml", """
                endpoint: %s
                hand-over: %s
                poll-ms: 500
                stall-ms: 2000
                health-port: %d
                """.formatted(endpoint, flow == Flow.REQUEST ? "request" : "launch", HEALTH_PORT));
    }

    private void start() {
        box.systemctl("start", InstalledAgent.UNIT);
        awaitTold("Installed v1");
        uid = server().all.getLast().message().instance_uid;
        before = HostState.of(box, agent);
    }

    /** Writes a file of home's, which keeps its owner. */
    private void write(String file, String content) {
        box.write(agent.inHome(file), content, "rw-r--r--");
        if (flow == Flow.REQUEST) {
            box.exec("chown", "65534:65534", agent.inHome(file)).ok();
        }
    }

    FleetServer server() {
        return java.util.Objects.requireNonNull(server);
    }

    InstalledAgent agent() {
        return agent;
    }

    /** Returns v2 as its vendor offers it. */
    OpampOffer offered() {
        return offered(V2, 2);
    }

    OpampOffer offered(SampleAgent what, int counter) {
        return OpampOffer.of(bundles.bundle(new SignedBundles.Release(what, false, counter)), what.version());
    }

    SignedBundles bundles() {
        return bundles;
    }

    /** Lets the server offer something; an agent that is connected is told. */
    void offer(PackagesAvailable offer) {
        server().offer = Optional.of(offer);
        server().offerTo(uid, offer);
    }

    void offer(OpampOffer offer) {
        offer(offer.servedBy(server()));
    }

    /** Waits until so many downloads were asked for. */
    void awaitDownloads(int count) {
        Await.until(
                LIMIT,
                () -> count + " downloads; there were " + server().ranges + "; told " + told(),
                () -> server().ranges.size() >= count);
    }

    void awaitRunning(String version) {
        Await.until(LIMIT, version + " runs", () -> agent.runningVersion().equals(version));
    }

    /** The agent has no time for anything; systemd starts it again. */
    void killAgent() {
        box.systemctl("kill", "--signal=KILL", InstalledAgent.UNIT);
    }

    /** The server goes away, and every connection with it. */
    void endServer() {
        server().close();
    }

    /** A server without memory is where the last one was. */
    void restartServer() {
        FleetServer gone = server();
        server = opened(() -> FleetServer.inPlaceOf(gone));
    }

    /**
     * Returns what the server was told of the agent, in order, without what was said before. How far a download is, is left
     * out.
     */
    List<String> told() {
        List<String> told = new ArrayList<>();
        for (FleetServer.Received received : server().all) {
            if (received.message().package_statuses == null) {
                continue;
            }
            String text = text(received.status(PACKAGE)) + received.message().package_statuses.error_message;
            if (told.isEmpty() || !told.getLast().equals(text)) {
                told.add(text);
            }
        }
        return told;
    }

    private static String text(opamp.proto.PackageStatus status) {
        String word = status.status.name().substring("PackageStatusEnum_".length());
        return switch (word) {
            case "Installed" -> word + " " + status.agent_has_version;
            case "InstallFailed" ->
                word + " " + status.server_offered_version + " (has " + status.agent_has_version + "): "
                        + status.error_message;
            default -> word + " " + status.server_offered_version;
        };
    }

    /** Waits until the last word is this. */
    void awaitTold(String expression) {
        Await.until(
                LIMIT,
                () -> "the server is told " + expression + "; it was told " + told() + "\n" + agent.agentLog()
                        + agent.readOr("log/updater.log", "") + box.journal(InstalledAgent.UNIT),
                () -> !told().isEmpty() && told().getLast().matches(expression));
    }

    /**
     * Fails unless the server was told this, in this order, and nothing against the specification.
     *
     * @param expressions of which those that end in {@code ?} may be missing: what was overtaken before it was sent
     */
    void assertTold(String... expressions) {
        StringBuilder expected = new StringBuilder();
        for (String expression : expressions) {
            boolean optional = expression.endsWith("?");
            expected.append("(")
                    .append(optional ? expression.substring(0, expression.length() - 1) : expression)
                    .append("\n)")
                    .append(optional ? "?" : "");
        }
        assertThat(String.join("\n", told()) + "\n").matches(Pattern.compile(expected.toString()));
        assertThat(server().violations).isEmpty();
    }

    /** Waits until the updater has said how it went, and is gone. */
    void awaitUpdater() {
        Await.until(
                LIMIT,
                () -> "the updater reports; its log:\n" + agent.readOr("log/updater.log", ""),
                () -> agent.readOr("log/updater-report.json", "").contains("\"outcome\""));
        Await.until(
                LIMIT,
                "the updater has ended",
                () -> box.exec("pgrep", "-f", "updater.app.Main").exit() != 0);
    }

    /** The new version is in place as the bundle has it, with what its predecessor had, and runs. */
    void assertUpdated() {
        awaitUpdater();
        agent.awaitRunning("v2");
        Path staged = V2.writeBundleTree(bundles.scratch().resolve("staged"));
        HostState after = settled();
        EndedUpdate ended =
                new EndedUpdate(box, agent, before, after, TreeSnapshot.of(staged), OptionalInt.empty(), "", "");
        assertThat(ended.differencesFromUpdated()).isEmpty();
        assertThat(after.activeState()).isEqualTo("active");
        assertNothingLeft();
        assertHealthy("v2");
    }

    /** Home and definitions are what they were; the old version runs in another process. */
    void assertRolledBack() {
        awaitUpdater();
        agent.awaitRunning("v1");
        assertUnchanged(settled());
        assertNothingLeft();
        assertHealthy("v1");
    }

    /** Home and definitions are what they were, and the same process runs. */
    void assertUntouched() {
        HostState after = settled();
        assertUnchanged(after);
        assertThat(after.mainPid()).isEqualTo(before.mainPid());
        assertNothingLeft();
        assertHealthy("v1");
    }

    /** Once the server knows of a failure, the agent takes it out of the status file. */
    private HostState settled() {
        Await.until(
                LIMIT,
                () -> "the status file says Installed: " + agent.read(STATUS_FILE),
                () -> agent.read(STATUS_FILE).contains("\"status\":0"));
        return HostState.of(box, agent);
    }

    private void assertUnchanged(HostState after) {
        assertThat(after.home().changesSince(before.home())).as("home").isEmpty();
        assertThat(after.unit().changesSince(before.unit())).as("unit").isEmpty();
        assertThat(after.activeState()).isEqualTo("active");
    }

    /** Neither what was downloaded nor what the updater made is left; that a package has failed is remembered. */
    private void assertNothingLeft() {
        assertThat(below(agent.home().resolve("tmp"))).isSubsetOf("download/offer.json");
        assertThat(box.exists(InstalledAgent.STATE + "/journal")).isFalse();
        assertThat(box.init().guardTraces(box)).as("guard").isEmpty();
    }

    private static List<String> below(Path directory) {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertHealthy(String version) {
        String[] answer = {""};
        Await.until(Duration.ofSeconds(20), () -> "health of " + version + ": " + answer[0], () -> {
            URI health = URI.create("http://127.0.0.1:" + HEALTH_PORT + "/health");
            answer[0] = box.network().call(() -> {
                try (var in = health.toURL().openStream()) {
                    return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
                }
            });
            return answer[0].equals(PACKAGE + " " + version + "\n");
        });
    }

    @Override
    public void close() {
        FleetServer now = server;
        if (now != null) {
            now.close();
        }
    }
}
