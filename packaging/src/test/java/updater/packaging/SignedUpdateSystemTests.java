package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Product;
import updater.api.Trust;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.app.Program;
import updater.state.document.ProductJson;

/**
 * The packaged updater, run by root from a place of its own, on an agent whose home is another user's: what signify signed is
 * installed, root's service definition included, and nothing else is.
 */
@SystemTest
final class SignedUpdateSystemTests {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String UPDATER = "/srv/signed/updater";
    private static final String TRUST = InstalledAgent.STATE + "/trust";

    /** Makes two roots, a signing key and the key list. */
    private static final String KEYS = """
        set -eu
        for name in root1 root2 key; do
            signify-openbsd -G -n -c "$name" -p $name.pub -s $name.sec
        done
        key() { tail -n 1 "$1.pub"; }
        cat >list.txt <<END
        host-updater keys 1
        product observiq-otel-collector
        number 1
        created 2026-01-01T00:00:00Z
        threshold 2
        root $(key root1)
        root $(key root2)
        key 2026a $(key key) 2020-01-01T00:00:00Z 2090-01-01T00:00:00Z
        END
        signify-openbsd -S -s root1.sec -m list.txt -x list.1
        signify-openbsd -S -s root2.sec -m list.txt -x list.2
        cat list.1 list.2 list.txt >list
        """;

    @TempDir
    Path scratch;

    private Path product;

    @BeforeEach
    void makeKeys() throws IOException, UpdateFailure {
        shell(KEYS);
        try (InputStream builtIn = Program.class.getResourceAsStream("bindplane.json")) {
            Product plain = ProductJson.read(builtIn.readAllBytes(), "built in");
            Trust trust = new Trust(true, List.of(key("root1"), key("root2")), 2, 30);
            product = Files.write(scratch.resolve("product.json"), ProductJson.write(trusting(plain, trust)));
        }
    }

    private static Product trusting(Product plain, Trust trust) {
        return ProductEdit.of(plain).trust(trust).product();
    }

    private void shell(String script) throws IOException {
        Path file = Files.writeString(scratch.resolve("script"), "cd '" + scratch + "'\n" + script);
        Command.run(LIMIT, "sh", "-e", file.toString()).ok();
    }

    private String key(String name) throws IOException {
        return Files.readAllLines(scratch.resolve(name + ".pub")).get(1);
    }

    /** Builds the bundle of a version with the bundle tool, and signs for it. */
    private Path release(Bundles bundles, SampleAgent agent, int counter) throws IOException {
        Path tree = scratch.resolve("tree-" + counter);
        agent.writeBundleTree(tree);
        Path bundle = scratch.resolve("bundle-" + counter + ".tar.gz");
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exit = BuildBundle.run(
                List.of(
                        "--runtime",
                        bundles.runtimeTree().toString(),
                        "--product",
                        product.toString(),
                        "--version",
                        "v" + counter,
                        "--counter",
                        Integer.toString(counter),
                        "--keys",
                        scratch.resolve("list").toString(),
                        "--created",
                        "2026-01-01T00:00:00Z",
                        "--expires",
                        "2090-01-01T00:00:00Z",
                        bundle.toString(),
                        tree.toString()),
                out,
                out);
        assertThat(exit).as(said.toString(StandardCharsets.UTF_8)).isZero();
        shell("signify-openbsd -S -e -s key.sec -m " + bundle + ".release.unsigned -x " + bundle + ".release");
        return bundle;
    }

    /** Lets the agent's user have unpacked a bundle, with its statement, in a home that is his. */
    private static void stage(BoxedUpdate scenario, Path bundle, String version) throws IOException {
        scenario.stage(bundle);
        Path statement = bundle.resolveSibling(bundle.getFileName() + ".release");
        Files.copy(statement, scenario.agent().home().resolve("tmp/latest/release/statement"));
        scenario.writeStatus(
                BoxedUpdate.status(2).replace("\"server_version\":\"v2\"", "\"server_version\":\"" + version + "\""),
                "rw-------");
        scenario.box().exec("chown", "-R", "65534:65534", InstalledAgent.HOME).ok();
    }

    private static Command.Result update(BoxedUpdate scenario, String... command) {
        String[] all = new String[command.length + 3];
        all[0] = UPDATER;
        all[1] = "--home";
        all[2] = InstalledAgent.HOME;
        System.arraycopy(command, 0, all, 3, command.length);
        return scenario.box().exec(all);
    }

    @Test
    void update_ofAnAgentsHome_installsWhatIsSignedAndNothingElse(Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        box.exec("rm", "-rf", InstalledAgent.STATE).ok();
        SampleAgent v2 = SampleAgent.bindplane("v2").unitLine("# of the signed release");
        Path second = release(bundles, v2, 20);
        unpackUpdater(box, second);

        // Forged after it was signed for.
        stage(scenario, second, "v2");
        box.exec("sh", "-c", "echo '# forged' >>" + InstalledAgent.HOME + "/tmp/latest/install/" + InstalledAgent.UNIT)
                .ok();
        Command.Result forged = update(scenario);
        assertThat(forged.exit()).as(forged.toString()).isEqualTo(5);
        assertThat(forged.err()).contains("install/" + InstalledAgent.UNIT + " of the release is not");
        assertThat(scenario.agent().runningVersion()).isEqualTo("v1");

        // Not signed for at all.
        stage(scenario, second, "v2");
        scenario.agent().delete("tmp/latest/release/statement");
        Command.Result unsigned = update(scenario);
        assertThat(unsigned.exit()).as(unsigned.toString()).isEqualTo(5);
        assertThat(unsigned.err()).contains("signed releases are required");

        stage(scenario, second, "v2");
        Command.Result updated = update(scenario);
        assertThat(updated.exit()).as(updated + scenario.updaterLog()).isZero();
        assertThat(scenario.agent().runningVersion()).isEqualTo("v2");
        assertThat(box.read(InstalledAgent.UNIT_FILE)).contains("# of the signed release");
        assertThat(box.exists(InstalledAgent.HOME + "/release")).isFalse();
        assertThat(box.exec("ls", "-A", InstalledAgent.HOME + "/.updater").ok()).isEqualTo("previous");
        assertThat(box.read(TRUST)).contains("counter 20\nversion v20\n");
        assertThat(update(scenario, "status").out()).contains("v20, counter 20, signed with the key 2026a");

        downgradeIsAllowedOnce(scenario, release(bundles, SampleAgent.bindplane("v1"), 10));
    }

    private static void downgradeIsAllowedOnce(BoxedUpdate scenario, Path first) throws IOException {
        stage(scenario, first, "v1");
        Command.Result older = update(scenario);
        assertThat(older.exit()).as(older.toString()).isEqualTo(5);
        assertThat(older.err()).contains("expected a counter of at least 20", "allow-downgrade");
        assertThat(update(scenario, "allow-downgrade", "v10").exit()).isZero();
        assertThat(update(scenario, "doctor").out()).contains("may go back to v10");
        stage(scenario, first, "v1");
        Command.Result allowed = update(scenario);
        assertThat(allowed.exit()).as(allowed + scenario.updaterLog()).isZero();
        assertThat(scenario.agent().runningVersion()).isEqualTo("v1");
        assertThat(scenario.box().read(TRUST)).contains("counter 20\n", "allow-downgrade -\n");
    }

    private void unpackUpdater(Box box, Path bundle) throws IOException {
        Path tree = Files.createDirectory(scratch.resolve("updater"));
        Command.run(
                        LIMIT,
                        "tar",
                        "-xzf",
                        bundle.toString(),
                        "--no-same-owner",
                        "-C",
                        tree.toString(),
                        "updater",
                        "updater-runtime")
                .ok();
        box.place(tree, Path.of(UPDATER).getParent().toString());
    }
}
