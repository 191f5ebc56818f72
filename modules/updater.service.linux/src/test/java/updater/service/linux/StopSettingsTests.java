package updater.service.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StopSettingsTests {
    private static final String UNIT = """
            [Unit]
            Description=An agent
            After=network.target
            [Service]
            Type=simple
            ExecStart=/opt/agent/agent --old
            KillMode=process
            [Install]
            WantedBy=multi-user.target
            """;

    private static boolean same(String before, String after, boolean runsCommands) {
        return StopSettings.same(before.getBytes(UTF_8), after.getBytes(UTF_8), runsCommands);
    }

    private static String with(String setting) {
        String section = setting.substring(0, setting.indexOf(']') + 1);
        return UNIT.replace(section + "\n", section + "\n" + setting.substring(section.length()) + "\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[Unit]Documentation=https://example.org",
                "[Unit]Wants=other.service",
                "[Unit]ConditionPathExists=/opt/agent",
                "[Unit]AssertPathExists=/opt/agent",
                "[Unit]X-Vendor=1",
                "[Service]ExecStartPre=/opt/agent/check",
                "[Service]TimeoutStartSec=90",
                "[Service]# KillMode=mixed",
                "[Service]; KillMode=mixed \\",
                "[Install]Alias=agent2.service"
            })
    void same_whatOnlyAStartReads_isSame(String setting) {
        for (boolean runsCommands : new boolean[] {true, false}) {
            assertThat(same(UNIT, with(setting), runsCommands)).isTrue();
            assertThat(same(with(setting), UNIT, runsCommands)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[Service]User=agent",
                "[Service]Environment=A=1",
                "[Service]LimitNOFILE=65536",
                "[Service]CapabilityBoundingSet=CAP_NET_RAW",
                "[Service]WorkingDirectory=/opt/agent"
            })
    void same_howProcessesAreStarted_dependsOnWhetherStoppingStartsSome(String setting) {
        assertThat(same(UNIT, with(setting), false)).isTrue();
        assertThat(same(UNIT, with(setting), true)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[Unit]Requires=other.service",
                "[Unit]PartOf=other.service",
                "[Unit]PropagatesStopTo=other.service",
                "[Unit]Before=other.service",
                "[Unit]OnFailure=other.service",
                "[Unit]RefuseManualStop=yes",
                "[Unit]JobTimeoutSec=1",
                "[Service]Type=oneshot",
                "[Service]ExecStop=/bin/true",
                "[Service]ExecStopPost=/bin/true",
                "[Service]KillMode=mixed",
                "[Service]KillSignal=SIGINT",
                "[Service]RestartKillSignal=SIGINT",
                "[Service]FinalKillSignal=SIGQUIT",
                "[Service]SendSIGHUP=yes",
                "[Service]SendSIGKILL=no",
                "[Service]TimeoutStopSec=1",
                "[Service]TimeoutSec=1",
                "[Service]TimeoutAbortSec=1",
                "[Service]TimeoutStopFailureMode=abort",
                "[Service]WatchdogSec=1",
                "[Service]WatchdogSignal=SIGINT",
                "[Service]RuntimeMaxSec=1",
                "[Service]Restart=always",
                "[Service]SuccessExitStatus=7",
                "[Service]PIDFile=/run/agent.pid",
                "[Service]NotifyAccess=all",
                "[Service]RemainAfterExit=yes",
                "[Service]OOMPolicy=kill",
                "[Service]MemoryMax=10M",
                "[Service]TasksMax=1",
                "[Service]Slice=other.slice",
                "[Service]Delegate=yes",
                "[Service]DeviceAllow=/dev/null",
                "[Service]PrivateDevices=yes",
                "[Service]PrivateTmp=yes",
                "[Service]RuntimeDirectory=agent",
                "[Service]DynamicUser=yes",
                "[Service]NotYetInvented=1",
                "[Service]a line without a sign",
                "[Unit]ExecStart=/in/the/wrong/section"
            })
    void same_whatDecidesHowItIsStopped_isNot(String setting) {
        assertThat(same(UNIT, with(setting), false)).isFalse();
        assertThat(same(with(setting), UNIT, false)).isFalse();
    }

    @Test
    void same_valueOfASettingThatDecides_isNot() {
        assertThat(same(UNIT, UNIT.replace("KillMode=process", "KillMode=mixed"), false))
                .isFalse();
        assertThat(same(UNIT, UNIT.replace("network.target", "network-online.target"), false))
                .isFalse();
    }

    @Test
    void same_onlyFormDiffers_isSame() {
        String folded = UNIT.replace("--old", "\\\n  # said twice\n  --old").replace("KillMode=", "  KillMode = ");

        assertThat(same(UNIT, folded, true)).isTrue();
    }

    /** The next lines belong to it: they set nothing. */
    @Test
    void same_lineThatGoesOnSwallowsASetting_isNot() {
        assertThat(same(UNIT, UNIT.replace("--old", "--old \\"), false)).isFalse();
    }

    @Test
    void same_noStartAnyMore_isNot() {
        String none = UNIT.replace("ExecStart=/opt/agent/agent --old\n", "");

        assertThat(same(UNIT, none, false)).isFalse();
        assertThat(same(UNIT, with("[Service]ExecStart=") + "[Service]\nExecStart=\n", false))
                .isFalse();
    }

    @Test
    void same_orderOfTheSameSetting_counts() {
        String one = with("[Service]ExecStopPost=/bin/a\nExecStopPost=/bin/b");
        String other = with("[Service]ExecStopPost=/bin/b\nExecStopPost=/bin/a");

        assertThat(same(one, other, false)).isFalse();
        assertThat(same(one, one + "\n", true)).isTrue();
    }
}
