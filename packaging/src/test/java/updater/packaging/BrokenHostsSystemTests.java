package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Broken hosts under systemd, each understood by what {@code status} and {@code doctor} print, and mended by the command that is
 * printed there, or by the runbook's.
 */
@SystemTest
final class BrokenHostsSystemTests {
    private static final SampleAgent V1 = SampleAgent.bindplane("v1");
    private static final SampleAgent V2 = SampleAgent.bindplane("v2");
    private static final SampleAgent V3 = SampleAgent.bindplane("v3");

    @TempDir
    Path scratch;

    /** An agent that was updated once: the host has an updater of its own. */
    private BoxedUpdate updatedOnce(Box box, Bundles bundles) {
        BoxedUpdate scenario = BoxedUpdate.install(box, bundles, scratch, V1);
        scenario.update(V2).assertUpdated("v2");
        return scenario;
    }

    /** What the agent would have announced. */
    private static Printed update(BoxedUpdate scenario, SampleAgent offered) {
        scenario.writeStatus(BoxedUpdate.status(2).replace("v2", offered.version()), "rw-------");
        EndedUpdate ended = scenario.updateByHand(scenario.offer(offered));
        return new Printed(ended.exit().orElseThrow(), ended.output());
    }

    private static Printed type(Box box, String line) {
        return Printed.of(box.exec("sh", "-c", line));
    }

    private static Printed status(BoxedUpdate scenario) {
        return Printed.of(scenario.updater("status"));
    }

    private static Printed doctor(BoxedUpdate scenario) {
        return Printed.of(scenario.updater("doctor"));
    }

    private static void assertMended(BoxedUpdate scenario) {
        update(scenario, V3).says(0);
        scenario.agent().awaitRunning("v3");
        doctor(scenario).says(0);
    }

    @Test
    void serviceMissing(Box box, Bundles bundles) {
        BoxedUpdate scenario = updatedOnce(box, bundles);
        box.exec("mv", InstalledAgent.UNIT_FILE, "/srv/unit").ok();
        box.systemctl("daemon-reload");
        box.systemctl("stop", InstalledAgent.UNIT);

        update(scenario, V3).says(5, "service-missing");
        status(scenario).says(5, "refused, nothing changed", "service-missing");
        Printed doctor = doctor(scenario).says(5, InstalledAgent.UNIT, "[service-missing]");
        assertThat(Runbook.of("service-missing")).contains("install the service", "`systemctl daemon-reload`");

        box.exec("mv", "/srv/unit", InstalledAgent.UNIT_FILE).ok();
        type(box, doctor.command("systemctl daemon-reload")).says(0);
        box.systemctl("start", InstalledAgent.UNIT);
        assertMended(scenario);
    }

    @Test
    void fileImmutable(Box box, Bundles bundles) {
        BoxedUpdate scenario = updatedOnce(box, bundles);
        box.exec("chattr", "+i", scenario.agent().inHome("plugins/common.yaml")).ok();
        try {
            Printed refused = update(scenario, V3).says(5, "plugins/common.yaml", "file-immutable");
            doctor(scenario).says(5, "[file-immutable]");
            assertThat(Runbook.of("file-immutable")).contains("`chattr` of the message");

            type(box, refused.command("chattr -i [^']+")).says(0);
            assertMended(scenario);
        } finally {
            box.exec("chattr", "-i", scenario.agent().inHome("plugins/common.yaml"));
        }
    }

    /** A bundle that somebody else has signed. */
    @Test
    void wrongKey(Box box, SignedBundles bundles) {
        EnrolledAgent agent = EnrolledAgent.of(box, bundles, true);
        agent.offer();
        agent.offerStatement("s/^/&/", "stranger");

        Printed refused = Printed.of(agent.apply(EnrolledAgent.BUNDLE)).says(5, "release-not-believed");
        Printed.of(agent.updater("status")).says(5, "release-not-believed", "vendor");
        assertThat(Runbook.of("release-not-believed"))
                .contains("get it anew from its vendor", "`updater apply BUNDLE`");

        agent.offer();
        String again = refused.command("/\\S+/updater apply [^' ]+");
        type(box, again).says(0);
        agent.agent().awaitRunning("v2");
    }
}
