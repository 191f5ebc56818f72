package updater.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A running agent that could be stopped, but not started again: it is found before the stop. */
final class UnstartableSystemTests extends OnUnprivilegedHost {
    private static final SampleAgent V3 = UnprivilegedHost.agent("v3");

    @BeforeEach
    void update() {
        host.install(V1);
        update(V2).says(0);
        host.awaitRunning("v2");
    }

    private Printed update(SampleAgent offered) {
        host.stage(offered);
        return Printed.of(host.updater());
    }

    private Printed doctor() {
        return Printed.of(host.updater("doctor"));
    }

    /** As when the agent's interpreter has moved. What an operator has made of the definition stays: no bundle mends it. */
    @Test
    void definitionBroken_isRefusedAndTheAgentRunsOn() throws Exception {
        Path definition = host.home().resolve("agent.process");
        String works = Files.readString(definition);
        Files.writeString(definition, works.replaceFirst("command *= *\\S+", "command = /bin/none"));

        doctor().says(5, "/bin/none is not there", "[service-broken]");
        assertThat(Runbook.of("service-broken")).contains("could be stopped, but not started again");
        update(V3).says(5, "/bin/none is not there", "[service-broken]", definition.toString());
        host.awaitRunning("v2");

        Files.writeString(definition, works);
        update(V3).says(0);
        host.awaitRunning("v3");
        doctor().says(0);
    }

    @Test
    void logReadOnly_isRefusedAndTheAgentRunsOn() {
        Printed.of(host.type("chmod a-w log")).says(0);

        doctor().says(5, "log cannot be written", "[not-writable]");
        update(V3).says(5, "not started again", "log cannot be written", "[not-writable]");
        host.awaitRunning("v2");
        assertThat(host.processes()).isNotEmpty();

        Printed.of(host.type("chmod u+w log")).says(0);
        update(V3).says(0);
        host.awaitRunning("v3");
    }
}
