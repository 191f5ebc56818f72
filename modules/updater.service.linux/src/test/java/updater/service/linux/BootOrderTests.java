package updater.service.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.UpdateFailure;
import updater.api.conformance.ServiceBench.Definition;
import updater.api.service.ServiceFacts;
import updater.api.service.ServiceManager;

/** Runlevel links: described, kept, registered anew, and brought back. */
@EnabledOnOs(OS.LINUX)
class BootOrderTests {
    private static final String AS_INSTALLED = "enabled 0:K80 1:K80 2:S20 3:S20 4:S20 5:S20 6:K80";

    /**
     * What chkconfig(8) says: {@code resetpriorities} resets the priorities of all runlevels to those specified in the init
     * script, and changes nothing else; the third word of the comment starts, the fourth stops.
     */
    private static final String CHKCONFIG = """
            #!/bin/sh
            [ "$2" = resetpriorities ] || exit 1
            numbers=$(sed -n 's/^# chkconfig: *[0-9-]* *//p' '%1$s/etc/init.d/'"$1")
            [ -n "$numbers" ] || { echo "service $1 does not support chkconfig" >&2; exit 1; }
            for link in '%1$s'/etc/rc?.d/[SK][0-9][0-9]"$1"; do
                kind=${link##*/}
                number=${numbers##* }
                case $kind in S*) number=${numbers%% *} ;; esac
                mv "$link" "${link%%/*}/${kind%%"${kind#?}"}$number$1" 2>/dev/null
            done
            exit 0
            """;

    private SysVBench bench;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        bench = new SysVBench(directory.toRealPath(), SysVBench.Script.CAREFUL);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private void installChkconfig() throws Exception {
        InitBench.program(bench.root.resolve("usr/sbin/chkconfig"), CHKCONFIG.formatted(bench.root));
    }

    private void replaceScript(String comment) throws Exception {
        Files.writeString(bench.staged().resolve("install/agent"), bench.scriptText(comment));
        InitBench.program(bench.script(), bench.scriptText(comment));
    }

    private String enablement() throws Exception {
        return bench.open().inspect().enablement();
    }

    @Test
    void enablement_isEveryLinkInWords() throws Exception {
        assertThat(enablement()).isEqualTo(AS_INSTALLED);
    }

    @Test
    void enablement_onlyStopped_disabled() throws Exception {
        bench.disable();

        assertThat(enablement()).isEqualTo("disabled 0:K80 1:K80 2:K80 3:K80 4:K80 5:K80 6:K80");
    }

    @Test
    void enablement_noLinks_unregisteredAndNeverRegistered() throws Exception {
        bench.disable();
        for (String level : "0 1 2 3 4 5 6".split(" ", -1)) {
            Files.delete(bench.root.resolve("etc/rc" + level + ".d/K80agent"));
        }

        bench.open().reload();

        assertThat(enablement()).isEqualTo("unregistered");
        assertThat(bench.commands.ran).noneMatch(command -> command.startsWith("update-rc.d"));
    }

    @Test
    void reload_withUpdateRcD_registersByIt() throws Exception {
        bench.open().reload();

        assertThat(bench.commands.ran).containsExactly("update-rc.d agent defaults");
    }

    @Test
    void reload_headerIsTheSame_registersNothing() throws Exception {
        bench.stage(Definition.CHANGED);
        ServiceManager manager = bench.open();
        manager.compareDefinition(bench.staged());

        manager.reload();

        assertThat(bench.commands.ran).isEmpty();
    }

    @Test
    void reload_withChkconfig_setsTheNewPrioritiesAndKeepsTheRunlevels() throws Exception {
        installChkconfig();
        replaceScript("# chkconfig: 35 95 05\n");

        bench.open().reload();

        assertThat(bench.commands.ran).containsExactly("chkconfig agent resetpriorities");
        assertThat(enablement()).isEqualTo("enabled 0:K05 1:K05 2:S95 3:S95 4:S95 5:S95 6:K05");
    }

    @Test
    void reload_registrationFails_saysWhatTheCommandSaid() throws Exception {
        installChkconfig();

        assertThatThrownBy(() -> bench.open().reload()).isInstanceOfSatisfying(UpdateFailure.Service.class, failure -> {
            assertThat(failure.getMessage())
                    .contains("chkconfig agent resetpriorities ended with 1", "does not support chkconfig");
            assertThat(failure.advice()).isNotBlank();
        });
    }

    @Test
    void restore_afterNewPriorities_bringsBackEachLinkAsItWas() throws Exception {
        installChkconfig();
        Files.delete(bench.root.resolve("etc/rc4.d/S20agent"));
        Files.createSymbolicLink(bench.root.resolve("etc/rc4.d/S33agent"), Path.of("/etc/init.d/agent"));
        Set<String> traces = bench.traces();
        ServiceFacts before = bench.open().inspect();
        assertThat(before.enablement()).contains("4:S33=/etc/init.d/agent");
        replaceScript("# chkconfig: 35 95 05\n");
        bench.open().reload();
        assertThat(enablement()).doesNotContain("S33");

        InitBench.program(bench.script(), bench.scriptText(""));
        Files.delete(bench.staged().resolve("install/agent"));
        bench.open().restore(before);
        bench.open().restore(before);

        assertThat(bench.traces()).isEqualTo(traces);
        assertThat(enablement()).isEqualTo(before.enablement());
    }

    @Test
    void guard_onHostsThatBootByAList_standsInItAndLeavesItAsItWas() throws Exception {
        Path order = bench.root.resolve("etc/init.d/.depend.boot");
        String list = "TARGETS = mountall.sh hwclock.sh\nINTERACTIVE =\nhwclock.sh: mountall.sh\n";
        Files.writeString(order, list);

        bench.open().guard().arm(List.of("/bin/true"));
        bench.open().guard().arm(List.of("/bin/true"));
        String armed = Files.readString(order);
        // insserv writes the list anew when somebody runs it meanwhile.
        Files.writeString(
                order,
                "TARGETS = agent-updater-recover mountall.sh hwclock.sh\nINTERACTIVE =\n"
                        + "hwclock.sh: mountall.sh\nagent-updater-recover: mountall.sh\n");
        bench.open().guard().disarm();

        assertThat(armed)
                .isEqualTo("TARGETS = mountall.sh hwclock.sh agent-updater-recover\nINTERACTIVE =\n"
                        + "hwclock.sh: mountall.sh\nagent-updater-recover: mountall.sh hwclock.sh\n");
        assertThat(order).hasContent(list.strip());
    }

    @Test
    void guard_hostWithBootRunlevel_isLinkedThere() throws Exception {
        bench.open().guard().arm(List.of("/bin/true"));

        assertThat(bench.root.resolve("etc/rcS.d/S99agent-updater-recover")).isSymbolicLink();
        assertThat(enablement()).isEqualTo(AS_INSTALLED);
    }

    @Test
    void guard_hostWithout_isFirstOfEveryRunlevelThatStarts() throws Exception {
        Files.delete(bench.root.resolve("etc/rcS.d"));

        bench.open().guard().arm(List.of("/bin/true"));

        for (String level : "2 3 4 5".split(" ", -1)) {
            assertThat(bench.root.resolve("etc/rc" + level + ".d/S00agent-updater-recover"))
                    .isSymbolicLink();
        }
    }
}
