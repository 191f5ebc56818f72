package updater.app.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import updater.api.FileRules.OutsideFile;
import updater.api.HomeRule;
import updater.api.HomeRule.HomeOverride;
import updater.api.Os;
import updater.api.Product;
import updater.api.UpdateFailure;
import updater.api.conformance.ProductEdit;
import updater.state.document.ProductJson;

class BindplaneDescriptorTests {
    private static byte[] descriptor() throws IOException {
        try (InputStream in = BindplaneDescriptorTests.class.getResourceAsStream("/updater/app/bindplane.json")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    private static Product product() throws IOException, UpdateFailure.Usage {
        return ProductJson.read(descriptor(), "bindplane.json");
    }

    @Test
    void descriptor_isWrittenInFull() throws IOException, UpdateFailure.Usage {
        assertThat(new String(ProductJson.write(product()), StandardCharsets.UTF_8))
                .isEqualTo(new String(descriptor(), StandardCharsets.UTF_8));
    }

    @Test
    void descriptor_hasTheNameThatVersionPrints() throws IOException, UpdateFailure.Usage {
        assertThat(product().name()).isEqualTo(ProductDescriptor.BUILT_IN_NAME);
    }

    @Test
    void descriptor_namesTheServiceForEveryManager() throws IOException, UpdateFailure.Usage {
        String script = "install/observiq-otel-collector";
        assertThat(product().services())
                .containsOnlyKeys("systemd", "sysv", "openrc", "launchd", "windows")
                .containsEntry(
                        "systemd",
                        ProductEdit.spec(
                                "observiq-otel-collector.service",
                                script + ".service",
                                Optional.of("/usr/lib/systemd/system/observiq-otel-collector.service")))
                .containsEntry(
                        "sysv",
                        ProductEdit.spec(
                                "observiq-otel-collector", script, Optional.of("/etc/init.d/observiq-otel-collector")))
                .containsEntry(
                        "launchd",
                        ProductEdit.spec(
                                "com.observiq.collector",
                                "install/com.observiq.collector.plist",
                                Optional.of("/Library/LaunchDaemons/com.observiq.collector.plist")))
                .containsEntry(
                        "windows",
                        ProductEdit.spec("observiq-otel-collector", "install/windows_service.json", Optional.empty()));
    }

    @Test
    void descriptor_holdsTheContractWithTheAgent() throws IOException, UpdateFailure.Usage {
        Product product = product();

        assertThat(product.health().status().packageName()).isEqualTo("observiq-otel-collector");
        assertThat(product.health().status().file()).isEqualTo("package_statuses.json");
        assertThat(product.files().mutable()).containsExactly("log/", "tmp/", "package_statuses.json");
        assertThat(product.files().preserved())
                .containsExactlyInAnyOrder("config.yaml", "logging.yaml", "manager.yaml");
        assertThat(product.files().outside())
                .containsExactly(new OutsideFile(
                        "opentelemetry-java-contrib-jmx-metrics.jar", "../opentelemetry-java-contrib-jmx-metrics.jar"));
        assertThat(product.health().window()).isEqualTo(Duration.ofSeconds(10));
        assertThat(product.places().home())
                .extractingByKey(Os.LINUX)
                .isEqualTo(new HomeRule(
                        Path.of("/opt/observiq-otel-collector"),
                        List.of(
                                new HomeOverride.EnvironmentFile(
                                        Path.of("/etc/default/observiq-otel-collector"), "BDOT_CONFIG_HOME"),
                                new HomeOverride.EnvironmentFile(
                                        Path.of("/etc/sysconfig/observiq-otel-collector"), "BDOT_CONFIG_HOME"))));
    }
}
