package updater.service.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.conformance.ManualTicker;
import updater.api.conformance.ProductEdit;
import updater.api.service.DefinitionChange;
import updater.api.service.ServiceAccount;
import updater.testkit.PlainHostFiles;

/** Templates of init scripts: whose the service is, and what a new script asks of the host. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ScriptDefinitionTests {
    private static final ServiceAccount RUNNING = new ServiceAccount("runs", "running");

    private final FakeSystemd commands = new FakeSystemd();
    private Path root;
    private Path tree;
    private InitScript script;
    private Optional<ServiceAccount> running = Optional.empty();

    @BeforeEach
    void install(@TempDir Path directory) throws Exception {
        root = directory.toRealPath();
        Path home = root.resolve("opt/agent");
        tree = home.resolve("tmp/latest");
        Files.createDirectories(tree.resolve("install"));
        Files.createDirectories(root.resolve("etc/init.d"));
        for (String program : new String[] {"bin/sh", "sbin/openrc-run", "opt/agent/agent"}) {
            Files.createDirectories(root.resolve(program).getParent());
            InitBench.program(root.resolve(program), "");
        }
        commands.on(
                "getent", arguments -> FakeSystemd.failed(arguments.getLast().startsWith("ghost") ? 2 : 0, ""));
        script = new InitScript(
                Contexts.context(
                        ProductEdit.spec("agent", "install/agent", Optional.of("/etc/init.d/agent")),
                        home,
                        commands,
                        new PlainHostFiles(),
                        new ManualTicker(),
                        1),
                root);
    }

    private String rendered(String installed, String template) throws Exception {
        write(installed, template);
        return switch (script.compare(tree, () -> running)) {
            case DefinitionChange.None none -> "the same";
            case DefinitionChange.ReplaceFile file -> new String(file.content().toArray(), UTF_8);
            case DefinitionChange.Configure other -> throw new AssertionError(other);
        };
    }

    private void write(String installed, String template) throws Exception {
        InitBench.program(root.resolve("etc/init.d/agent"), installed);
        Files.writeString(tree.resolve("install/agent"), template);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "AGENT_ACCOUNT=[USER]",
                "  su -s /bin/sh [USER] -c \"[INSTALLDIR]agent\"",
                "command_user=\"[USER]:[GROUP]\"",
                "chown -R [USER]:[GROUP] [INSTALLDIR]log; chown [USER] /x"
            })
    void lineOfTheTemplate_isFoundInTheInstalledScript(String line) throws Exception {
        running = Optional.of(RUNNING);
        String template = "#!/bin/sh\n" + line + "\n";
        String own = template.replace("[USER]", "bd_ot")
                .replace("[GROUP]", "staff")
                .replace("[INSTALLDIR]", root + "/opt/agent/");

        assertThat(rendered(own, template)).isEqualTo("the same");
        assertThat(rendered(own, template + "# more\n")).isEqualTo(own + "# more\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DAEMON_USER=bdot                                           | bdot:running",
                "USER=bdot^GROUP=staff                                      | bdot:staff",
                "command_user=bdot:staff                                    | bdot:staff",
                "U=bdot^start-stop-daemon --start --chuid $U:staff -x /a    | bdot:staff",
                "daemon --user=bdot /opt/agent/agent                        | bdot:running",
                "USER=`whoami`                                              | runs:running",
                "echo hello                                                 | runs:running"
            })
    void accountOfTheInstalledScript_whateverItIsCalled(String installed, String account) throws Exception {
        running = Optional.of(RUNNING);

        assertThat(rendered("#!/bin/sh\n" + installed.replace('^', '\n') + "\n", "#!/bin/sh\nrun [USER]:[GROUP]\n"))
                .isEqualTo("#!/bin/sh\nrun " + account + "\n");
    }

    @Test
    void accountThatNothingTells_isRoot() throws Exception {
        assertThat(rendered("#!/bin/sh\n", "#!/bin/sh\n# [USER] [GROUP]\n")).isEqualTo("#!/bin/sh\n# root root\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "#!/bin/none                                          | /bin/none is not there",
                "#!/etc/init.d                                        | /etc/init.d is no program",
                "#!/sbin/openrc-run^command=/bin/none                 | /bin/none is not there",
                "#!/sbin/openrc-run^command=[INSTALLDIR]gone          | gone is not there",
                "#!/sbin/openrc-run^command_user=ghost                | user ghost",
                "#!/sbin/openrc-run^command_user=daemon:ghosts        | group ghosts"
            })
    void script_thatCannotBeRunHere_isRefused(String text, String because) throws Exception {
        write("#!/bin/sh\n", text.replace('^', '\n') + "\n");

        assertThatThrownBy(() -> script.requireMet(tree, tree, () -> running))
                .isInstanceOfSatisfying(UpdateFailure.Refused.class, refused -> {
                    assertThat(refused.code()).contains(RefusalCode.DEFINITION_UNMET);
                    assertThat(refused).hasMessageContaining(because);
                });
    }

    @Test
    void script_fromWindows_isRefused() throws Exception {
        write("#!/bin/sh\n", "#!/bin/sh\r\nexit 0\r\n");

        assertThatThrownBy(() -> script.requireMet(tree, tree, () -> running)).hasMessageContaining("carriage return");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#!/bin/sh",
                "#! /bin/sh -e",
                "#!sh",
                "#!/sbin/openrc-run^command=[INSTALLDIR]agent",
                "#!/sbin/openrc-run^command=\"$(which none)\"",
                "#!/sbin/openrc-run^command=/bin/none^start() {^}",
                "#!/sbin/openrc-run^command=/bin/none^start_pre() {^}",
                "#!/bin/sh^command=/bin/none^command_user=ghost"
            })
    void script_thatCan_orThatNobodyCanTell_isNot(String text) throws Exception {
        write("#!/bin/bash\n", text.replace('^', '\n') + "\n");

        assertThatCode(() -> script.requireMet(tree, tree, () -> running)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#!/bin/none", "#!/sbin/openrc-run^command=/bin/none"})
    void installedScript_thatCouldNotBeRunAgain_isBrokenUnlessTheUpdateMendsIt(String text) throws Exception {
        write(text.replace('^', '\n') + "\n", "#!/bin/sh\n");

        assertThatThrownBy(() -> script.requireStartable(Optional.empty(), Optional.empty(), () -> running))
                .isInstanceOfSatisfying(UpdateFailure.Refused.class, refused -> {
                    assertThat(refused.code()).contains(RefusalCode.SERVICE_BROKEN);
                    assertThat(refused).hasMessageContaining("/bin/none is not there");
                });
        script.requireStartable(Optional.of(tree), Optional.of(tree), () -> running);
    }

    @Test
    void script_likeTheInstalledOne_isNot() throws Exception {
        write("#!/bin/none\n", "#!/bin/none\n# new\n");

        assertThatCode(() -> script.requireMet(tree, tree, () -> running)).doesNotThrowAnyException();
    }
}
