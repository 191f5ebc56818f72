package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Probe;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.api.VendorCommands;
import updater.api.VendorCommands.Migration;
import updater.api.conformance.ProductEdit;
import updater.app.Program;
import updater.state.document.ProductJson;

/** A new version that reads the operator's configuration in another form, under a real systemd. */
@SystemTest
final class MigrationSystemTests {
    private static final String CONFIG = "config.yaml";
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");

    @TempDir
    Path scratch;

    private BoxedUpdate installed(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        box.write(scenario.agent().inHome(CONFIG), "receivers: old\n", "rw-r-----");
        box.exec("chgrp", "daemon", scenario.agent().inHome(CONFIG)).ok();
        return scenario;
    }

    private EndedUpdate update(BoxedUpdate scenario, Bundles bundles, SampleAgent to, String script)
            throws IOException, UpdateFailure {
        BoxedUpdate.Offer offer = scenario.offer(to);
        return scenario.update(offer, bundle(offer, bundles, script));
    }

    private Path bundle(BoxedUpdate.Offer offer, Bundles bundles, String script) throws IOException, UpdateFailure {
        Product product;
        try (InputStream builtIn = Program.class.getResourceAsStream("bindplane.json")) {
            product = ProductJson.read(builtIn.readAllBytes(), "built in");
        }
        Migration migration = new Migration(
                CONFIG,
                new Probe.Command(List.of("[STAGED]lib/migrate", "[INSTALLDIR]" + CONFIG), Duration.ofSeconds(20)));
        Product described = ProductEdit.of(product)
                .commands(VendorCommands.NONE.migrating(List.of(migration)))
                .product();
        Path program = Files.createDirectories(offer.tree().resolve("lib")).resolve("migrate");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path file = Files.write(scratch.resolve("product.json"), ProductJson.write(described));
        return Bundles.write(
                offer.tree(),
                bundles.runtimeTree(),
                file,
                scratch.resolve(offer.agent().version() + ".tar.gz"));
    }

    @Test
    void update_migratesTheOperatorsFile_andGoingBackBringsItBack(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = installed(box, bundles);

        EndedUpdate ended = update(scenario, bundles, V2, "sed 's/old/new/' \"$1\"");

        assertThat(ended.after().version()).as(ended.log()).isEqualTo("v2");
        assertThat(scenario.agent().read(CONFIG)).isEqualTo("receivers: new\n");
        assertThat(box.exec("stat", "-c", "%a %G", scenario.agent().inHome(CONFIG))
                        .ok()
                        .strip())
                .isEqualTo("640 daemon");

        Command.Result back = scenario.updater("rollback");

        assertThat(back.exit()).as(back + scenario.updaterLog()).isZero();
        scenario.agent().awaitRunning("v1");
        assertThat(scenario.agent().read(CONFIG)).isEqualTo("receivers: old\n");
        assertThat(scenario.agent().read(CONFIG + ".orig")).isEqualTo("receivers: new\n");
    }

    @Test
    void update_thatFails_hasTheOperatorsFileBack(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = installed(box, bundles);

        EndedUpdate ended = update(scenario, bundles, V2.behaving("report failed"), "sed 's/old/new/' \"$1\"");

        ended.assertRolledBack("the new agent reported").assertProven().assertNothingLeft();
        assertThat(scenario.agent().read(CONFIG)).isEqualTo("receivers: old\n");
    }

    @Test
    void migration_thatFails_refusesTheUpdateAndTheAgentRunsOn(Box box, Bundles bundles) throws Exception {
        BoxedUpdate scenario = installed(box, bundles);

        EndedUpdate ended = update(scenario, bundles, V2, "echo 'line 1: what is old?' >&2; exit 3");

        ended.assertRefused("config.yaml could not be migrated for the new version");
        assertThat(ended.log()).contains("line 1: what is old?");
        assertThat(ended.after().mainPid()).isEqualTo(ended.before().mainPid());
    }

    /** What the agent's user runs as the main process of his service is up to him: here it is passwd, waiting for a password. */
    @Test
    void update_agentBecameAProgramWithSetIdBits_runsTheCommandAsTheAgentsUser(Box box, Bundles bundles)
            throws Exception {
        BoxedUpdate scenario = installed(box, bundles);
        box.write(
                "/etc/systemd/system/" + InstalledAgent.UNIT + ".d/user.conf",
                "[Service]\nUser=65534\nGroup=65534\n",
                "rw-r--r--");
        scenario.writeStatus(BoxedUpdate.status(0), "rw-------");
        Path bundle = bundle(scenario.offer(V2), bundles, "id -u; id -g; exit 0");
        box.place(bundle, "/srv/v2.tar.gz");
        box.exec("sh", "-ec", """
                systemctl daemon-reload
                mkdir /srv/v2
                tar -xzf /srv/v2.tar.gz -C /srv/v2 --no-same-owner
                /srv/v2/updater enroll
                cd "$1"
                mkfifo waits
                printf '#!/bin/sh\\nexec passwd <>waits\\n' >agent
                chown -R 65534:65534 .
                systemctl restart "$2"
                """, "become", scenario.agent().inHome(""), InstalledAgent.UNIT)
                .ok();
        Await.until(
                Duration.ofSeconds(20),
                "the agent is passwd",
                () -> box.exec("grep", "^Uid:", "/proc/" + box.show(InstalledAgent.UNIT, "MainPID") + "/status")
                        .out()
                        .startsWith("Uid:\t65534\t0\t"));

        Command.Result applied = box.exec(
                Duration.ofMinutes(2), InstalledAgent.STATE + "/updater", "apply", "/srv/v2.tar.gz", "--version", "v2");

        assertThat(applied.exit()).as(applied + scenario.updaterLog()).isZero();
        assertThat(scenario.agent().read(CONFIG)).isEqualTo("65534\n65534\n");
    }
}
