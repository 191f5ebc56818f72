package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import updater.api.HealthRule.AfterSuccess;
import updater.api.HealthRule.StatusRule;
import updater.api.Os;
import updater.api.Product;
import updater.api.UpdateTerms.Retention;
import updater.api.conformance.ProductEdit;
import updater.service.macos.fake.FakeLaunchd;
import updater.service.macos.fake.FakeMac;
import updater.service.macos.fake.FastClock;
import updater.state.document.ProductJson;
import updater.testkit.TreeSnapshot;

/**
 * The sample agent as a job of a launchd that is a fake, with everything else real: files, processes, the updater.
 *
 * <pre>
 * root/home                    the agent, v1, its update to v2 in tmp/latest
 * root/state                   the updater's state directory
 * root/Library/LaunchDaemons   the property lists of agent and guard
 * </pre>
 */
final class LaunchdHost implements AutoCloseable {
    static final String LABEL = "com.example.sample-agent";
    static final String GUARD = "sample-agent-updater-guard";
    private static final String NAME = "sample-agent";

    /** The guard's 15 seconds are three. */
    private static final int TIMES_FASTER = 5;

    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final Path root;
    private final FakeMac mac;
    private final TreeSnapshot old;

    /**
     * @param changed whether the new property list differs from the old one
     * @param oldBehaviour lines for the behaviour file of the old agent
     * @param behaviour and for that of the new one
     */
    LaunchdHost(Path directory, boolean changed, List<String> oldBehaviour, List<String> behaviour) throws Exception {
        root = directory.toRealPath();
        agent("v1", oldBehaviour).writeHome(home());
        Files.createDirectories(home().resolve("tmp"));
        agent("v2", behaviour).writeBundleTree(staged());
        Files.createDirectories(staged().resolve("install"));
        Files.writeString(
                staged().resolve("install/agent.plist"), definition("[INSTALLDIR]agent", changed ? "v2" : "v1"));
        writeStatus("v1");
        Files.writeString(root.resolve("boot_id"), "first\n");
        Files.write(productFile(), ProductJson.write(product()));
        mac = new FakeMac(root, new FastClock(TIMES_FASTER));
        Files.writeString(plist(), definition(home() + "/agent", "v1"));
        Files.setPosixFilePermissions(plist(), PosixFilePermissions.fromString("rw-r--r--"));
        writeLauncher(staged().resolve("updater"));
        // As a launcher leaves it there before it becomes an updater.
        Files.createDirectory(
                state(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        writeLauncher(state().resolve("updater"));
        launchd().boot();
        Await.until(
                LIMIT,
                "the old agent runs and has looked at the status file",
                () -> runs("v1") && agentLog().getLast().endsWith("reported: installed"));
        writeStatus("v2");
        launchd().forgetRequests();
        old = record();
    }

    private SampleAgent agent(String version, List<String> behaviour) {
        SampleAgent agent = new SampleAgent(version, NAME, home().toString(), List.of());
        for (String line : behaviour) {
            agent = agent.behaving(line);
        }
        return agent;
    }

    /** As the agent leaves it when it has begun to install that version. */
    private void writeStatus(String offered) throws IOException {
        Files.writeString(home().resolve("package_statuses.json"), """
                {"all_packages_hash":"YQ==","package_states":{"sample-agent":{"name":"sample-agent","agent_version":"v1",\
                "agent_hash":"YQ==","server_version":"%s","server_hash":"Yg==","status":2,"error_message":""}}}
                """.formatted(offered));
    }

    Path home() {
        return root.resolve("home");
    }

    Path staged() {
        return home().resolve("tmp/latest");
    }

    Path plist() {
        return root.resolve("Library/LaunchDaemons/" + LABEL + ".plist");
    }

    Path state() {
        return isRoots() ? root.resolve("state") : home().resolve(".updater");
    }

    private boolean isRoots() {
        try {
            return (int) Files.getAttribute(root, "unix:uid") == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path productFile() {
        return root.resolve("product.json");
    }

    FakeLaunchd launchd() {
        return mac.launchd();
    }

    FakeMac mac() {
        return mac;
    }

    static String definition(String program, String version) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0">
                <dict>
                  <key>Label</key><string>%s</string>
                  <key>ProgramArguments</key><array><string>%s</string><string>--of-%s</string></array>
                  <key>RunAtLoad</key><true/>
                  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
                  <key>ExitTimeOut</key><integer>30</integer>
                </dict>
                </plist>
                """.formatted(LABEL, program, version);
    }

    private Product product() {
        return ProductEdit.agent()
                .name(NAME)
                .status(new StatusRule(NAME, "package_statuses.json", AfterSuccess.KEEP))
                .home(Os.MACOS, home())
                .stateDirectory(Os.MACOS, root + "/state")
                .service(
                        "launchd",
                        ProductEdit.spec(
                                LABEL,
                                "install/agent.plist",
                                Optional.of("/Library/LaunchDaemons/" + LABEL + ".plist")))
                .preserved(Set.of("config.yaml", "logging.yaml", "manager.yaml"))
                .health(Duration.ofSeconds(6), Duration.ofMillis(100), Duration.ofMillis(500))
                .retention(new Retention(1 << 20, 1000, 7, 1 << 30))
                .product();
    }

    /** Starts the updater of the tests: the guard finds the same one in the state directory. */
    private void writeLauncher(Path launcher) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                UpdaterUnder.class.getName(),
                root.toString(),
                productFile().toString());
        StringBuilder script = new StringBuilder("#!/bin/sh\nexec");
        command.forEach(word -> script.append(" '").append(word).append("'"));
        Files.writeString(launcher, script.append(" \"$@\"\n").toString());
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static List<String> arguments(Path product, String... first) {
        List<String> arguments = new ArrayList<>(List.of(first));
        arguments.addAll(List.of("--product", product.toString(), "--service-manager", "launchd"));
        return arguments;
    }

    /** Updates in this process, and returns the updater's exit code. */
    int update() {
        return UpdaterUnder.run(root, arguments(productFile()));
    }

    /** Takes the last update back in this process, and returns the updater's exit code. */
    int rollback() {
        return UpdaterUnder.run(root, arguments(productFile(), "rollback"));
    }

    /** Updates as a process of its own. */
    Process startUpdate() throws IOException {
        return Command.prepare(List.of(staged().resolve("updater").toString()))
                .directory(home().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Has the agent unpack the update, and start it. */
    void updateByTheAgent() throws IOException {
        Path bundle = root.resolve("bundle.tar.gz");
        Command.run(LIMIT, "tar", "-czf", bundle.toString(), "-C", staged().toString(), ".")
                .ok();
        Command.run(LIMIT, "rm", "-r", home().resolve("tmp").toString()).ok();
        Path order = Files.writeString(home().resolve("update-now.new"), bundle + "\nv2\n");
        Files.move(order, home().resolve("update-now"));
    }

    /** Cuts the power, and boots. */
    void reboot() throws IOException {
        launchd().powerOff();
        Files.writeString(root.resolve("boot_id"), "second\n");
        launchd().boot();
    }

    TreeSnapshot record() {
        return TreeSnapshot.of(home(), "log", "tmp", "updater", ".updater", "package_statuses.json", "update-now")
                .ignoringOwnTime();
    }

    /** Returns what differs from the tree before the update. */
    List<String> changes() {
        return record().changesSince(old);
    }

    /** Returns whether exactly one agent runs, of that version. */
    boolean runs(String version) {
        List<String> lines = agentLog();
        return agents() == 1
                && !lines.isEmpty()
                && lines.stream()
                        .filter(line -> line.endsWith("starting"))
                        .reduce((first, second) -> second)
                        .filter(line -> line.contains(" " + version + "["))
                        .isPresent();
    }

    private List<String> agentLog() {
        try {
            Path log = home().resolve("log/agent.log");
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long agents() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(home() + "/agent --of-"))
                .count();
    }

    /** Returns whether nothing of the guard is left: not its file, nor its job, nor a process. */
    boolean unguarded() {
        return !launchd().loaded(GUARD)
                && Files.notExists(root.resolve("Library/LaunchDaemons/" + GUARD + ".plist"))
                && ProcessHandle.allProcesses()
                        .noneMatch(process -> process.info()
                                .commandLine()
                                .orElse("")
                                .contains(UpdaterUnder.class.getName() + " " + root));
    }

    String status() throws IOException {
        return Files.readString(home().resolve("package_statuses.json"));
    }

    String updaterLog() {
        try {
            return Files.readString(home().resolve("log/updater.log"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    Stream<Path> stateFiles() throws IOException {
        return Files.list(state());
    }

    static void await(String what, LaunchdHost host, Await.Condition condition) {
        Await.until(LIMIT, () -> what + "\n" + host.launchd().requests() + "\n" + host.updaterLog(), condition);
    }

    @Override
    public void close() throws IOException {
        mac.close();
    }
}
