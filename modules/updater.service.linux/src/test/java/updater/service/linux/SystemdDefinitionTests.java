package updater.service.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceManager;
import updater.testkit.PlainHostFiles;

class SystemdDefinitionTests {
    @TempDir
    Path directory;

    private final FakeSystemd systemd = new FakeSystemd();
    private Path root;
    private Path staged;
    private Path units;
    private ServiceManager agent;

    @BeforeEach
    void open() throws Exception {
        root = directory.toRealPath();
        units = Files.createDirectories(root.resolve("usr/lib/systemd/system"));
        Path home = root.resolve("ho%me");
        staged = home.resolve("tmp/latest");
        Files.createDirectories(staged.resolve("install"));
        agent = new SystemdProvider(root)
                .open(Contexts.context("agent", home, systemd, new PlainHostFiles(), new ManualTicker(), 1));
        systemd.unit("agent.service", "FragmentPath=/usr/lib/systemd/system/agent.service");
    }

    private void stage(String text) throws Exception {
        Files.writeString(staged.resolve("install/agent.service"), text);
    }

    private static DefinitionChange replace(Path target, String text) {
        return new DefinitionChange.ReplaceFile(target, Bytes.of(text.getBytes(UTF_8)), 0644);
    }

    @Test
    void compare_noneInTheBundle_none() throws Exception {
        assertThat(agent.compareDefinition(staged)).isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    void compare_sameBytes_none() throws Exception {
        stage("[Service]\n");
        Files.writeString(units.resolve("agent.service"), "[Service]\n");

        assertThat(agent.compareDefinition(staged)).isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    void compare_otherBytes_replacesWhereSystemdLoadsIt() throws Exception {
        stage("[Service]\nnew\n");
        Path file = Files.writeString(units.resolve("agent.service"), "[Service]\n");

        assertThat(agent.compareDefinition(staged)).isEqualTo(replace(file, "[Service]\nnew\n"));
        assertThat(systemd.ran).as("changes").isEmpty();
    }

    @Test
    void compare_pathThroughMergedUsr_isResolved() throws Exception {
        stage("new");
        Path file = Files.writeString(units.resolve("agent.service"), "old");
        Files.createSymbolicLink(root.resolve("lib"), Path.of("usr/lib"));
        systemd.unit("agent.service", "FragmentPath=/lib/systemd/system/agent.service");

        assertThat(agent.compareDefinition(staged)).isEqualTo(replace(file, "new"));
    }

    @Test
    void compare_linkedUnit_replacesWhatTheLinkPointsTo() throws Exception {
        stage("new");
        Path file = Files.writeString(root.resolve("real.service"), "old");
        Files.createSymbolicLink(units.resolve("agent.service"), file);

        assertThat(agent.compareDefinition(staged)).isEqualTo(replace(file, "new"));
    }

    @Test
    void compare_fileVanished_createsItInItsRealDirectory() throws Exception {
        stage("new");

        assertThat(agent.compareDefinition(staged)).isEqualTo(replace(units.resolve("agent.service"), "new"));
    }

    @Test
    void compare_systemdLoadsItFromNowhere_usesTheProductsPlace() throws Exception {
        stage("new");
        systemd.unit("agent.service", "FragmentPath=");

        assertThat(agent.compareDefinition(staged)).isEqualTo(replace(units.resolve("agent.service"), "new"));
    }

    @Test
    void compare_placeholder_isHomeWithSpecifiersEscaped() throws Exception {
        stage("WorkingDirectory=[INSTALLDIR]x\n# \u00e9\n");

        String expanded = "WorkingDirectory=" + root.toString().replace("%", "%%") + "/ho%%me/x\n# \u00e9\n";
        assertThat(agent.compareDefinition(staged)).isEqualTo(replace(units.resolve("agent.service"), expanded));
    }

    @Test
    void compare_generatedUnit_refused() throws Exception {
        stage("new");
        systemd.unit("agent.service", "FragmentPath=/run/systemd/generator.late/agent.service");

        assertThatThrownBy(() -> agent.compareDefinition(staged))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("/run/systemd/generator.late/agent.service");
    }

    @Test
    void compare_emptyDefinition_refusedBecauseItWouldMask() throws Exception {
        stage("");

        assertThatThrownBy(() -> agent.compareDefinition(staged))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("empty");
    }

    @Test
    void compare_linkOrDirectoryInTheBundle_refused() throws Exception {
        Files.createSymbolicLink(staged.resolve("install/agent.service"), Path.of("/etc/shadow"));
        assertThatThrownBy(() -> agent.compareDefinition(staged)).isInstanceOf(UpdateFailure.Refused.class);

        Files.delete(staged.resolve("install/agent.service"));
        Files.createDirectory(staged.resolve("install/agent.service"));
        assertThatThrownBy(() -> agent.compareDefinition(staged)).isInstanceOf(UpdateFailure.Refused.class);
    }
}
