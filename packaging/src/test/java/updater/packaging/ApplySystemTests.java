package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.testkit.TreeSnapshot;

/**
 * An operator enrols the updater of a bundle and applies others with it, on a host whose agent runs as its own user and owns its
 * home. The bundles are made by {@code tools/bundle}, and signed by signify.
 */
@SystemTest
final class ApplySystemTests {
    private static final String UPDATER = InstalledAgent.STATE + "/updater";
    private static final String BUNDLE = EnrolledAgent.BUNDLE;
    private static final String FIRST = EnrolledAgent.FIRST;

    /** Then the one before, which a thief of old bundles would offer. */
    @Test
    void apply_aSignedBundle_updatesAndIsNotGoneBackFrom(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        InstalledAgent agent = enrolled.agent();
        String status = enrolled.status();
        String owner = box.exec("stat", "-c", "%u:%g:%a", agent.inHome("package_statuses.json"))
                .ok();
        enrolled.offer();

        Command.Result result = enrolled.apply(BUNDLE, "--json");

        assertThat(result.exit())
                .as(result + agent.readOr("log/updater.log", ""))
                .isZero();
        assertThat(result.out()).contains("\"outcome\": \"UPDATED\"");
        agent.awaitRunning("v2");
        assertThat(agent.read("VERSION").strip()).isEqualTo("v2");
        assertThat(status).contains("\"server_version\":\"v1\"");
        assertThat(enrolled.status()).contains("\"server_version\":\"v2\"", "\"status\":0");
        assertThat(box.exec("stat", "-c", "%u:%g:%a", agent.inHome("package_statuses.json"))
                        .ok())
                .isEqualTo(owner);
        assertThat(box.exec("stat", "-c", "%u", agent.inHome("agent")).ok()).isEqualTo("65534");
        enrolled.assertNothingLeft();

        EnrolledAgent.put(box, bundles.bundle(new SignedBundles.Release(EnrolledAgent.V1, true, 1)), "/srv/v1.tar.gz");
        Command.Result older = enrolled.apply("/srv/v1.tar.gz");
        assertThat(older.exit()).as(older.toString()).isEqualTo(5);
        assertThat(older.err()).contains("expected a counter of at least 2, which was installed, found 1");
        assertThat(agent.runningVersion()).isEqualTo("v2");
        enrolled.assertNothingLeft();
    }

    /** A look at the bundle tells what the update does, and leaves home, state and service as they were. */
    @Test
    void plan_aSignedBundle_tellsWhatApplyDoesAndChangesNothing(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        InstalledAgent agent = enrolled.agent();
        enrolled.offer();
        String status = enrolled.status();
        TreeSnapshot state =
                TreeSnapshot.of(box.at(InstalledAgent.STATE), name -> false).ignoringOwnTime();

        Command.Result planned = enrolled.updater("plan", BUNDLE, "--json");
        Command.Result read = enrolled.updater("plan", BUNDLE);

        assertThat(planned.exit()).as(planned.toString()).isZero();
        assertThat(read.exit()).as(read.toString()).isZero();
        assertThat(read.out()).contains("version      v2", "only the update itself can tell");
        assertThat(TreeSnapshot.of(box.at(InstalledAgent.STATE), name -> false)
                        .ignoringOwnTime()
                        .changesSince(state))
                .isEmpty();
        assertThat(enrolled.status()).isEqualTo(status);
        enrolled.assertUntouched();

        Command.Result applied = enrolled.apply(BUNDLE, "--json");

        assertThat(applied.exit())
                .as(applied + agent.readOr("log/updater.log", ""))
                .isZero();
        for (String count : List.of("replaced", "added", "removed", "unchanged", "preserved", "bytes")) {
            assertThat(number(planned.out(), count)).as(count).isEqualTo(number(applied.out(), count));
        }
        agent.awaitRunning("v2");

        // Its counter is taken: a plan of an older one says so, as its update would.
        EnrolledAgent.put(box, bundles.bundle(new SignedBundles.Release(EnrolledAgent.V1, true, 1)), "/srv/v1.tar.gz");
        Command.Result older = enrolled.updater("plan", "/srv/v1.tar.gz");
        assertThat(older.exit()).as(older.toString()).isEqualTo(5);
        assertThat(older.out()).contains("expected a counter of at least 2");
    }

    private static String number(String json, String member) {
        Matcher matcher = Pattern.compile("\"" + member + "\" *: *([0-9]+)").matcher(json);
        return matcher.find() ? matcher.group(1) : "none of " + member;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            truncate -s -100 B                                        @ the statement is about a bundle of
            printf X >>B                                              @ the statement is about a bundle of
            printf X | dd of=B bs=1 seek=9000000 conv=notrunc         @ expected a bundle with the SHA-256
            sed -i 's/^version v2/version v3/' B.release              @ the signature
            : >B.release                                              @ release statement:
            truncate -s 1G B.release                                  @ release
            head -c 300 B.release >x; mv x B.release                  @ release statement:
            cat B.release >>x; cat B.release >>x; mv x B.release      @ release statement:
            sed -i 's/$/\\r/' B.release                               @ release statement:
            rm B.release                                              @ signed releases are required
            rm B.release; mkfifo B.release                            @ expected a regular file
            mv B.release x; ln -s x B.release                         @ expected a regular file
            mv B B.there; mkfifo B                                    @ expected a regular file
            mv B B.there; ln -s B.there B                             @ expected a regular file
            mv B B.there; mknod B c 1 5                               @ expected a regular file
            rm B                                                      @ is not there
            """)
    void apply_whatIsNotAsItWasSigned_isRefused(String damage, String message, Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        enrolled.offer();
        box.exec("sh", "-c", "cd /srv; " + damage.replace("B", BUNDLE)).ok();

        assertRefused(enrolled, message, BUNDLE);
    }

    /** Signed, but about something else, or by somebody else. */
    @ParameterizedTest
    @CsvSource(delimiter = '@', textBlock = """
            s/^product .*/product other/                   @ signer   @ expected the product 'observiq-otel-collector', found 'other'
            s/^platform .*/platform linux-riscv64-glibc/   @ signer   @ found 'linux-riscv64-glibc'
            s/^expires .*/expires 2026-01-01T00:00:00Z/; s/^created .*/created 2025-12-01T00:00:00Z/ @ signer @ it expired at 2026-01-01 … Look at this host's clock
            s/^created .*/created 2090-01-01T00:00:00Z/; s/^expires .*/expires 2091-01-01T00:00:00Z/ @ signer @ it was created at 2090-01-01 … Look at this host's clock
            s/^keys .*/keys 7/                             @ signer   @ expected key list 7 or higher, found 1
            s/^manifest ...../manifest 00000/              @ signer   @ expected
            s/^sha256 ...../sha256 00000/                  @ signer   @ expected a bundle with the SHA-256
            s/^size /size 9/                               @ signer   @ the statement is about a bundle of
            s/^counter /counter x/                         @ signer   @ release statement: line
            $ a\\ more 1                                   @ signer   @ release statement:
            s/nothing//                                    @ stranger @ expected a signature by one of
            s/nothing//                                    @ root1    @ expected a signature by one of
            """)
    void apply_whatItsSignerDidNotSay_isRefused(
            String edit, String key, String message, Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        enrolled.offer();
        enrolled.offerStatement(edit.strip(), key.strip());

        assertRefused(enrolled, message, BUNDLE);
    }

    private static void assertRefused(EnrolledAgent enrolled, String message, String... arguments) {
        String status = enrolled.status();

        Command.Result result = enrolled.apply(arguments);

        assertThat(result.exit()).as(result.toString()).isEqualTo(5);
        assertThat(result.err()).contains(message.split(" … "));
        assertThat(enrolled.status()).isEqualTo(status);
        enrolled.assertUntouched();
    }

    /** It is longer, or another, than it was when its size was looked at; or as far as it had got by then. */
    @Test
    void apply_aBundleThatGrowsMeanwhile_isRefused(Box box, SignedBundles bundles) throws Exception {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        enrolled.offer();
        Process growing = box.start(Map.of(), "sh", "-c", "while :; do printf X; done >>" + BUNDLE);
        try {
            Command.Result result = enrolled.apply(BUNDLE);
            assertThat(result.exit()).as(result.toString()).isEqualTo(5);
            enrolled.assertUntouched();
        } finally {
            Box.programOf(growing).destroyForcibly();
            growing.waitFor();
        }
    }

    /** Root's own bundle needs no signature where the product asks for none; another user's does. */
    @Test
    void apply_anUnsignedBundle_isUpToWhoCouldHaveMadeIt(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, false);
        enrolled.offer();
        box.exec("sh", "-c", "rm B.release; chown 65534 B".replace("B", BUNDLE)).ok();
        assertRefused(enrolled, "belongs to user id 65534", BUNDLE, "--version", "v2");
        box.exec("chown", "0", BUNDLE).ok();
        assertRefused(enrolled, "--version", BUNDLE);
        box.exec(
                        "sh",
                        "-c",
                        "head -c -1000 B >/srv/cut.tar.gz; head -c 100000 B >/srv/head.tar.gz".replace("B", BUNDLE))
                .ok();
        assertRefused(enrolled, "/srv/cut.tar.gz", "/srv/cut.tar.gz", "--version", "v2");
        assertRefused(enrolled, "/srv/head.tar.gz", "/srv/head.tar.gz", "--version", "v2");

        Command.Result own = enrolled.apply(BUNDLE, "--version", "v2");

        assertThat(own.exit())
                .as(own + enrolled.agent().readOr("log/updater.log", ""))
                .isZero();
        enrolled.agent().awaitRunning("v2");
        enrolled.assertNothingLeft();
    }

    /** The statement beside it says which version it is, and the roots that it is verified by are its own. */
    @Test
    void apply_theFirstReleaseThatIsSigned_takesTheStatementBesideIt(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        enrolled.offer();
        box.exec("sh", "-c", """
                set -e
                cp -a "$1" /srv/plain
                rm -rf /srv/plain/release
                sed -i 's/"trust": *{[^}]*},\\{0,1\\}//' /srv/plain/updater-runtime/product.json
                "$2" purge
                /srv/plain/updater enroll
                """, "plain", FIRST, UPDATER).ok();
        box.exec("chown", "65534", BUNDLE + ".release").ok();
        Command.Result anybodys = enrolled.apply(BUNDLE);
        assertThat(anybodys.exit()).as(anybodys.toString()).isEqualTo(5);
        assertThat(anybodys.err()).contains("nothing says which version");
        box.exec("chown", "0", BUNDLE + ".release").ok();

        Command.Result signed = enrolled.apply(BUNDLE);

        assertThat(signed.exit())
                .as(signed + enrolled.agent().readOr("log/updater.log", ""))
                .isZero();
        enrolled.agent().awaitRunning("v2");
        assertThat(enrolled.updater("status").out()).contains("release ");
        enrolled.assertNothingLeft();
    }

    /** An unpacked tree, whose updater is another product's. */
    @Test
    void apply_theBundleOfAnotherProduct_isRefused(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, false);
        box.exec("sh", "-c", """
                mkdir -p /srv && cp -a "$1" /srv/tree && rm -rf /srv/tree/release &&
                    sed -i '0,/"name": *"[^"]*"/s//"name": "other"/' /srv/tree/updater-runtime/product.json
                """, "tree", FIRST).ok();

        assertRefused(
                enrolled,
                "the bundle is for the product 'other', expected 'observiq-otel-collector'",
                "/srv/tree",
                "--version",
                "v2");
    }

    @Test
    void apply_aNewAgentThatFails_isRolledBackAndReported(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        enrolled.offer(EnrolledAgent.V2.behaving("report failed"));

        Command.Result result = enrolled.apply(BUNDLE);

        assertThat(result.exit()).as(result.toString()).isEqualTo(1);
        enrolled.agent().awaitRunning("v1");
        assertThat(enrolled.status()).contains("\"status\":3");
        enrolled.assertNothingLeft();
    }

    /** It is killed while it unpacks, and while the updater of the bundle prepares. */
    @ParameterizedTest
    @CsvSource({".updater/offered", ".updater/rollback"})
    void apply_killed_isClearedUpByTheNext(String when, Box box, SignedBundles bundles) throws Exception {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        InstalledAgent agent = enrolled.agent();
        box.exec("dd", "if=/dev/urandom", "of=" + agent.inHome("storage/large"), "bs=1M", "count=150")
                .ok();
        enrolled.offer();

        Process started = box.start(Map.of(), UPDATER, "apply", BUNDLE);
        Await.until(EnrolledAgent.LIMIT, "it is at " + when, () -> box.exists(agent.inHome(when)));
        Box.programOf(started).destroyForcibly();
        started.waitFor();
        assertThat(agent.runningVersion()).isEqualTo("v1");

        Command.Result result = enrolled.apply(BUNDLE);

        assertThat(result.exit())
                .as(result + agent.readOr("log/updater.log", ""))
                .isZero();
        agent.awaitRunning("v2");
        enrolled.assertNothingLeft();
    }

    @Test
    void enrollAndPurge_twice_leaveTheAgentAlone(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);
        box.exec(FIRST + "/updater", "enroll").ok();
        enrolled.updater("enroll", "--from", FIRST).ok();
        enrolled.assertNothingLeft();
        assertThat(enrolled.updater("doctor").ok()).contains(InstalledAgent.HOME);

        Command.Result purged = enrolled.updater("purge");
        Command.Result again = box.exec(FIRST + "/updater", "purge");

        assertThat(purged.exit()).as(purged.toString()).isZero();
        assertThat(again.exit()).as(again.toString()).isZero();
        assertThat(box.exists(InstalledAgent.STATE)).isFalse();
        assertThat(box.exists(enrolled.agent().inHome(".updater"))).isFalse();
        assertThat(enrolled.agent().runningVersion()).isEqualTo("v1");
    }

    /** As in an image that is being built: packages are installed and removed there, too. */
    @Test
    void enrollAndPurge_whereNoServiceManagerRuns_sayWhatToDoAndLeaveNothing(Box box, SignedBundles bundles) {
        EnrolledAgent enrolled = EnrolledAgent.of(box, bundles, true);

        Command.Result enroll = nowhere(box, "enroll");

        assertThat(enroll.exit()).as(enroll.toString()).isEqualTo(5);
        assertThat(enroll.err()).contains("no service manager", "once the host has booted");
        enrolled.assertUntouched();

        Command.Result purge = nowhere(box, "purge");

        assertThat(purge.exit()).as(purge.toString()).isZero();
        assertThat(purge.err()).contains("systemd does not run here");
        assertThat(box.exists(InstalledAgent.STATE)).isFalse();
        assertThat(box.exec("sh", "-c", "find /etc/systemd/system -name '*-updater*'")
                        .ok())
                .isEmpty();
        assertThat(enrolled.agent().runningVersion()).isEqualTo("v1");
    }

    private static Command.Result nowhere(Box box, String command) {
        return box.exec(
                EnrolledAgent.LIMIT,
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs none /run && exec \"$@\"",
                "nowhere",
                FIRST + "/updater",
                command);
    }

    /** Whoever could have changed the bundle would have root run his programs. */
    @Test
    void enroll_aTreeOfAnotherUser_isRefused(Box box, SignedBundles bundles) {
        EnrolledAgent.of(box, bundles, true);
        String modules = FIRST + "/updater-runtime/lib/modules";
        box.exec("chown", "65534", modules).ok();
        box.exec("rm", "-rf", InstalledAgent.STATE).ok();

        Command.Result result = box.exec(FIRST + "/updater", "enroll");
        box.exec("chown", "0", modules).ok();

        assertThat(result.exit()).as(result.toString()).isEqualTo(5);
        assertThat(result.err()).contains("belongs to user id 65534");
        assertThat(box.exec("ls", "-A", InstalledAgent.STATE).out()).isEmpty();
    }
}
