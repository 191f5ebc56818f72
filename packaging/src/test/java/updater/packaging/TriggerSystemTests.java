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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An agent that runs as its own user in a sandbox, and owns its home, requests updates of a root that it may not become. What it
 * offers is made by {@code tools/bundle} and signed by signify; the units are those that {@code updater enroll} installs.
 */
@SystemTest
final class TriggerSystemTests {

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String FIRST = "/usr/lib/agent-bundle";
    private static final String OFFER = InstalledAgent.HOME + "/tmp/offer";
    private static final String REQUEST = OFFER + "/request.json";
    private static final String PREFIX = SampleAgent.BINDPLANE + "-updater";
    private static final String ASK = "; printf '{\"bundle\": \"b.tar.gz\"}' >.new; mv .new request.json";
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

    /** Runs a script as the agent does: as its user, and in its sandbox. */
    private static Command.Result asAgent(Box box, String script) {
        List<String> command =
                new ArrayList<>(List.of("systemd-run", "--quiet", "--wait", "--pipe", "--uid=65534", "--gid=65534"));
        command.addAll(List.of("-p", "NoNewPrivileges=yes", "-p", "ProtectSystem=strict"));
        command.addAll(List.of("-p", "ReadWritePaths=" + InstalledAgent.HOME, "sh", "-c"));
        command.add("set -e; mkdir -p " + OFFER + "; cd " + OFFER + "; " + script);
        return box.exec(LIMIT, command.toArray(String[]::new));
    }

    /** Gives the agent's user the bundle. */
    private void download(Box box, Path bundle) throws IOException {
        put(box, bundle, "/srv/v2.tar.gz");
        asAgent(box, "cp /srv/v2.tar.gz b.tar.gz; cp /srv/v2.tar.gz.release b.tar.gz.release")
                .ok();
    }

    private static void awaitRefusal(Box box, InstalledAgent agent) {
        Await.until(
                LIMIT,
                "the request is refused",
                () -> box.exec("sh", "-c", "test -e $0 || test -h $0", REQUEST).exit() != 0
                        && agent.readOr("package_statuses.json", "").contains("\"status\":3"));
    }

    private static void assertListening(Box box) {
        assertThat(box.exec("systemctl", "is-active", PREFIX + ".path").out().strip())
                .isEqualTo("active");
        assertThat(box.exec("systemctl", "is-failed", PREFIX + ".service").out().strip())
                .isNotEqualTo("failed");
    }

    @Test
    void request_forASignedBundle_updates(Box box, Bundles bundles) throws IOException {
        InstalledAgent agent = install(box, bundles, false);
        download(box, bundle(bundles, V2, false, "2"));

        asAgent(box, "true" + ASK).ok();

        Await.until(
                LIMIT,
                "the update ends",
                () -> agent.readOr("log/updater-report.json", "").contains("\"outcome\": \"UPDATED\""));
        agent.awaitRunning("v2");
        assertThat(box.exists(REQUEST)).isFalse();
        assertThat(agent.read("package_statuses.json")).contains("\"server_version\":\"v2\"", "\"status\":0");
        assertThat(box.exec("stat", "-c", "%u", agent.inHome("agent")).ok()).isEqualTo("65534");
        assertListening(box);
    }

    /** Whatever lies there is answered, and the agent goes on. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            sed -i 's/^version v2/version v3/' b.tar.gz.release ASK     | the signature
            rm b.tar.gz.release ASK                                     | signed releases are required
            rm b.tar.gz; truncate -s 1G b.tar.gz ASK                    | the statement is about a bundle of
            rm b.tar.gz; mkfifo b.tar.gz ASK                            | expected a regular file
            rm b.tar.gz; mkdir b.tar.gz ASK                             | expected a regular file
            rm b.tar.gz; ln -s /etc/shadow b.tar.gz ASK                 | expected a regular file
            rm b.tar.gz.release; ln -s /etc/shadow b.tar.gz.release ASK | expected a regular file
            ln -s /etc/shadow request.json                              | expected a regular file
            mkdir .d; touch .d/x; mv .d request.json                    | expected a regular file
            mkfifo request.json                                         | expected a regular file
            truncate -s 1G .new; mv .new request.json                   | has more than the 4096 bytes
            echo '{"bundle": "../b.tar.gz"}' >.n; mv .n request.json    | a plain name
            echo '{"bundle": "b", "run": "x"}' >.n; mv .n request.json  | this name
            """)
    void request_forWhatCannotBeBelieved_isRefused(String attack, String message, Box box, Bundles bundles)
            throws IOException {
        InstalledAgent agent = install(box, bundles, false);
        download(box, bundle(bundles, V2, false, "2"));
        box.exec("sh", "-c", "echo 'root:SECRET-OF-ROOT:1::::::' >/etc/shadow").ok();

        asAgent(box, attack.replace(" ASK", ASK)).ok();

        awaitRefusal(box, agent);
        assertThat(agent.read("package_statuses.json")).contains(message);
        assertThat(agent.runningVersion()).isEqualTo("v1");
        assertThat(box.exec("grep", "-rl", "SECRET-OF-ROOT", InstalledAgent.HOME, InstalledAgent.STATE)
                        .out())
                .isEmpty();
        assertListening(box);
    }

    /** It listens on after a flood, and takes no more than a day's worth of requests. */
    @Test
    void request_fiftyAtOnceAndTooOften_leavesTheTriggerAlive(Box box, Bundles bundles) throws IOException {
        InstalledAgent agent = install(box, bundles, false);
        download(box, bundle(bundles, V2, false, "2"));
        box.exec("sh", "-c", "for i in $(seq 23); do date +%s; done >" + InstalledAgent.STATE + "/requests")
                .ok();

        asAgent(box, "rm b.tar.gz.release; for i in $(seq 50); do true" + ASK + "; done")
                .ok();
        awaitRefusal(box, agent);
        asAgent(box, "true" + ASK).ok();

        Await.until(
                LIMIT,
                "the limit is reached",
                () -> agent.readOr("package_statuses.json", "").contains("24 requests within a day"));
        assertThat(agent.runningVersion()).isEqualTo("v1");
        assertThat(box.exec("sh", "-c", "wc -l <" + InstalledAgent.STATE + "/requests")
                        .ok())
                .isEqualTo("24");
        assertListening(box);
    }

    @Test
    void purge_removesTheTrigger(Box box, Bundles bundles) throws IOException {
        install(box, bundles, false);
        box.exec(FIRST + "/updater", "enroll").ok();
        assertListening(box);

        box.exec(FIRST + "/updater", "purge").ok();

        assertThat(box.exec("sh", "-c", "find /etc/systemd/system -name '*-updater*'")
                        .ok())
                .isEmpty();
        assertThat(box.exec("systemctl", "is-active", PREFIX + ".path").out().strip())
                .isNotEqualTo("active");
    }
}
