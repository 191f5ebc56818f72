package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.state.document.UpdateReport;

/** Updates in a row on one host, whose operator edits a file and the unit in between, and whose vendor drops a file. */
@SystemTest
final class ShippedFilesSystemTests {
    private static final String DROPPED = "lib/dropped.jar";
    private static final String TUNED = "lib/tuned.conf";
    private static final String OPERATORS = "/etc/systemd/system/" + InstalledAgent.UNIT;

    @TempDir
    Path scratch;

    private static BoxedUpdate.Offer offer(BoxedUpdate scenario, SampleAgent agent, String tuned, boolean dropped)
            throws IOException {
        BoxedUpdate.Offer offer = scenario.offer(agent.unitLine("# of " + agent.version()));
        Path lib = Files.createDirectories(offer.tree().resolve("lib"));
        Files.writeString(lib.resolve("tuned.conf"), tuned);
        if (!dropped) {
            Files.writeString(lib.resolve("dropped.jar"), "dropped later");
        }
        return offer;
    }

    @Test
    void updates_inARow_operatorsFilesStayAndDroppedOnesGo(Box box, Bundles bundles) throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        scenario.update(offer(scenario, SampleAgent.bindplane("v2"), "two", false))
                .assertUpdated("v2");

        edit(box, scenario);
        EndedUpdate third = scenario.update(offer(scenario, SampleAgent.bindplane("v3"), "three", false));
        assertUpdated(third, "v3");
        assertThat(third.report().warnings())
                .anyMatch(line -> line.endsWith(TUNED + ".orig"))
                .anyMatch(line -> line.contains(OPERATORS + " is an operator's own"));
        assertThat(scenario.agent().read(TUNED)).isEqualTo("three");
        assertThat(scenario.agent().read(TUNED + ".orig")).isEqualTo("the operator's");
        assertThat(box.read(OPERATORS)).contains("Environment=OF=operator");
        assertThat(box.read(InstalledAgent.UNIT_FILE)).contains("# of v3");
        assertThat(box.show(InstalledAgent.UNIT, "Environment")).isEqualTo("OF=operator");
        assertThat(scenario.updater("status").out()).contains("is an operator's own");

        // Fails without the file: it must be back as it was.
        scenario.update(offer(scenario, SampleAgent.bindplane("v4").behaving("exit-at-start 3"), "four", true))
                .assertRolledBack("failed")
                .assertProven();
        assertThat(scenario.agent().read(DROPPED)).isEqualTo("dropped later");

        EndedUpdate last = scenario.update(offer(scenario, SampleAgent.bindplane("v5"), "five", true));
        assertUpdated(last, "v5");
        assertThat(scenario.agent().home().resolve(DROPPED)).doesNotExist();
        assertThat(scenario.agent().read(TUNED)).isEqualTo("five");
        // Each version of the sample agent has a plugin of its own, too.
        assertThat(last.report().changes().files().removed()).isEqualTo(2);
    }

    /** The new version turns out to be bad days after it was committed, and its server offers it once more. */
    @Test
    void rollback_ofTheLastUpdate_isTheVersionBeforeAndRefusesTheOneThatWasTakenBack(Box box, Bundles bundles)
            throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        assertUpdated(scenario.update(offer(scenario, SampleAgent.bindplane("v2"), "two", false)), "v2");
        HostState before = HostState.of(box, scenario.agent());
        BoxedUpdate.Offer bad = offer(scenario, SampleAgent.bindplane("v3"), "three", true);
        Path bundle = scenario.bundle(bad);
        assertUpdated(scenario.update(bad, bundle), "v3");
        box.write(scenario.agent().inHome("storage/of-v3"), "written by v3", "rw-r--r--");
        assertThat(scenario.updater("status").out()).contains("previous     version v2, replaced ");

        Command.Result back = scenario.updater("rollback");

        assertThat(back.exit()).as(back + scenario.updaterLog()).isZero();
        assertThat(back.out()).contains("going back to version v2");
        HostState after = HostState.of(box, scenario.agent());
        assertThat(after.version()).isEqualTo("v2");
        assertThat(after.home()
                        .ignoringDirectoryTimes()
                        .changesSince(before.home().ignoringDirectoryTimes()))
                .containsExactly("storage/of-v3: new file");
        assertThat(box.read(InstalledAgent.UNIT_FILE)).contains("# of v2");
        assertThat(scenario.updater("status").out()).contains("the last update was taken back", "version v3");

        EndedUpdate again = scenario.update(bad, bundle);
        assertThat(again.report().explanation().refusalCode()).as(again.log()).isEqualTo("taken-back");
        assertThat(scenario.agent().runningVersion()).isEqualTo("v2");
    }

    /** An operator's definition in the place of the package's, and then in {@code /etc} as well: only the other one is changed. */
    @Test
    void rollback_ofAnUpdateThatLeftAnOperatorsDefinition_takesTheOneBesideBack(Box box, Bundles bundles)
            throws IOException {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, SampleAgent.bindplane("v1"));
        assertUpdated(scenario.update(offer(scenario, SampleAgent.bindplane("v2"), "two", false)), "v2");
        String vendors = box.read(InstalledAgent.UNIT_FILE);
        String operators = vendors + "\n[Service]\nEnvironment=OF=operator\n";
        box.write(InstalledAgent.UNIT_FILE, operators, "rw-r--r--");
        box.systemctl("daemon-reload");
        assertUpdated(scenario.update(offer(scenario, SampleAgent.bindplane("v3"), "three", false)), "v3");
        assertThat(box.read(InstalledAgent.UNIT_FILE + ".new")).contains("# of v3");

        goBack(scenario, "v2");

        assertThat(box.exists(InstalledAgent.UNIT_FILE + ".new")).isFalse();
        assertThat(box.read(InstalledAgent.UNIT_FILE)).isEqualTo(operators);

        box.write(OPERATORS, operators, "rw-r--r--");
        box.write(InstalledAgent.UNIT_FILE, vendors, "rw-r-----");
        box.systemctl("daemon-reload");
        assertUpdated(scenario.update(offer(scenario, SampleAgent.bindplane("v4"), "four", false)), "v4");
        assertThat(box.read(InstalledAgent.UNIT_FILE)).contains("# of v4");

        goBack(scenario, "v2");

        assertThat(box.read(InstalledAgent.UNIT_FILE)).isEqualTo(vendors);
        assertThat(box.exec("stat", "-c", "%a", InstalledAgent.UNIT_FILE).ok().strip())
                .isEqualTo("640");
        assertThat(box.read(OPERATORS)).isEqualTo(operators);
    }

    private static void goBack(BoxedUpdate scenario, String version) {
        Command.Result back = scenario.updater("rollback");
        assertThat(back.exit()).as(back + scenario.updaterLog()).isZero();
        assertThat(scenario.agent().runningVersion()).isEqualTo(version);
    }

    /** As {@code systemctl edit --full} leaves it. */
    private static void edit(Box box, BoxedUpdate scenario) {
        box.write(scenario.agent().inHome(TUNED), "the operator's", "rw-r--r--");
        box.write(
                OPERATORS, box.read(InstalledAgent.UNIT_FILE) + "\n[Service]\nEnvironment=OF=operator\n", "rw-r--r--");
        box.systemctl("daemon-reload");
        box.systemctl("restart", InstalledAgent.UNIT);
        scenario.agent().awaitRunning("v2");
    }

    private static void assertUpdated(EndedUpdate ended, String version) {
        assertThat(ended.report().outcome()).as(ended.log()).isEqualTo(UpdateReport.Outcome.UPDATED);
        assertThat(ended.after().version()).isEqualTo(version);
        assertThat(ended.after().activeState()).isEqualTo("active");
        ended.assertNothingLeft();
    }
}
