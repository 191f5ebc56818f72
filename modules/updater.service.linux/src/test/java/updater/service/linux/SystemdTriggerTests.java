package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.service.Trigger;
import updater.testkit.PlainHostFiles;

class SystemdTriggerTests {
    private static final List<String> COMMAND = List.of("/var/lib/probe-updater/updater", "apply", "--request");

    @TempDir
    Path root;

    private final FakeSystemd systemd = new FakeSystemd();
    private final PlainHostFiles files = new PlainHostFiles();
    private Path units;

    @BeforeEach
    void makeUnits() throws Exception {
        units = Files.createDirectories(root.resolve("etc/systemd/system"));
    }

    private Trigger trigger(String home) {
        return new SystemdProvider(root)
                .open(Contexts.context("agent", root.resolve(home), systemd, files, new ManualTicker(), 1))
                .trigger()
                .orElseThrow();
    }

    @Test
    void install_writesBothUnits_andListensNowAndAtBoot() throws Exception {
        trigger("ho me%").install(COMMAND);

        assertThat(Files.readString(units.resolve("probe-updater.path")))
                .contains("PathExists=" + root + "/ho me%%/tmp/offer/request.json\n");
        assertThat(Files.readString(units.resolve("probe-updater.service")))
                .contains(
                        "Type=oneshot\n",
                        "StartLimitIntervalSec=0\n",
                        "TimeoutStartSec=3600\n",
                        "After=local-fs.target agent.service\n",
                        "\"/var/lib/probe-updater/updater\" \"apply\" \"--request\"\n");
        assertThat(Files.readSymbolicLink(units.resolve("multi-user.target.wants/probe-updater.path")))
                .isEqualTo(Path.of("../probe-updater.path"));
        assertThat(systemd.ran).containsExactly("start -- probe-updater.path");
    }

    @Test
    void install_again_reloadsForOtherTextOnly() throws Exception {
        trigger("home").install(COMMAND);
        trigger("home").install(COMMAND);
        assertThat(systemd.ran).containsExactly("start -- probe-updater.path", "start -- probe-updater.path");

        trigger("moved").install(COMMAND);

        assertThat(systemd.ran).endsWith("daemon-reload ", "start -- probe-updater.path");
    }

    @Test
    void remove_leavesNoTrace_andStopsListening() throws Exception {
        trigger("home").install(COMMAND);
        systemd.unit("probe-updater.path", "LoadState=loaded", "ActiveState=active");
        systemd.ran.clear();

        trigger("home").remove();

        assertThat(units.resolve("probe-updater.path")).doesNotExist();
        assertThat(units.resolve("probe-updater.service")).doesNotExist();
        assertThat(Files.exists(units.resolve("multi-user.target.wants/probe-updater.path"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(systemd.ran).containsExactly("stop -- probe-updater.path", "daemon-reload ");
    }

    @Test
    void remove_whereThereIsNone_doesNothing() throws Exception {
        trigger("home").remove();

        assertThat(systemd.ran).isEmpty();
    }

    @Test
    void install_homeWithALineBreak_isRefused() {
        assertThatThrownBy(() -> trigger("ho\nme").install(COMMAND))
                .isInstanceOf(UpdateFailure.Service.class)
                .hasMessageContaining("control character");
    }
}
