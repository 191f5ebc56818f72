package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
        BoxedUpdate.Offer offer = scenario.offer(to);
        Path program = Files.createDirectories(offer.tree().resolve("lib")).resolve("migrate");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path file = Files.write(scratch.resolve("product.json"), ProductJson.write(described));
        Path bundle = scratch.resolve(to.version() + ".tar.gz");
        new UpdateBundle(offer.tree(), bundles.runtimeTree(), Optional.of(file), UpdateBundle.DEFAULT_MODIFIED)
                .write(bundle);
        return scenario.update(offer, bundle);
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
}
