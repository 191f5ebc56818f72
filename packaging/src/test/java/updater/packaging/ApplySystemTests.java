package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An operator enrols the updater of a bundle and applies others with it, on a host whose agent runs as its own user and owns its
 * home. The bundles are made by {@code tools/bundle}, and signed by signify.
 */
@SystemTest
final class ApplySystemTests {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String UPDATER = InstalledAgent.STATE + "/updater";
    private static final String BUNDLE = "/srv/v2.tar.gz";
    private static final String FIRST = "/usr/lib/agent-bundle";
    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    private Path keys;

    @BeforeEach
    void makeKeys() throws IOException {
        keys = Files.createDirectory(scratch.resolve("keys"));
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Command.run(
                        LIMIT,
                        "sh",
                        "-c",
                        """
                set -eu
                cd "$1"
                for key in root1 root2 signer; do
                    signify-openbsd -G -n -c "$key" -p $key.pub -s $key.sec
                done
                {
                    printf 'host-updater keys 1\\nproduct observiq-otel-collector\\nnumber 1\\ncreated %s\\nthreshold 2\\n' "$2"
                    for key in root1 root2; do echo "root $(tail -n 1 $key.pub)"; done
                    echo "key signer $(tail -n 1 signer.pub) $2 $3"
                } >list.txt
                for key in root1 root2; do signify-openbsd -S -s $key.sec -m list.txt -x $key.sig; done
                cat root1.sig root2.sig list.txt >list
                """,
                        "keys",
                        keys.toString(),
                        now.minus(Duration.ofDays(1)).toString(),
                        expiry(now))
                .ok();
    }

    private static String expiry(Instant now) {
        return now.plus(Duration.ofDays(30)).toString();
    }

    private String key(String name) throws IOException {
        return Files.readAllLines(keys.resolve(name + ".pub")).get(1);
    }

    private Path product(boolean required) throws IOException {
        String builtIn =
                Files.readString(Path.of("../modules/updater.app/src/main/resources/updater/app/bindplane.json"));
        String trust = """
                "trust": {"required": %s, "roots": ["%s", "%s"], "threshold": 2}""".formatted(required, key("root1"), key("root2"));
        return Files.writeString(
                scratch.resolve("product.json"), builtIn.replaceFirst("(?s)\"trust\"\\s*:\\s*\\{[^}]*\\}", trust));
    }

    /** Makes a bundle with the tool, and its statement with signify. */
    private Path bundle(Bundles bundles, SampleAgent agent, boolean required, String counter) throws IOException {
        Path tree = scratch.resolve("tree-" + agent.version());
        Command.run(LIMIT, "rm", "-rf", tree.toString()).ok();
        agent.writeBundleTree(tree);
        Path bundle = scratch.resolve(agent.version() + ".tar.gz");
        Files.deleteIfExists(bundle);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        List<String> arguments =
                new ArrayList<>(List.of("--runtime", bundles.runtimeTree().toString()));
        arguments.addAll(List.of("--product", product(required).toString(), "--version", agent.version()));
        arguments.addAll(
                List.of("--counter", counter, "--keys", keys.resolve("list").toString()));
        arguments.addAll(List.of("--created", now.toString(), "--expires", expiry(now)));
        arguments.addAll(List.of(bundle.toString(), tree.toString()));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        assertThat(BuildBundle.run(arguments, out, out))
                .as(said.toString(StandardCharsets.UTF_8))
                .isZero();
        Command.run(
                        LIMIT,
                        "signify-openbsd",
                        "-S",
                        "-e",
                        "-s",
                        keys.resolve("signer.sec").toString(),
                        "-m",
                        bundle + ".release.unsigned",
                        "-x",
                        bundle + ".release")
                .ok();
        return bundle;
    }

    /** Installs v1 as its own user in its own home, and enrols the updater of its bundle. */
    private InstalledAgent install(Box box, Bundles bundles, boolean required) throws IOException {
        box.exec("rm", "-rf", InstalledAgent.STATE, FIRST, "/srv").ok();
        InstalledAgent agent = InstalledAgent.install(box, V1, scratch);
        box.write(
                "/etc/systemd/system/" + InstalledAgent.UNIT + ".d/user.conf",
                "[Service]\nUser=65534\nGroup=65534\n",
                "rw-r--r--");
        box.write(agent.inHome("package_statuses.json"), """
                {"all_packages_hash":"YQ==","package_states":{"observiq-otel-collector":{"name":"observiq-otel-collector",\
                "agent_version":"v1","agent_hash":"YQ==","server_version":"v1","server_hash":"YQ==","status":0,\
                "error_message":""}}}
                """, "rw-r-----");
        box.exec("sh", "-c", """
                set -e
                systemctl stop "$2"
                chown -R 65534:65534 "$1"
                systemctl daemon-reload
                systemctl start "$2"
                """, "own", agent.inHome(""), InstalledAgent.UNIT).ok();
        agent.awaitRunning("v1");
        put(box, bundle(bundles, V1, required, "1"), "/srv/v1.tar.gz");
        box.exec("sh", "-c", "mkdir -p \"$1\" && tar -xzf /srv/v1.tar.gz -C \"$1\" --no-same-owner", "unpack", FIRST)
                .ok();
        box.exec(FIRST + "/updater", "enroll").ok();
        return agent;
    }

    private static void put(Box box, Path bundle, String to) throws IOException {
        Files.createDirectories(box.at("/srv"));
        Files.copy(bundle, box.at(to), StandardCopyOption.REPLACE_EXISTING);
        Path statement = bundle.resolveSibling(bundle.getFileName() + ".release");
        if (Files.exists(statement)) {
            Files.copy(statement, box.at(to + ".release"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static Command.Result apply(Box box, String... arguments) {
        List<String> command = new ArrayList<>(List.of(UPDATER, "apply"));
        command.addAll(List.of(arguments));
        return box.exec(LIMIT, command.toArray(String[]::new));
    }

    private static void assertNothingLeft(Box box, InstalledAgent agent) {
        assertThat(box.exists(agent.inHome(".updater"))).as("directory in home").isFalse();
        assertThat(box.exists(InstalledAgent.STATE + "/journal")).isFalse();
        assertThat(box.exists(InstalledAgent.STATE + "/status-before-offer")).isFalse();
        assertThat(box.exec("sh", "-c", "ls -d " + InstalledAgent.STATE + "/runtime-* | wc -l")
                        .ok())
                .as("runtimes")
                .isEqualTo("1");
        assertThat(box.init().guardTraces(box)).as("guard").isEmpty();
    }

    @Test
    void apply_aSignedBundle_updates(Box box, Bundles bundles) throws IOException {
        InstalledAgent agent = install(box, bundles, true);
        String status = agent.read("package_statuses.json");
        String owner = box.exec("stat", "-c", "%u:%g:%a", agent.inHome("package_statuses.json"))
                .ok();
        put(box, bundle(bundles, V2, true, "2"), BUNDLE);

        Command.Result result = apply(box, BUNDLE, "--json");

        assertThat(result.exit())
                .as(result + agent.readOr("log/updater.log", ""))
                .isZero();
        assertThat(result.out()).contains("\"outcome\": \"UPDATED\"");
        agent.awaitRunning("v2");
        assertThat(agent.read("VERSION").strip()).isEqualTo("v2");
        assertThat(status).contains("\"server_version\":\"v1\"");
        assertThat(agent.read("package_statuses.json")).contains("\"server_version\":\"v2\"", "\"status\":0");
        assertThat(box.exec("stat", "-c", "%u:%g:%a", agent.inHome("package_statuses.json"))
                        .ok())
                .isEqualTo(owner);
        assertThat(box.exec("stat", "-c", "%u", agent.inHome("agent")).ok()).isEqualTo("65534");
        assertNothingLeft(box, agent);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            truncate -s -100 B                                        @ the statement is about a bundle of
            printf X | dd of=B bs=1 seek=5000 conv=notrunc            @ expected a bundle with the SHA-256
            sed -i 's/^version v2/version v3/' B.release              @ the signature
            rm B.release                                              @ signed releases are required
            mv B B.there; mkfifo B                                    @ expected a regular file
            mv B B.there; ln -s B.there B                             @ expected a regular file
            rm B                                                      @ is not there
            """)
    void apply_whatIsNotAsItWasSigned_isRefused(String damage, String message, Box box, Bundles bundles)
            throws IOException {
        InstalledAgent agent = install(box, bundles, true);
        put(box, bundle(bundles, V2, true, "2"), BUNDLE);
        box.exec("sh", "-c", damage.replace("B", BUNDLE)).ok();
        String status = agent.read("package_statuses.json");

        Command.Result result = apply(box, BUNDLE);

        assertThat(result.exit()).as(result.toString()).isEqualTo(5);
        assertThat(result.err()).contains(message);
        assertThat(agent.runningVersion()).isEqualTo("v1");
        assertThat(agent.read("package_statuses.json")).isEqualTo(status);
        assertNothingLeft(box, agent);
    }

    /** Root's own bundle needs no signature where the product asks for none; another user's does. */
    @Test
    void apply_anUnsignedBundle_isUpToWhoCouldHaveMadeIt(Box box, Bundles bundles) throws IOException {
        InstalledAgent agent = install(box, bundles, false);
        put(box, bundle(bundles, V2, false, "2"), BUNDLE);
        box.exec("sh", "-c", "rm B.release; chown 65534 B".replace("B", BUNDLE)).ok();
        Command.Result others = apply(box, BUNDLE, "--version", "v2");
        box.exec("chown", "0", BUNDLE).ok();
        Command.Result unnamed = apply(box, BUNDLE);
        assertNothingLeft(box, agent);

        Command.Result own = apply(box, BUNDLE, "--version", "v2");

        assertThat(others.exit()).as(others.toString()).isEqualTo(5);
        assertThat(others.err()).contains("nobody has signed this bundle", "belongs to user id 65534");
        assertThat(unnamed.exit()).as(unnamed.toString()).isEqualTo(5);
        assertThat(unnamed.err()).contains("--version");
        assertThat(own.exit()).as(own + agent.readOr("log/updater.log", "")).isZero();
        agent.awaitRunning("v2");
        assertNothingLeft(box, agent);
    }

    @Test
    void apply_aNewAgentThatFails_isRolledBackAndReported(Box box, Bundles bundles) throws IOException {
        InstalledAgent agent = install(box, bundles, true);
        put(box, bundle(bundles, V2.behaving("report failed"), true, "2"), BUNDLE);

        Command.Result result = apply(box, BUNDLE);

        assertThat(result.exit()).as(result.toString()).isEqualTo(1);
        agent.awaitRunning("v1");
        assertThat(agent.read("package_statuses.json")).contains("\"status\":3");
        assertNothingLeft(box, agent);
    }

    /** It is killed while it unpacks, and while the updater of the bundle prepares. */
    @ParameterizedTest
    @CsvSource({".updater/offered", ".updater/rollback"})
    void apply_killed_isClearedUpByTheNext(String when, Box box, Bundles bundles) throws Exception {
        InstalledAgent agent = install(box, bundles, true);
        box.exec("dd", "if=/dev/urandom", "of=" + agent.inHome("storage/large"), "bs=1M", "count=150")
                .ok();
        put(box, bundle(bundles, V2, true, "2"), BUNDLE);

        Process started = box.start(Map.of(), UPDATER, "apply", BUNDLE);
        Await.until(LIMIT, "it is at " + when, () -> box.exists(agent.inHome(when)));
        Box.programOf(started).destroyForcibly();
        started.waitFor();
        assertThat(agent.runningVersion()).isEqualTo("v1");

        Command.Result result = apply(box, BUNDLE);

        assertThat(result.exit())
                .as(result + agent.readOr("log/updater.log", ""))
                .isZero();
        agent.awaitRunning("v2");
        assertNothingLeft(box, agent);
    }

    @Test
    void enrollAndPurge_twice_leaveTheAgentAlone(Box box, Bundles bundles) throws IOException {
        InstalledAgent agent = install(box, bundles, true);
        box.exec(FIRST + "/updater", "enroll").ok();
        box.exec(UPDATER, "enroll", "--from", FIRST).ok();
        assertNothingLeft(box, agent);
        assertThat(box.exec(UPDATER, "doctor").ok()).contains(InstalledAgent.HOME);

        Command.Result purged = box.exec(UPDATER, "purge");
        Command.Result again = box.exec(FIRST + "/updater", "purge");

        assertThat(purged.exit()).as(purged.toString()).isZero();
        assertThat(again.exit()).as(again.toString()).isZero();
        assertThat(box.exists(InstalledAgent.STATE)).isFalse();
        assertThat(box.exists(agent.inHome(".updater"))).isFalse();
        assertThat(agent.runningVersion()).isEqualTo("v1");
    }

    /** Whoever could have changed the bundle would have root run his programs. */
    @Test
    void enroll_aTreeOfAnotherUser_isRefused(Box box, Bundles bundles) throws IOException {
        install(box, bundles, true);
        box.exec("chown", "65534", FIRST + "/updater-runtime/lib/modules").ok();
        box.exec("rm", "-rf", InstalledAgent.STATE).ok();

        Command.Result result = box.exec(FIRST + "/updater", "enroll");

        assertThat(result.exit()).as(result.toString()).isEqualTo(5);
        assertThat(result.err()).contains("belongs to user id 65534");
    }
}
