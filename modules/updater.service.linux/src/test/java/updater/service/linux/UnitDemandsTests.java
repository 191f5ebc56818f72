package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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
import updater.api.service.ServiceManager;
import updater.testkit.PlainHostFiles;

/** What a new unit asks for is looked for before the stop; what only a start can tell is no reason to refuse. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class UnitDemandsTests {
    private static final String RUNS = "[Service]\nExecStart=[INSTALLDIR]agent\n";

    private final FakeSystemd systemd = new FakeSystemd();
    private Path root;
    private Path home;
    private Path tree;
    private ServiceManager agent;

    @BeforeEach
    void install(@TempDir Path directory) throws Exception {
        root = directory.toRealPath();
        home = root.resolve("opt/agent");
        tree = home.resolve("tmp/latest");
        Files.createDirectories(tree.resolve("install"));
        Files.createDirectories(root.resolve("usr/lib/systemd/system"));
        file("opt/agent/agent", "rwxr-xr-x", "");
        file("opt/agent/tmp/latest/agent", "rw-r--r--", "");
        file("opt/agent/tmp/latest/next", "rwxr-xr-x", "");
        file("opt/agent/tmp/latest/plain", "rw-r--r--", "");
        file("opt/agent/tmp/latest/by-sh", "rwxr-xr-x", "#! /bin/sh -e\n");
        file("opt/agent/tmp/latest/by-nobody", "rwxr-xr-x", "#!/usr/bin/nobody\n");
        file("opt/agent/tmp/latest/from-windows", "rwxr-xr-x", "#!/bin/sh\r\necho\r\n");
        file("bin/sh", "rwxr-xr-x", "");
        file("etc/agent.env", "rw-r--r--", "A=1");
        Files.createSymbolicLink(root.resolve("opt/current"), home);
        Files.createSymbolicLink(root.resolve("opt/later"), Path.of("nowhere"));
        agent = new SystemdProvider(root)
                .open(Contexts.context("agent", home, systemd, new PlainHostFiles(), new ManualTicker(), 1));
        systemd.unit(
                "agent.service",
                "FragmentPath=/usr/lib/systemd/system/agent.service",
                "NeedDaemonReload=no",
                "User=own");
        systemd.on("getent", arguments -> FakeSystemd.failed(arguments.getLast().startsWith("ghost") ? 2 : 0, ""));
        installed(RUNS.replace("[INSTALLDIR]", home + "/"));
    }

    private void file(String path, String mode, String text) throws Exception {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private void installed(String unit) throws Exception {
        Files.writeString(root.resolve("usr/lib/systemd/system/agent.service"), unit);
    }

    private void stage(String unit) throws Exception {
        Files.writeString(tree.resolve("install/agent.service"), unit);
    }

    private void assertUnmet(String because) {
        assertThatThrownBy(() -> agent.requireMet(tree, tree))
                .isInstanceOfSatisfying(UpdateFailure.Refused.class, refused -> {
                    assertThat(refused.code()).contains(RefusalCode.DEFINITION_UNMET);
                    assertThat(refused).hasMessageContaining(because).hasMessageContaining("agent.service");
                    assertThat(refused.advice()).isNotBlank();
                });
    }

    private void assertMet() {
        assertThatCode(() -> agent.requireMet(tree, tree)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "User=ghost                        | user ghost",
                "Group=ghosts                      | group ghosts",
                "SupplementaryGroups=adm ghosts    | group ghosts",
                "WorkingDirectory=/srv/none        | /srv/none is not there",
                "WorkingDirectory=[INSTALLDIR]next | next is no directory",
                "EnvironmentFile=/etc/none.env     | /etc/none.env is not there",
                "ExecCondition=/bin/none           | /bin/none is not there",
                "ExecStartPre=+/bin/none x         | /bin/none is not there"
            })
    void setting_thatIsNotMet_isRefused(String setting, String because) throws Exception {
        stage(RUNS + setting + "\n");

        assertUnmet(because);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "User=daemon",
                "User=4711",
                "User=%i",
                "User=ghost\nUser=",
                "User=ghost\nDynamicUser=yes",
                "SupplementaryGroups=ghosts\nSupplementaryGroups=",
                "WorkingDirectory=/etc",
                "WorkingDirectory=-/srv/none",
                "WorkingDirectory=~",
                "WorkingDirectory=/srv/%i",
                "WorkingDirectory=/run/agent\nRuntimeDirectory=agent",
                "WorkingDirectory=/opt/later/x",
                "EnvironmentFile=/etc/agent.env",
                "EnvironmentFile=-/etc/none.env",
                "EnvironmentFile=/etc/none.d/*.env",
                "RootDirectory=/srv/root\nEnvironmentFile=/etc/none.env",
                "ExecStartPre=-/bin/none",
                "ExecStartPre=none x",
                "ExecStartPre=/bin/$NONE"
            })
    void setting_thatIsMetOrCannotBeTold_isNot(String setting) throws Exception {
        stage(RUNS + setting + "\n");

        assertMet();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[INSTALLDIR]gone         | gone is not there",
                "@[INSTALLDIR]gone gone x | gone is not there",
                "'\"[INSTALLDIR]gone\" x' | gone is not there",
                "/opt/current/gone        | /opt/current/gone is not there",
                "[INSTALLDIR]plain        | plain is not executable",
                "[INSTALLDIR]install      | install is no file",
                "[INSTALLDIR]by-nobody    | /usr/bin/nobody is not there",
                "[INSTALLDIR]from-windows | carriage return",
                "/bin/none                | /bin/none is not there",
                "bin/sh                   | bin/sh is no absolute path"
            })
    void program_thatCannotBeExecuted_isRefused(String program, String because) throws Exception {
        stage("[Service]\nExecStart=" + program + "\n");

        assertUnmet(because);
    }

    /** A file that is replaced keeps its mode. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[INSTALLDIR]next",
                "[INSTALLDIR]agent --new",
                "[INSTALLDIR]by-sh",
                "/opt/current/next",
                "/opt/later/next",
                "/bin/sh -c x",
                "-/bin/none",
                "agent",
                "/opt/%p/agent",
                "'\"/bin/none\"x'",
                "/bin/../bin/none"
            })
    void program_thatCan_orCannotBeTold_isNot(String program) throws Exception {
        stage("[Service]\nExecStart=" + program + "\n");

        assertMet();
    }

    @Test
    void program_thatAnEarlierCommandMayMake_isNotJudged() throws Exception {
        stage("[Service]\nExecStart=/bin/none\nExecStartPre=/bin/sh -c make\n");

        assertMet();
    }

    @Test
    void program_thatAUnitMayMakeThatIsPulledInNow_isNotJudged() throws Exception {
        stage("[Unit]\nRequires=setup.service\n[Service]\nExecStart=/bin/none\n");
        assertMet();

        stage("[Unit]\nWants=network-online.target\n[Service]\nExecStart=/bin/none\n");
        assertUnmet("/bin/none");
    }

    @Test
    void condition_ofAPathThatIsNotThere_isRefused() throws Exception {
        stage("[Unit]\nConditionPathExists=/etc/none\n" + RUNS);
        assertUnmet("by ConditionPathExists=, /etc/none");

        stage("[Unit]\nConditionPathExists=!/etc/none\nAssertPathExists=/etc/agent.env\n" + RUNS);
        assertMet();
    }

    @Test
    void unit_thatRunsNothing_isRefused() throws Exception {
        stage("[Service]\nType=simple\n");
        assertUnmet("no ExecStart=");

        stage("[Service]\nExecStop=/bin/sh\n");
        assertMet();
    }

    /** The installed service lives with it: what it asks for too is no reason to refuse. */
    @Test
    void demand_ofTheInstalledUnitToo_isNotJudged() throws Exception {
        installed("[Service]\nUser=ghost\nExecStart=/bin/none x\nEnvironmentFile=/etc/none.env\n");
        stage("[Service]\nUser=ghost\nExecStart=/bin/none x\nEnvironmentFile=/etc/none.env\n# new\n");

        assertMet();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[Service]\nExecStart=/bin/none x\n",
                "[Service]\nUser=ghost\nExecStart=/bin/sh\n",
                "[Service]\nWorkingDirectory=/srv/none\nExecStart=/bin/sh\n"
            })
    void installedUnit_thatCouldNotBeStartedAgain_isBrokenUnlessTheUpdateMendsIt(String unit) throws Exception {
        installed(unit);
        assertThatThrownBy(() -> agent.requireStartable(Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(UpdateFailure.Refused.class, refused -> {
                    assertThat(refused.code()).contains(RefusalCode.SERVICE_BROKEN);
                    assertThat(refused).hasMessageContaining("agent.service could be stopped, but not started again");
                    assertThat(refused.advice()).contains("usr/lib/systemd/system/agent.service");
                });

        stage(RUNS);
        agent.requireStartable(Optional.of(tree), Optional.of(tree));
        systemd.unit("agent.service", "NeedDaemonReload=yes");
        agent.requireStartable(Optional.empty(), Optional.empty());
    }

    @Test
    void installedUnit_whoseStartCannotBeTold_isNotJudged() throws Exception {
        installed("[Unit]\nRequires=setup.service\n[Service]\nExecStart=/bin/none\n");
        agent.requireStartable(Optional.empty(), Optional.empty());
        installed(RUNS.replace("[INSTALLDIR]", home + "/"));
        agent.requireStartable(Optional.empty(), Optional.empty());
    }

    @Test
    void dropIn_saysOtherwise_counts() throws Exception {
        file("etc/systemd/system/agent.service.d/own.conf", "rw-r--r--", "[Service]\nUser=daemon\n");
        systemd.unit("agent.service", "DropInPaths=/etc/systemd/system/agent.service.d/own.conf");
        stage(RUNS + "User=ghost\n");
        assertMet();

        systemd.unit("agent.service", "DropInPaths=/etc/systemd/system/agent.service.d/gone.conf");
        assertMet();
    }

    @Test
    void unitThatWasEditedAndNotLoaded_isNotJudged() throws Exception {
        systemd.unit("agent.service", "NeedDaemonReload=yes");
        stage(RUNS + "User=ghost\n");

        assertMet();
    }

    @Test
    void host_thatCannotLookNamesUp_knowsThemAll() throws Exception {
        stage(RUNS + "User=ghost\n");
        systemd.on("getent", arguments -> FakeSystemd.failed(3, "Enumeration not supported"));
        assertMet();
        systemd.on("getent", arguments -> {
            throw new UpdateFailure.Service("did not end within 5 s", "");
        });
        assertMet();
        systemd.missing = List.of("getent", "dscacheutil");
        assertMet();
    }
}
