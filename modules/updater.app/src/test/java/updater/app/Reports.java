package updater.app;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import updater.api.Versions;
import updater.state.document.UpdateReport;
import updater.state.document.UpdateReport.Changes;
import updater.state.document.UpdateReport.Downtime;
import updater.state.document.UpdateReport.Explanation;
import updater.state.document.UpdateReport.FileCounts;
import updater.state.document.UpdateReport.KeptFile;
import updater.state.document.UpdateReport.Outcome;
import updater.state.document.UpdateReport.PhaseTime;
import updater.state.document.UpdateReport.Run;
import updater.state.document.UpdateReport.ServiceChange;
import updater.state.document.UpdateReport.StepCounts;
import updater.state.document.UpdateReport.Times;
import updater.state.document.UpdateReport.Verification;

/** Make reports for tests. */
final class Reports {
    private static final Instant START = Instant.parse("2025-01-02T03:04:05.123456789Z");
    private static final String LOG = "/opt/agent/log/updater.log";

    private Reports() {}

    static UpdateReport updated() {
        return updated("1.3.0");
    }

    static UpdateReport updated(String version) {
        return new UpdateReport(
                Outcome.UPDATED,
                new Explanation("", "", "", List.of()),
                new Versions("1.2.0", version),
                Optional.of(new UpdateReport.Release("v1.3.0", 1030, "2026a")),
                new Run("20250102T030405-1", "agent", "1.0.0", false, LOG),
                new Times(
                        START,
                        START.plusMillis(4_000),
                        new Downtime(OptionalLong.of(345), OptionalLong.of(3_045), OptionalLong.of(120)),
                        List.of(
                                new PhaseTime("prepare", START.plusMillis(10), Duration.ofNanos(812_345_678)),
                                new PhaseTime("stop", START.plusMillis(823), Duration.ofMillis(300)),
                                new PhaseTime("health check", START.plusMillis(1_200), Duration.ofMillis(2_700)))),
                new Changes(
                        new FileCounts(120, 3, 14, 2, 65_432_100),
                        new StepCounts(125, 125, 0, 0),
                        new ServiceChange("systemd", "agent.service", true, "enabled", true, "enabled"),
                        Verification.NONE,
                        List.of()));
    }

    static UpdateReport rollbackIncomplete() {
        return new UpdateReport(
                Outcome.ROLLBACK_INCOMPLETE,
                new Explanation(
                        "the new agent's service failed: exit status 1\u001b[2J",
                        "Free space on /opt, then run 'updater recover'",
                        "",
                        List.of("a warning\nof two lines")),
                new Versions("", "1.3.0"),
                Optional.empty(),
                new Run("20250102T030405-2", "agent", "1.0.0", true, LOG),
                new Times(START, START.plusSeconds(75), Downtime.UNKNOWN, List.of()),
                new Changes(
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
                                new KeptFile("storage/big", "written by the new agent", ""))));
    }
}
