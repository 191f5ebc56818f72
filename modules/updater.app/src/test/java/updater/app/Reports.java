package updater.app;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import updater.state.document.UpdateReport;
import updater.state.document.UpdateReport.Downtime;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.Outcome;
import updater.state.document.UpdateReport.PhaseTime;
import updater.state.document.UpdateReport.ServiceChange;
import updater.state.document.UpdateReport.StepCounts;
import updater.state.document.UpdateReport.Verification;

/** Make reports for tests. */
final class Reports {
    private static final Instant START = Instant.parse("2025-01-02T03:04:05.123456789Z");

    private Reports() {}

    static UpdateReport updated() {
        return updated("1.3.0");
    }

    static UpdateReport updated(String version) {
        return new UpdateReport(
                Outcome.UPDATED,
                "1.2.0",
                version,
                "",
                START.plusMillis(4_000),
                "",
                "",
                false,
                "20250102T030405-1",
                "agent",
                "1.0.0",
                START,
                new Downtime(OptionalLong.of(345), OptionalLong.of(3_045), OptionalLong.of(120)),
                "/opt/agent/log/updater.log",
                List.of(
                        new PhaseTime("prepare", START.plusMillis(10), Duration.ofNanos(812_345_678)),
                        new PhaseTime("stop", START.plusMillis(823), Duration.ofMillis(300)),
                        new PhaseTime("health check", START.plusMillis(1_200), Duration.ofMillis(2_700))),
                new FileCounts(120, 3, 14, 2, 65_432_100),
                new StepCounts(125, 125, 0, 0),
                new ServiceChange("systemd", "agent.service", true, "enabled", true, "enabled"),
                Verification.NONE,
                List.of(),
                List.of(),
                Optional.of(new UpdateReport.Release("v1.3.0", 1030, "2026a")));
    }

    static UpdateReport rollbackIncomplete() {
        return new UpdateReport(
                Outcome.ROLLBACK_INCOMPLETE,
                "",
                "1.3.0",
                "the new agent's service failed: exit status 1\u001b[2J",
                START.plusSeconds(75),
                "Free space on /opt, then run 'updater recover'",
                "",
                true,
                "20250102T030405-2",
                "agent",
                "1.0.0",
                START,
                Downtime.UNKNOWN,
                "/opt/agent/log/updater.log",
                List.of(),
                new FileCounts(1, 0, 0, 0, 512),
                new StepCounts(12, 9, 7, 2),
                new ServiceChange("systemd", "agent.service", true, "enabled", false, "disabled"),
                new Verification(
                        40,
                        38,
                        2,
                        IntStream.range(0, 12)
                                .mapToObj(i -> "lib/f" + i + ": content")
                                .toList(),
                        List.of()),
                List.of(
                        new KeptFile("storage/db", "written by the new agent", "/var/lib/agent-updater/kept/1"),
                        new KeptFile("storage/big", "written by the new agent", "")),
                List.of("a warning\nof two lines"),
                Optional.empty());
    }
}
