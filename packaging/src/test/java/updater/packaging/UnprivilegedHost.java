package updater.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import updater.testkit.TreeSnapshot;

/**
 * The home directory of a user without privileges, an agent in it that runs as a supervised process, and the packaged updater, all run as
 * that user. Where the tests themselves have no privileges, it is their own user.
 */
final class UnprivilegedHost implements AutoCloseable {

    /** The product, and the directory below /var/lib that only an updater of root would use. */
    static final String NAME = "unprivileged-agent";

    private static final Path MODULE =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Of no user that a host's database knows: an updater needs no name. */
    private static final int STRANGER = 61_234;

    /** What an update leaves alone, or leaves behind. */
    private static final String[] NOT_ROLLED_BACK = {"log", "tmp", ".updater", "updater", "package_statuses.json"};

    private static final String PRODUCT = """
            {"name": "%1$s", "package": "%1$s", "home": {"linux": {"directory": "%2$s"}},
             "services": {"process": {"name": "agent", "definition": "install/agent.process",
                                      "installed": "[INSTALLDIR]agent.process"}},
             "preserved": ["config.yaml", "logging.yaml", "manager.yaml"]}
            """;

    /** As an agent does it: unpack, say what is under way, put the launcher into home. */
    private static final String STAGE = """
            set -eu
            rm -rf tmp/latest updater
            mkdir -p tmp/latest
            tar -xzf "$1" --no-same-owner --no-same-permissions -C tmp/latest
            printf '{"package_states":{"%s":{"name":"%s","agent_version":"v1","server_version":"%s","status":2}}}' "$2" "$2" "$3" \
                >package_statuses.json
            cp tmp/latest/updater updater
            chmod 0700 updater
            """;

    private static final String START = """
            setsid ./agent </dev/null >/dev/null 2>&1 &
            echo $! >log/agent.pid
            """;

    /** The same for all tests of this virtual machine, one after the other: so a bundle, which names it, is packed once. */
    private static final Path DIRECTORY = temporary("unprivileged");

    private static final Path PACKED = temporary("packed");
    private static final Map<SampleAgent, Path> PACKS = new HashMap<>();

    private final boolean root;
    private final int user;
    private final Path directory;
    private final Path home;

    private UnprivilegedHost(boolean root, int user, Path directory) {
        this.root = root;
        this.user = user;
        this.directory = directory;
        this.home = directory.resolve("agent");
    }

    /** Returns the user's home directory with nothing in it. */
    static UnprivilegedHost open() {
        try {
            Path directory = Files.createDirectories(
                    DIRECTORY, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            int owner = (int) Files.getAttribute(directory, "unix:uid");
            UnprivilegedHost host = new UnprivilegedHost(owner == 0, owner == 0 ? STRANGER : owner, directory);
            host.give(directory);
            return host;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a directory that is removed with this virtual machine, if it is empty then. */
    private static Path temporary(String name) {
        try {
            Path directory = Files.createTempDirectory(name).toRealPath();
            directory.toFile().deleteOnExit();
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hands a file, or a directory with all in it, to the user. */
    private void give(Path path) {
        if (root) {
            Command.run(LIMIT, "chown", "-hR", user + ":" + user, path.toString())
                    .ok();
        }
    }

    int user() {
        return user;
    }

    /** Returns whether the tests themselves are root's, and so can do to the user what he cannot do himself. */
    boolean testedByRoot() {
        return root;
    }

    /** Returns the agent's home. */
    Path home() {
        return home;
    }

    static SampleAgent agent(String version) {
        return new SampleAgent(version, NAME, "", List.of()).asProcess();
    }

    /** Installs the agent and starts it. */
    void install(SampleAgent agent) {
        agent.at(home.toString()).writeHome(home);
        give(home);
        start();
        awaitRunning(agent.version());
    }

    /** Starts the agent as its supervisor does. */
    void start() {
        run("sh", "-c", START).ok();
    }

    /** Packs an update, which the user's agent unpacks, and announces it in the status file. */
    void stage(SampleAgent offered) {
        run("sh", "-c", STAGE, "stage", pack(offered).toString(), NAME, offered.version())
                .ok();
    }

    /** Returns a bundle, which the user owns. */
    Path pack(SampleAgent offered) {
        Path bundle = directory.resolve(NAME + "-" + offered.version() + ".tar.gz");
        try {
            Files.copy(PACKS.computeIfAbsent(offered, this::packed), bundle, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        give(bundle);
        return bundle;
    }

    private Path packed(SampleAgent offered) {
        Path tree = directory.resolve("tree");
        Command.run(LIMIT, "rm", "-rf", tree.toString()).ok();
        offered.at(home.toString()).writeBundleTree(tree);
        Path bundle = PACKED.resolve(PACKS.size() + ".tar.gz");
        bundle.toFile().deleteOnExit();
        try {
            Path product = Files.writeString(directory.resolve("product.json"), PRODUCT.formatted(NAME, home));
            return Bundles.write(tree, runtime(), product, bundle);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path runtime() {
        return MODULE.resolve("../jlink/target/bundle").normalize();
    }

    /** Runs the updater in home to its end. */
    Command.Result updater(String... arguments) {
        List<String> command = new ArrayList<>(List.of("./updater"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Runs a line as the user types it into a shell. */
    Command.Result type(String line) {
        return run("sh", "-c", line);
    }

    /** Starts the updater and does not wait for it. The process is the updater itself, from the first moment on. */
    Process startUpdater() {
        try {
            // What started this virtual machine may have had it ignore signals.
            return prepare(List.of("/usr/bin/env", "--default-signal=INT,TERM,HUP", "./updater"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Command.Result run(String... command) {
        try {
            List<String> words = List.of(command);
            return Command.finish(LIMIT, words, prepare(words).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessBuilder prepare(List<String> command) {
        return prepare(command, home);
    }

    private ProcessBuilder prepare(List<String> command, Path in) {
        List<String> asUser = new ArrayList<>();
        if (root) {
            asUser.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--"));
        }
        asUser.addAll(command);
        ProcessBuilder builder = Command.prepare(asUser).directory(in.toFile());
        builder.environment().put("HOME", directory.toString());
        return builder;
    }

    /** Runs the demo, all but the building, in a copy of what it needs of the checkout; it works in {@link #demoTarget}. */
    Command.Result demo(String... options) {
        Path checkout = directory.resolve("checkout");
        for (String part : List.of(
                "demo",
                "tools/demo",
                "tools/find-java",
                "packaging/src/sample-agent",
                "packaging/src/sample-java-agent",
                "packaging/target/classes",
                "packaging/target/tool",
                "jlink/target/bundle")) {
            Path copy = checkout.resolve(part);
            Command.run(LIMIT, "mkdir", "-p", copy.getParent().toString()).ok();
            Command.run(LIMIT, "cp", "-a", MODULE.resolveSibling(part).toString(), copy.toString())
                    .ok();
        }
        give(checkout);
        try {
            List<String> command = new ArrayList<>(List.of("./demo", "--no-build"));
            command.addAll(List.of(options));
            return Command.finish(LIMIT, command, prepare(command, checkout).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path demoTarget() {
        return directory.resolve("checkout/packaging/target");
    }

    /** Records of home what a rollback answers for. */
    TreeSnapshot tree() {
        return TreeSnapshot.of(home, NOT_ROLLED_BACK).ignoringOwnTime();
    }

    String read(String path) {
        try {
            return Files.exists(home.resolve(path)) ? Files.readString(home.resolve(path)) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the process of the pid file is the agent of this version and belongs to the user. */
    void awaitRunning(String version) {
        Await.until(SOON, () -> version + " runs:\n" + read("log/agent.log"), () -> {
            String pid = firstLine("log/agent.pid");
            return !pid.isEmpty()
                    && read("log/agent.log").contains(" " + version + "[" + pid + "] starting")
                    && Files.getAttribute(Path.of("/proc", pid), "unix:uid").equals(user);
        });
    }

    /** Waits until a line of the agent's log ends so. */
    void awaitLogged(String end) {
        Await.until(
                SOON,
                () -> end + " in:\n" + read("log/agent.log"),
                () -> read("log/agent.log").lines().anyMatch(line -> line.endsWith(end)));
    }

    /** Kills the guard of an update, as the end of a container or of a user's session does. */
    void killGuard() {
        ProcessHandle.of(Long.parseLong(firstLine(".updater/guard.pid")))
                .filter(this::isOurs)
                .ifPresentOrElse(Command::killTree, () -> {
                    throw new AssertionError("no guard runs");
                });
    }

    private String firstLine(String path) {
        return read(path).lines().findFirst().orElse("");
    }

    /** Returns what runs and has the user's directory among its arguments. */
    List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses().filter(this::isOurs).toList();
    }

    private boolean isOurs(ProcessHandle process) {
        return process.info()
                .commandLine()
                .filter(line -> line.contains(directory + "/"))
                .isPresent();
    }

    /** The agent that {@link #start} has started has no path among its arguments. */
    private boolean worksHere(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
                    .startsWith(directory);
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends everything in it and removes it. */
    @Override
    public void close() {
        ProcessHandle.allProcesses()
                .filter(process -> isOurs(process) || worksHere(process))
                .forEach(Command::killTree);
        Command.run(LIMIT, "rm", "-rf", directory.toString()).ok();
    }
}
