package updater.service.macos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceManager;

class LaunchdDefinitionTests {
    @TempDir
    Path directory;

    private VirtualMac mac;
    private ServiceManager service;
    private Path staged;

    @BeforeEach
    void install() throws Exception {
        mac = new VirtualMac(directory.toRealPath());
        mac.install(mac.definition(""));
        service = mac.open();
        staged = mac.home.resolve("tmp/latest");
        Files.createDirectories(staged.resolve("install"));
    }

    private void stage(String text) throws Exception {
        Files.writeString(staged.resolve("install/agent.plist"), text);
    }

    private void assertRefused(String text, String because) throws Exception {
        stage(text);
        assertThatThrownBy(() -> service.compareDefinition(staged))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining(because)
                .hasMessageContaining("install/agent.plist");
    }

    /** Home has an ampersand in its name here. */
    @Test
    void compare_changed_isTheExpandedTextForRoot() throws Exception {
        String more = "<key>WorkingDirectory</key><string>[INSTALLDIR]</string>\n";
        stage(VirtualMac.definition("[INSTALLDIR]agent", more));

        DefinitionChange change = service.compareDefinition(staged);

        assertThat(change).isInstanceOfSatisfying(DefinitionChange.ReplaceFile.class, file -> {
            assertThat(file.target()).isEqualTo(mac.plist());
            assertThat(file.mode()).isEqualTo(0644);
            assertThat(new String(file.content().toArray(), StandardCharsets.UTF_8))
                    .contains("<string>" + mac.root + "/opt/agent &amp; co/agent</string>")
                    .contains("<string>" + mac.root + "/opt/agent &amp; co/</string>")
                    .doesNotContain("INSTALLDIR");
        });
    }

    @Test
    void compare_accountOfTheInstalledJob_isPutIn() throws Exception {
        String template = "<key>UserName</key><string>[USER]</string><key>GroupName</key><string>[GROUP]</string>\n";
        String own = template.replace("[USER]", "_agent").replace("[GROUP]", "staff & co");
        mac.install(mac.definition(own.replace("&", "&amp;")));
        stage(mac.definition(template));

        assertThat(service.compareDefinition(staged)).isInstanceOf(DefinitionChange.None.class);

        mac.install(mac.definition(""));
        assertThat(service.compareDefinition(staged))
                .isInstanceOfSatisfying(
                        DefinitionChange.ReplaceFile.class,
                        file -> assertThat(new String(file.content().toArray(), StandardCharsets.UTF_8))
                                .contains("<string>root</string>", "<string>wheel</string>"));
    }

    @Test
    void requireMet_programThatWillNotBeThere_isRefused() throws Exception {
        Files.createDirectories(staged);
        stage(VirtualMac.definition("[INSTALLDIR]gone", ""));
        assertUnmet("gone is not there");
        stage(VirtualMac.definition("/usr/none", ""));
        assertUnmet("/usr/none is not there");
        stage(mac.definition("<key>WorkingDirectory</key><string>/srv/none</string>"));
        assertUnmet("by WorkingDirectory");

        stage(VirtualMac.definition("agent-on-the-path", ""));
        service.requireMet(staged, staged);
    }

    private void assertUnmet(String because) {
        assertThatThrownBy(() -> service.requireMet(staged, staged))
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.code()).contains(RefusalCode.DEFINITION_UNMET))
                .hasMessageContaining(because);
    }

    private void assertBroken(String text, String because) throws Exception {
        mac.install(text);
        assertThatThrownBy(() -> service.requireStartable(Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.code()).contains(RefusalCode.SERVICE_BROKEN))
                .hasMessageContaining("could be stopped, but not started again")
                .hasMessageContaining(because);
    }

    private Path program() throws Exception {
        Path program = Files.writeString(mac.home.resolve("there"), "a program");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program;
    }

    private String running(Path program, String more) {
        return VirtualMac.definition(program.toString().replace("&", "&amp;"), more);
    }

    @Test
    void requireStartable_whatIsInstalledIsBroken_isRefused() throws Exception {
        Path program = program();
        assertBroken(VirtualMac.definition("/usr/none", ""), "of its program, /usr/none is not there");
        assertBroken(
                running(program, "<key>WorkingDirectory</key><string>/srv/none</string>"),
                "by WorkingDirectory, /srv/none is not there");
        assertBroken(running(program, "<key>Disabled</key><true/>\n"), "the key Disabled");
        assertBroken(
                running(program, "").replace("ProgramArguments", "Arguments"),
                "names neither Program nor ProgramArguments");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rw-r--r--"));
        assertBroken(running(program, ""), "is not executable");
    }

    @Test
    void requireStartable_fitOrOverruled_isMet() throws Exception {
        mac.install(running(program(), ""));
        service.requireStartable(Optional.empty(), Optional.empty());
        mac.install(VirtualMac.definition("agent-on-the-path", ""));
        service.requireStartable(Optional.empty(), Optional.empty());
        mac.install(running(program(), "<key>Disabled</key><true/>\n"));
        mac.launchd.setDisabled(VirtualMac.LABEL, false);
        service.requireStartable(Optional.empty(), Optional.empty());
    }

    @Test
    void requireStartable_mendedByTheBundle_isMet() throws Exception {
        mac.install(VirtualMac.definition("/usr/none", ""));
        stage(running(program(), ""));

        service.requireStartable(Optional.of(staged), Optional.of(staged));

        stage(VirtualMac.definition("/usr/none", "<!-- the same -->"));
        assertThatThrownBy(() -> service.requireStartable(Optional.of(staged), Optional.of(staged)))
                .hasMessageContaining("/usr/none is not there, nor does the update bring it");
    }

    @Test
    void compare_labelOfAnother_isRefused() throws Exception {
        assertRefused(VirtualMac.definition("/a", "").replace("com.example.agent", "com.example.other"), "Label");
        assertRefused(VirtualMac.definition("/a", "").replace("<key>Label</key>", "<key>Name</key>"), "Label");
    }

    @Test
    void compare_nothingToRun_isRefused() throws Exception {
        assertRefused(VirtualMac.definition("/a", "").replace("<string>/a</string>", ""), "ProgramArguments");
    }

    @Test
    void compare_disabledInItself_isRefusedUnlessAnOperatorEnabledIt() throws Exception {
        String disabled = VirtualMac.definition("/a", "<key>Disabled</key><true/>\n");
        assertRefused(disabled, "Disabled");

        mac.launchd.setDisabled(VirtualMac.LABEL, false);

        assertThat(service.compareDefinition(staged)).isInstanceOf(DefinitionChange.ReplaceFile.class);
    }

    @Test
    void compare_binary_isRefused() throws Exception {
        assertRefused("bplist00\u0001", "cannot be used");
    }

    @Test
    void compare_linkInTheBundle_isRefused() throws Exception {
        Path other = Files.writeString(staged.resolve("other"), VirtualMac.definition("/a", ""));
        Files.createSymbolicLink(staged.resolve("install/agent.plist"), other);

        assertThatThrownBy(() -> service.compareDefinition(staged)).isInstanceOf(UpdateFailure.Refused.class);
    }

    @Test
    void compare_directoryIsReachedByALink_targetIsReal() throws Exception {
        Path real = Files.createDirectory(mac.root.resolve("real"));
        Files.move(mac.plist(), real.resolve(mac.plist().getFileName()));
        Files.delete(mac.plist().getParent());
        Files.createSymbolicLink(mac.plist().getParent(), real);
        stage(VirtualMac.definition("/a", ""));

        assertThat(service.compareDefinition(staged))
                .isInstanceOfSatisfying(
                        DefinitionChange.ReplaceFile.class,
                        file -> assertThat(file.target())
                                .isEqualTo(real.resolve(mac.plist().getFileName())));
    }

    @Test
    void configure_isNotForFiles() {
        assertThatThrownBy(() -> service.configure("x")).isInstanceOf(UpdateFailure.Service.class);
    }
}
