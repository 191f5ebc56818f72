package updater.service.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.service.Commands;
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
    void compare_bundlesUnitRefusesCommands_isRefused() throws Exception {
        Files.writeString(units.resolve("agent.service"), "[Service]\n");
        for (String setting : List.of("RefuseManualStart=yes", " RefuseManualStop = On ", "RefuseManualStart=1")) {
            stage("[Unit]\n" + setting + "\n[Service]\n");

            assertThatThrownBy(() -> agent.compareDefinition(staged))
                    .isInstanceOf(UpdateFailure.Refused.class)
                    .hasMessageContaining(setting.replace(" ", ""));
        }
        stage("[Unit]\n# RefuseManualStart=yes\nRefuseManualStop=no\n[Service]\n");
        assertThat(agent.compareDefinition(staged)).isInstanceOf(DefinitionChange.ReplaceFile.class);
    }

    private boolean beforeStop(String before, String after, String... properties) throws Exception {
        stage(after);
        Files.writeString(units.resolve("agent.service"), before);
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("FragmentPath=/usr/lib/systemd/system/agent.service");
        systemd.unit("agent.service", all.toArray(String[]::new));
        return ((DefinitionChange.ReplaceFile) agent.compareDefinition(staged)).beforeStop();
    }

    @Test
    void compare_sameStopOfWhatIsLoaded_mayComeBeforeTheStop() throws Exception {
        String before = "[Service]\nExecStart=/a\n";
        String after = "[Service]\nExecStart=/b\n";
        assertThat(beforeStop(before, after, "NeedDaemonReload=no")).isTrue();
        assertThat(beforeStop(before, after + "KillMode=none\n", "NeedDaemonReload=no"))
                .isFalse();
        // What is on the disk is not what is loaded.
        assertThat(beforeStop(before, after, "NeedDaemonReload=yes")).isFalse();
        assertThat(beforeStop(before, after)).isFalse();
    }

    /** A drop-in may have it. */
    @Test
    void compare_stoppingRunsACommand_theEnvironmentDecides() throws Exception {
        String before = "[Service]\nExecStart=/a\n";
        String after = before + "Environment=A=1\n";
        assertThat(beforeStop(before, after, "NeedDaemonReload=no")).isTrue();
        for (String command : List.of("ExecStop", "ExecStopPost")) {
            assertThat(beforeStop(before, after, "NeedDaemonReload=no", command + "={ path=/bin/true }"))
                    .isFalse();
        }
    }

    @Test
    void compare_pathThroughMergedUsr_isResolved() throws Exception {
        stage("new");
        Path file = Files.writeString(units.resolve("agent.service"), "old");
        Files.createSymbolicLink(root.resolve("lib"), Path.of("usr/lib"));
        systemd.unit("agent.service", "FragmentPath=/lib/systemd/system/agent.service");

        assertThat(agent.compareDefinition(staged)).isEqualTo(replace(file, "new"));
    }

    private Optional<Path> packaged() throws Exception {
        return ((DefinitionChange.ReplaceFile) agent.compareDefinition(staged)).packaged();
    }

    @Test
    void compare_operatorsUnitHidesThePackages_namesThat() throws Exception {
        stage("new");
        Path operators = Files.createDirectories(root.resolve("etc/systemd/system"));
        Files.writeString(operators.resolve("agent.service"), "the operator's");
        systemd.unit("agent.service", "FragmentPath=/etc/systemd/system/agent.service");
        assertThat(packaged()).as("nothing is hidden").isEmpty();

        Path file = Files.writeString(units.resolve("agent.service"), "the package's");
        assertThat(packaged()).contains(file);

        // As systemctl link makes it: there is one file.
        Files.delete(operators.resolve("agent.service"));
        Files.createSymbolicLink(operators.resolve("agent.service"), file);
        assertThat(packaged()).isEmpty();
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

    private String rendered(String installed, String template) throws Exception {
        stage(template);
        Files.writeString(units.resolve("agent.service"), installed);
        return switch (agent.compareDefinition(staged)) {
            case DefinitionChange.None none -> "the same";
            case DefinitionChange.ReplaceFile file -> new String(file.content().toArray(), UTF_8);
            case DefinitionChange.Configure other -> throw new AssertionError(other);
        };
    }

    @Test
    void compare_accountOfTheInstalledUnit_isPutIn() throws Exception {
        String template = "[Service]\nUser=[USER]\nGroup=[GROUP]\nExecStartPre=+chown [USER]:[GROUP] /x\n";
        String own = template.replace("[USER]", "bdot").replace("[GROUP]", "staff");

        assertThat(rendered(own, template)).isEqualTo("the same");
        assertThat(rendered(own, template + "Nice=1\n")).isEqualTo(own + "Nice=1\n");
        assertThat(rendered("[Service]\nUser=a\n[Install]\nUser=no\n[Service]\nUser=%p\nGroup=x\n", template))
                .contains("User=%p\n", "Group=x\n");
    }

    /** What a drop-in says is loaded, and not in the file. */
    @Test
    void compare_accountThatTheUnitDoesNotName_isTheLoadedOneElseRoot() throws Exception {
        systemd.on("id", arguments -> new Commands.Result(arguments.getLast().equals("bdot") ? 0 : 1, "observ\n", ""));
        String template = "[Service]\nUser=[USER]\nGroup=[GROUP]\n";
        assertThat(rendered("[Service]\n", template)).isEqualTo("[Service]\nUser=root\nGroup=root\n");
        assertThat(rendered("[Service]\nUser=bdot\n", template)).isEqualTo("[Service]\nUser=bdot\nGroup=observ\n");
        assertThat(rendered("[Service]\nUser=other\n", template)).isEqualTo("[Service]\nUser=other\nGroup=other\n");

        systemd.unit("agent.service", "User=of%dropin", "Group=staff");
        assertThat(rendered("[Service]\n", template)).isEqualTo("[Service]\nUser=of%%dropin\nGroup=staff\n");
    }

    @Test
    void compare_noPlaceholder_asksForNoAccount() throws Exception {
        systemd.on("id", arguments -> {
            throw new AssertionError("asked");
        });

        assertThat(rendered("[Service]\nUser=bdot\n", "[Service]\nUser=bdot\nGroup=[Group]\n"))
                .contains("Group=[Group]");
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
