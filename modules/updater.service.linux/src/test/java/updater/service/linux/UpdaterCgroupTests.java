package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.conformance.ManualTicker;
import updater.api.service.ServiceManager;
import updater.testkit.PlainHostFiles;

class UpdaterCgroupTests {
    private static final String GROUP = "/system.slice/agent.service";

    @TempDir
    Path root;

    private final FakeSystemd systemd = new FakeSystemd();
    private ServiceManager agent;

    @BeforeEach
    void open() {
        agent = new SystemdProvider(root)
                .open(Contexts.context(
                        "agent", root.resolve("home"), systemd, new PlainHostFiles(), new ManualTicker(), 4242));
        systemd.unit("agent.service", "ControlGroup=" + GROUP, "KillMode=control-group", "DropInPaths=");
    }

    private void member(String lines) throws Exception {
        Path process = Files.createDirectories(root.resolve("proc/4242"));
        Files.writeString(process.resolve("cgroup"), lines);
    }

    private void staged(String text) throws Exception {
        Path install = Files.createDirectories(root.resolve("home/tmp/latest/install"));
        Files.writeString(install.resolve("agent.service"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0::/system.slice/agent.service\n",
                "0::/system.slice/agent.service/nested/deeper\n",
                "9:name=systemd:/system.slice/agent.service\n8:pids:/\n0::/\n",
                "9:name=systemd:/system.slice/agent.service\n0::/system.slice/agent.service\n"
            })
    void stopKillsUpdater_insideTheGroup_saysWhy(String lines) throws Exception {
        member(lines);

        assertThat(agent.stopKillsUpdater())
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains(
                                "KillMode=control-group in agent.service", "systemd-run --scope", "KillMode=process"));

        systemd.unit("agent.service", "KillMode=mixed");
        assertThat(agent.stopKillsUpdater())
                .hasValueSatisfying(reason -> assertThat(reason).contains("KillMode=mixed"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0::/system.slice/run-r1.scope\n",
                "0::/system.slice/agent.service-2\n",
                "0::/system.slice\n",
                "4:memory:/system.slice/agent.service\n9:name=systemd:/user.slice\n0::/\n"
            })
    void stopKillsUpdater_outsideTheGroup_empty(String lines) throws Exception {
        member(lines);

        assertThat(agent.stopKillsUpdater()).isEmpty();
    }

    @Test
    void stopKillsUpdater_agentNotRunning_empty() throws Exception {
        systemd.unit("agent.service", "ControlGroup=");

        assertThat(agent.stopKillsUpdater()).isEmpty();
    }

    @Test
    void stopKillsUpdater_onlyTheMainProcessIsKilled_empty() throws Exception {
        member("0::" + GROUP + "\n");
        systemd.unit("agent.service", "KillMode=process");
        staged("[Service]\nKillMode=control-group\nKillMode = process\n");

        assertThat(agent.stopKillsUpdater()).isEmpty();
    }

    @Test
    void stopKillsUpdater_newDefinitionKillsAll_saysWhichOne() throws Exception {
        member("0::" + GROUP + "\n");
        systemd.unit("agent.service", "KillMode=process");
        staged("[Service]\nExecStart=/bin/agent\n");

        assertThat(agent.stopKillsUpdater())
                .hasValueSatisfying(reason -> assertThat(reason).contains("control-group in the new definition"));
    }

    @Test
    void stopKillsUpdater_dropInOutlivesTheNewDefinition_empty() throws Exception {
        member("0::" + GROUP + "\n");
        Path dropIn = Files.createDirectories(root.resolve("etc/systemd/system/agent.service.d"));
        Files.writeString(dropIn.resolve("kill.conf"), "[Service]\nKillMode=process\n");
        systemd.unit("agent.service", "KillMode=process", "DropInPaths=/etc/systemd/system/agent.service.d/kill.conf");
        staged("[Service]\nKillMode=control-group\n");

        assertThat(agent.stopKillsUpdater()).isEmpty();
    }
}
