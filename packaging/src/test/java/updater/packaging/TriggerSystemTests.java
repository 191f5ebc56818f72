package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An agent that runs as its own user in a sandbox, and owns its home, requests updates of a root that it may not become. What it
 * offers is made by {@code tools/bundle} and signed by signify; the units are those that {@code updater enroll} installs.
 */
@SystemTest
final class TriggerSystemTests {
    private static final String OFFER = InstalledAgent.HOME + "/tmp/offer";
    private static final String REQUEST = OFFER + "/request.json";
    private static final String SERVICE = SampleAgent.BINDPLANE + "-updater.service";
    private static final String LISTENER = SampleAgent.BINDPLANE + "-updater.path";
    private static final String ASK = "; printf '{\"bundle\": \"b.tar.gz\"}' >.new; mv .new request.json";
    private static final String ATTACKER = "attacker.service";
    private static final String LEASES = "/usr/local/bin/leases";

    /** Runs a script as the agent does: as its user, and in its sandbox. */
    private static Command.Result asAgent(Box box, String script) {
        List<String> command =
                new ArrayList<>(List.of("systemd-run", "--quiet", "--wait", "--pipe", "--uid=65534", "--gid=65534"));
        command.addAll(List.of("-p", "NoNewPrivileges=yes", "-p", "ProtectSystem=strict"));
        command.addAll(List.of("-p", "ReadWritePaths=" + InstalledAgent.HOME, "sh", "-c"));
        command.add("set -e; mkdir -p " + OFFER + "; cd " + OFFER + "; " + script);
        return box.exec(EnrolledAgent.LIMIT, command.toArray(String[]::new));
    }

    /** Gives the agent's user the bundle. */
    private static void download(Box box, EnrolledAgent enrolled) {
        enrolled.offer();
        asAgent(box, "cp %1$s b.tar.gz; cp %1$s.release b.tar.gz.release".formatted(EnrolledAgent.BUNDLE))
                .ok();
    }

    private static void awaitRefusal(Box box, EnrolledAgent enrolled) {
        awaitAnswer(enrolled);
        Await.until(
                EnrolledAgent.LIMIT,
                "the request is taken away",
                () -> box.exec("sh", "-c", "test -e $0 || test -h $0", REQUEST).exit() != 0);
    }

    private static void awaitAnswer(EnrolledAgent enrolled) {
        Await.until(
                EnrolledAgent.LIMIT,
                "the request is refused",
                () -> enrolled.status().contains("\"status\":3"));
    }

    private static void awaitUpdated(EnrolledAgent enrolled) {
        Await.until(
                EnrolledAgent.LIMIT,
                "the update ends",
                () -> enrolled.agent().readOr("log/updater-report.json", "").contains("\"outcome\": \"UPDATED\""));
        enrolled.agent().awaitRunning("v2");
    }

    private static void assertListening(Box box) {
        assertThat(box.exec("systemctl", "is-active", LISTENER).out().strip()).isEqualTo("active");
        assertThat(box.exec("systemctl", "is-failed", SERVICE).out().strip()).isNotEqualTo("failed");
    }

    @Test
    void request_forASignedBundle_updates(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, false);
        InstalledAgent agent = enrolled.agent();
        download(box, enrolled);

        asAgent(box, "true" + ASK).ok();

        awaitUpdated(enrolled);
        assertThat(box.exists(REQUEST)).isFalse();
        assertThat(enrolled.status()).contains("\"server_version\":\"v2\"", "\"status\":0");
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
            printf '{"bundle": "b.tar.gz"}' >.n; hold .n; mv .n request.json | a process holds a lease on it
            hold b.tar.gz; true ASK                                     | a process holds a lease on it
            hold b.tar.gz.release; true ASK                             | a process holds a lease on it
            cd ..; mv offer o; ln -s o offer; cd o; true ASK            | it does not lie in a directory
            """)
    void request_forWhatCannotBeBelieved_isRefused(String attack, String message, Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, false);
        download(box, enrolled);
        box.exec("sh", "-c", "echo 'root:SECRET-OF-ROOT:1::::::' >/etc/shadow").ok();
        compileLeases(box);

        attack(box, attack.replace(" ASK", ASK));

        awaitRefusal(box, enrolled);
        assertThat(enrolled.status()).contains(message);
        assertThat(box.exec("grep", "-rl", "SECRET-OF-ROOT", InstalledAgent.HOME, InstalledAgent.STATE)
                        .out())
                .isEmpty();
        assertRefusedAndListening(box, enrolled);
    }

    /** Lets the agent's user do something that goes on: holding leases, say. */
    private static void attack(Box box, String script) {
        box.exec("systemctl", "stop", ATTACKER);
        List<String> command =
                new ArrayList<>(List.of("systemd-run", "--quiet", "--collect", "--unit=" + ATTACKER, "--uid=65534"));
        command.addAll(List.of("--gid=65534", "sh", "-c", """
                set -e
                hold() {
                    %s "$@" >held &
                    until grep -q held held; do sleep 0.05; done
                }
                cd %s
                %s
                wait
                """.formatted(LEASES, OFFER, script)));
        box.exec(command.toArray(String[]::new)).ok();
    }

    private static void compileLeases(Box box) {
        Path source = Path.of(System.getProperty("basedir", ""), "src/test/c/leases.c")
                .toAbsolutePath();
        if (!box.exists(LEASES)) {
            Command.run(EnrolledAgent.LIMIT, "gcc", "-o", box.at(LEASES).toString(), source.toString())
                    .ok();
        }
    }

    /** The update's service waits for a while after its answer. What the agent put there stays the agent's. */
    private static void assertRefusedAndListening(Box box, EnrolledAgent enrolled) {
        box.exec("systemctl", "stop", ATTACKER);
        Await.until(
                EnrolledAgent.LIMIT,
                "the updater has ended",
                () -> box.exec("pgrep", "-f", "updater.app.Main").exit() != 0);
        enrolled.assertUntouched();
        assertListening(box);
    }

    /**
     * A directory that an agent or its operator keeps elsewhere: root follows no link there, so the request stays. It is
     * answered once, and then left alone until something changes.
     */
    @Test
    void request_throughALink_isAnsweredOnceAndTheServiceWaits(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, false);
        download(box, enrolled);

        asAgent(box, "cd ../..; rm -rf log/tmp; mv tmp log/tmp; ln -s log/tmp tmp; cd tmp/offer" + ASK)
                .ok();

        awaitAnswer(enrolled);
        assertThat(enrolled.status()).contains("it does not lie in a directory of home");
        String run = box.show(SERVICE, "InvocationID");
        String first = awaitPause(box, "");
        awaitPause(box, first);
        assertThat(box.show(SERVICE, "InvocationID")).isEqualTo(run);
        assertRefusedAndListening(box, enrolled);

        box.exec("sh", "-c", "rm \"$1/tmp\" && mv \"$1/log/tmp\" \"$1/tmp\"", "mend", InstalledAgent.HOME)
                .ok();
        asAgent(box, "true" + ASK).ok();
        awaitUpdated(enrolled);
    }

    /** Returns the process that the service waits for, once it is another one. */
    private static String awaitPause(Box box, String before) {
        String[] pause = {before};
        Await.until(EnrolledAgent.LIMIT, "the service pauses", () -> {
            pause[0] = box.exec("sh", "-c", "pgrep -x sleep -P \"$(systemctl show -P MainPID $0)\"", SERVICE)
                    .out()
                    .strip();
            return !pause[0].isEmpty() && !pause[0].equals(before);
        });
        return pause[0];
    }

    /** It listens on after a flood, and takes no more than a day's worth of requests. */
    @Test
    void request_fiftyAtOnceAndTooOften_leavesTheTriggerAlive(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, false);
        download(box, enrolled);
        box.exec("sh", "-c", "for i in $(seq 23); do date +%s; done >" + InstalledAgent.STATE + "/requests")
                .ok();

        asAgent(box, "rm b.tar.gz.release; for i in $(seq 50); do true" + ASK + "; done")
                .ok();
        awaitRefusal(box, enrolled);
        asAgent(box, "true" + ASK).ok();

        Await.until(
                EnrolledAgent.LIMIT,
                "the limit is reached",
                () -> enrolled.status().contains("24 requests within a day"));
        assertThat(box.exec("sh", "-c", "wc -l <" + InstalledAgent.STATE + "/requests")
                        .ok())
                .isEqualTo("24");
        assertRefusedAndListening(box, enrolled);
    }

    @Test
    void purge_removesTheTrigger(Box box, SignedBundles bundles) {
        EnrolledAgent.of(box, bundles, false);
        box.exec(EnrolledAgent.FIRST + "/updater", "enroll").ok();
        assertListening(box);

        box.exec(EnrolledAgent.FIRST + "/updater", "purge").ok();

        assertThat(box.exec("sh", "-c", "find /etc/systemd/system -name '*-updater*'")
                        .ok())
                .isEmpty();
        assertThat(box.exec("systemctl", "is-active", LISTENER).out().strip()).isNotEqualTo("active");
    }
}
