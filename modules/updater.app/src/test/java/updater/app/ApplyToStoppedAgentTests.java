package updater.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import updater.api.Os;
import updater.app.host.Host;

/** The agent was stopped before its update: whoever applies that is told whether it runs now. A real one, without a manager. */
@Timeout(60)
final class ApplyToStoppedAgentTests extends OperatorsHost {
    private static final String STAYS = "the new version is in place; the agent was stopped before, and stays so";

    private Path bundle;

    @BeforeEach
    void install() throws IOException {
        Host host = Host.real();
        assumeTrue(host.system().os() == Os.LINUX && host.user().uid() == 0, "'apply' is root's, on Linux");
        bundle = Files.createDirectory(directory.toRealPath().resolve("bundle"));
        for (Path tree : new Path[] {home, bundle}) {
            Path agent = Files.writeString(tree.resolve("agent"), "#!/bin/sh\nexec sleep 300 # " + tree + "\n");
            Files.setPosixFilePermissions(agent, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.createDirectory(tree.resolve("install"));
            Files.writeString(tree.resolve("install/agent.process"), "command = [INSTALLDIR]agent\n");
        }
        Files.copy(home.resolve("install/agent.process"), home.resolve("agent.process"));
        Files.createDirectory(home.resolve("log"));
    }

    @AfterEach
    void end() throws IOException {
        Path pidFile = home.resolve("log/agent.pid");
        if (Files.exists(pidFile)) {
            ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).getFirst()))
                    .ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private void apply(boolean startWhenStopped, String... more) throws IOException {
        Files.writeString(product, """
            {"name": "agent", "package": "agent", "home": {"linux": {"directory": "/opt/agent"}},
             "state-directory": {"linux": "%s"}, "policy": {"start-when-stopped": %s},
             "health": {"probes": [{"running": {"for-ms": 100}}]},
             "services": {"process": {"name": "agent", "definition": "install/agent.process",
                                      "installed": "[INSTALLDIR]agent.process"}}}
            """.formatted(state, startWhenStopped));
        String[] words = {"apply", bundle.toString(), "--version", "v2", "--service-manager", "process"};
        String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        assertThat(run(all)).as(this::printed).isZero();
        assertThat(home.resolve("agent")).hasSameTextualContentAs(bundle.resolve("agent"));
    }

    @Test
    void apply_agentWasStopped_saysThatItStaysSo() throws IOException {
        apply(false);

        assertThat(printed())
                .isEqualTo("updater: " + STAYS + "\n         Start it as it is always started; '" + state
                        + "/updater status' says whether it runs\n");
        assertThat(home.resolve("log/agent.pid")).doesNotExist();
    }

    @Test
    void applyJson_agentWasStopped_hasItBesideTheReport() throws IOException {
        apply(false, "--json");

        assertThat(printed()).contains(STAYS, "\"active_after\": false", "\"activity\": \"inactive\"");
    }

    @Test
    void apply_agentIsStartedThough_doesNotSayThatItStaysStopped() throws IOException {
        apply(true);

        assertThat(printed()).isEmpty();
        assertThat(home.resolve("log/agent.pid")).exists();
    }
}
