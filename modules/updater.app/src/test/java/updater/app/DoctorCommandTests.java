package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.api.service.ServiceManagerProvider.Detection;
import updater.api.service.ServiceManagerProvider.Fit;
import updater.api.service.ServiceState;
import updater.api.service.ServiceState.Activity;
import updater.app.DoctorCommand.Finding;
import updater.app.DoctorCommand.Findings;
import updater.app.host.Products;
import updater.state.document.PreviousVersion;
import updater.transaction.context.CheckResult;

final class DoctorCommandTests {
    private static final Product PRODUCT = Products.withServices(Map.of(
            "systemd",
            ProductEdit.spec(
                    "agent.service", "install/agent.service", Optional.of("/usr/lib/systemd/system/agent.service"))));

    @Test
    void text_everythingFound_isTheGoldenFile() {
        Findings found = new Findings(
                PRODUCT,
                new DoctorCommand.Where(
                        "the runtime's product.json",
                        "/opt/agent (the product's default)",
                        "/var/lib/agent-updater",
                        Path.of("/opt/agent/tmp/latest/updater-runtime"),
                        Optional.of(new PreviousVersion(
                                "id",
                                "v1",
                                "v2",
                                "",
                                Instant.parse("2026-01-02T03:04:05Z"),
                                new PreviousVersion.Kept(1, 12, 3456, true)))),
                new DoctorCommand.Now(
                        Optional.of("an update is UNFINISHED"),
                        Optional.empty(),
                        Optional.of(new AgentNow(new ServiceState(Activity.INACTIVE, 0, 0, "inactive"))),
                        List.of("/var/lib/agent-updater/history is damaged")),
                new DoctorCommand.Providers(
                        List.of(
                                new Finding("systemd", new Detection(Fit.RUNS, "/run/systemd/system exists")),
                                new Finding("sysv", new Detection(Fit.POSSIBLE, "/etc/init.d exists")),
                                new Finding("openrc", new Detection(Fit.ABSENT, "no /run/openrc"))),
                        Optional.of("systemd")),
                List.of(
                        new CheckResult(
                                "service",
                                "the service",
                                true,
                                List.of("edited, and not loaded yet"),
                                Optional.empty()),
                        new CheckResult(
                                "status file",
                                "what the agent says",
                                true,
                                List.of(),
                                Optional.of(new UpdateFailure.Refused(
                                        RefusalCode.STATUS_FILE_UNUSABLE, "it is missing", "Let the agent write it"))),
                        new CheckResult("definition", "the unit", false, List.of(), Optional.empty())),
                List.of("signed releases only"),
                List.of(new UpdateFailure.Refused(
                        RefusalCode.STATUS_FILE_UNUSABLE, "it is missing", "Let the agent write it")));

        assertThat(DoctorText.of(found)).isEqualTo(Golden.file("doctor.txt"));
    }

    @Test
    void text_nothingFound_saysWhatIsWrong() {
        Findings found = new Findings(
                PRODUCT,
                new DoctorCommand.Where(
                        "built in",
                        "unknown: no such directory\n",
                        "unknown",
                        Path.of("/usr/lib/jvm"),
                        Optional.empty()),
                DoctorCommand.Now.UNKNOWN,
                new DoctorCommand.Providers(List.of(), Optional.empty()),
                List.of(),
                List.of(),
                List.of(new UpdateFailure.Usage("no service manager was found\u001b[0m", "")));

        assertThat(DoctorText.of(found)).isEqualTo(Golden.file("doctor-nothing.txt"));
    }
}
