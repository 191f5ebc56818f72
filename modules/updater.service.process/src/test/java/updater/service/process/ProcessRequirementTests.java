package updater.service.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.Bytes;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;
import updater.api.service.DefinitionChange;

/** What the definition of a process must say, and what its programs must be. */
@EnabledOnOs(OS.LINUX)
class ProcessRequirementTests extends SupervisedAgent {
    @Test
    void inspect_noDefinition_isRefused() {
        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("there is no process definition " + host.home.resolve("agent.process"));
    }

    @Test
    void inspect_pidFileInAPlaceThatIsRolledBack_isRefused() throws Exception {
        host.installAgent(RUNS_ON, "pid-file = [INSTALLDIR]storage/agent.pid");

        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("storage/agent.pid");
    }

    @Test
    void inspect_outputBelowTmp_isRefused() throws Exception {
        host.installAgent(RUNS_ON, "output = [INSTALLDIR]tmp/agent.out");

        assertThatThrownBy(service::inspect)
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("tmp/agent.out");
    }

    @Test
    void inspect_escapeByDotDot_isRefused() throws Exception {
        host.installAgent(RUNS_ON, "pid-file = [INSTALLDIR]log/../agent.pid");

        assertThatThrownBy(service::inspect).isInstanceOf(UpdateFailure.Refused.class);
    }

    @Test
    void compareDefinition_none_isNone() throws Exception {
        host.installAgent(RUNS_ON);

        assertThat(service.compareDefinition(host.home.resolve("tmp/latest")))
                .isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    void compareDefinition_same_isNone() throws Exception {
        host.installAgent(RUNS_ON);
        Path staged = stage(TestHost.definition());

        assertThat(service.compareDefinition(staged)).isInstanceOf(DefinitionChange.None.class);
    }

    @Test
    void compareDefinition_other_isReplacedUnexpanded() throws Exception {
        host.installAgent(RUNS_ON);
        String other = TestHost.definition("stop-timeout-ms = 5");
        Path staged = stage(other);

        assertThat(service.compareDefinition(staged))
                .isEqualTo(new DefinitionChange.ReplaceFile(
                        host.home.resolve("agent.process"), Bytes.of(TestHost.utf8(other)), 0644));
    }

    @Test
    void compareDefinition_malformed_isRefused() throws Exception {
        host.installAgent(RUNS_ON);
        Path staged = stage("command\n");

        assertThatThrownBy(() -> service.compareDefinition(staged))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("line 1");
    }

    @Test
    void requireMet_programOrDirectoryThatWillNotBeThere_isRefused() throws Exception {
        host.installAgent(RUNS_ON);
        for (String definition : List.of(
                "command = /bin/none of such a name\n",
                "command = [INSTALLDIR]gone\n",
                "command = [INSTALLDIR]install\n",
                TestHost.definition("directory = /srv/none"))) {
            Path staged = stage(definition);

            assertThatThrownBy(() -> service.requireMet(staged, staged))
                    .as(definition)
                    .isInstanceOfSatisfying(
                            UpdateFailure.Refused.class,
                            refused -> assertThat(refused.code()).contains(RefusalCode.DEFINITION_UNMET));
        }
    }

    @Test
    void requireMet_programThatTheUpdateBrings_isMet() throws Exception {
        host.installAgent(RUNS_ON);
        Path staged = stage("command = [INSTALLDIR]next\ndirectory = [INSTALLDIR]work\n");
        Files.createDirectory(staged.resolve("work"));
        Files.setPosixFilePermissions(
                Files.writeString(staged.resolve("next"), "#!/bin/sh\n"), PosixFilePermissions.fromString("rwxr-xr-x"));

        service.requireMet(staged, staged);
    }

    @Test
    void requireStartable_whatIsInstalledAndFit_isMet() throws Exception {
        host.installAgent(RUNS_ON);

        service.requireStartable(Optional.empty(), Optional.empty());

        assertThat(host.home.resolve("log")).doesNotExist();
    }

    @Test
    void requireStartable_programOrDirectoryThatIsGone_isBroken() throws Exception {
        for (String definition : List.of(
                "command = /usr/bin/nodejs99 a.js\n",
                "command = [INSTALLDIR]agent.process\n",
                TestHost.definition("directory = /srv/none"))) {
            host.installAgent(RUNS_ON);
            Files.writeString(host.home.resolve("agent.process"), definition);

            assertThatThrownBy(() -> service.requireStartable(Optional.empty(), Optional.empty()))
                    .as(definition)
                    .isInstanceOfSatisfying(
                            UpdateFailure.Refused.class,
                            refused -> assertThat(refused.code()).contains(RefusalCode.SERVICE_BROKEN))
                    .hasMessageContaining("not started again");
        }
    }

    @Test
    void requireStartable_brokenAndMendedByTheBundle_isMet() throws Exception {
        host.installAgent(RUNS_ON);
        Files.writeString(host.home.resolve("agent.process"), "command = /usr/bin/nodejs99 a.js\n");
        Path staged = stage(TestHost.definition());

        service.requireStartable(Optional.of(staged), Optional.of(staged));
    }

    @Test
    void requireStartable_brokenInTheSameWayByTheBundle_isBroken() throws Exception {
        host.installAgent(RUNS_ON);
        Files.writeString(host.home.resolve("agent.process"), "command = /usr/bin/nodejs99 a.js\n");
        Path staged = stage("command = /usr/bin/nodejs99 b.js\n");

        assertThatThrownBy(() -> service.requireStartable(Optional.of(staged), Optional.of(staged)))
                .hasMessageContaining("/usr/bin/nodejs99 is not there, nor does the update bring it");
    }

    /** Root may write where the mode forbids it; nobody makes a file below a file. */
    @ParameterizedTest
    @ValueSource(strings = {"pid-file", "output"})
    void requireStartable_fileThatCannotBeMade_isNotWritable(String key) throws Exception {
        host.installAgent(RUNS_ON, key + " = [INSTALLDIR]log/plain/below/file");
        Files.createDirectories(host.home.resolve("log"));
        Files.createFile(host.home.resolve("log/plain"));

        assertThatThrownBy(() -> service.requireStartable(Optional.empty(), Optional.empty()))
                .isInstanceOfSatisfying(
                        UpdateFailure.Refused.class,
                        refused -> assertThat(refused.code()).contains(RefusalCode.NOT_WRITABLE))
                .hasMessageContaining(host.home.resolve("log/plain") + " is no directory");
    }

    @Test
    void requireStartable_directoryThatNobodyMayWrite_isNotWritable() throws Exception {
        host.installAgent(RUNS_ON);
        Path log = Files.createDirectories(host.home.resolve("log"));
        Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("r-xr-xr-x"));
        boolean fixed = !Files.isWritable(log) || chattr("+i", log);
        try {
            assumeThat(fixed)
                    .as("root may write there, and files have no flags here")
                    .isTrue();
            assertThatThrownBy(() -> service.requireStartable(Optional.empty(), Optional.empty()))
                    .isInstanceOfSatisfying(
                            UpdateFailure.Refused.class,
                            refused -> assertThat(refused.code()).contains(RefusalCode.NOT_WRITABLE))
                    .hasMessageContaining("the directory " + log + " cannot be written");
        } finally {
            chattr("-i", log);
            Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static boolean chattr(String flag, Path path) throws Exception {
        return new ProcessBuilder("chattr", flag, path.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** There is no key for them: the agent is run as the updater is. */
    @Test
    void placeholders_areTheUpdatersOwnAccount() throws Exception {
        host.installAgent(RUNS_ON, "environment.WHO = [USER]:[GROUP]", "output = [INSTALLDIR]log/[USER].out");
        String user = ProcessHandle.current().info().user().orElseThrow();

        service.start();

        assertThat(host.home.resolve("log/" + user + ".out")).exists();
    }

    private Path stage(String definition) throws IOException {
        Path staged = host.home.resolve("tmp/latest");
        Path file = staged.resolve("install/agent.process");
        Files.createDirectories(file.getParent());
        Files.writeString(file, definition);
        return staged;
    }
}
