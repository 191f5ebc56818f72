package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import updater.api.conformance.ManualTicker;
import updater.api.service.ServiceManager;
import updater.testkit.PlainHostFiles;

/** As whom systemd runs a service. It prints no number of a user that it has not looked up. */
final class SystemdUserTests {
    @TempDir
    private Path root;

    @ParameterizedTest
    @CsvSource(textBlock = """
                    UID=65534 User=agent DynamicUser=no      | 65534
                    UID=61184 User=agent DynamicUser=yes     | 61184
                    UID=0 User=root DynamicUser=no           | 0
                    UID=[not/set] User= DynamicUser=no       | 0
                    User=                                    | 0
                    UID=[not/set] User=agent DynamicUser=no  |
                    UID=[not/set] User= DynamicUser=yes      |
                    """, delimiter = '|')
    void user_ofAUnit_isThatOfItsDefinition(String properties, @Nullable Long user) throws Exception {
        FakeSystemd systemd = new FakeSystemd();
        systemd.unit("agent.service", properties.replace("not/set", "not set").split(" +(?=[A-Z])"));
        ServiceManager agent = new SystemdProvider(root)
                .open(Contexts.context(
                        "agent",
                        root.resolve("home"),
                        systemd,
                        new PlainHostFiles(),
                        new ManualTicker(),
                        Contexts.PID));

        assertThat(agent.user()).isEqualTo(Optional.ofNullable(user));
    }
}
