package updater.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import updater.api.Versions;
import updater.api.conformance.ManualTicker;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.UpdaterLock;
import updater.state.document.HistoryEntry;
import updater.state.document.HistoryEntry.Times;
import updater.state.document.HistoryEntry.Trees;
import updater.state.document.HistoryJson;
import updater.state.document.UpdateReport.Outcome;

/** An operator holds updates back, looks at what happened, and lets what failed be tried again. */
final class BrakesCommandTests extends OperatorsHost {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void hold_isKeptAndShown_untilItIsReleased() {
        assertThat(run("hold", "--reason", "change freeze")).as(this::printed).isZero();
        assertThat(printed()).startsWith("updates are held back since ").endsWith(": change freeze\n");

        run("status");
        assertThat(printed())
                .startsWith("now          updates are HELD BACK since ")
                .contains("change freeze");
        assertThat(run("doctor")).isEqualTo(5);
        assertThat(printed()).contains("an operator holds updates back", "unhold");

        assertThat(run("unhold")).isZero();
        assertThat(printed()).isEqualTo("updates are allowed again\n");
        assertThat(run("unhold")).isZero();
        assertThat(printed()).isEqualTo("updates were not held back\n");
        run("doctor");
        assertThat(printed()).doesNotContain("an operator holds updates back since");
    }

    @Test
    void hold_untilATimeThatIsOver_isWrongUsage() {
        assertThat(run("hold", "--until", "2001-01-01")).isEqualTo(2);
        assertThat(printed()).contains("--until is over: 2001-01-02T00:00:00Z");
        assertThat(state.resolve("hold")).doesNotExist();
    }

    @Test
    void hold_whileAnUpdateIsMade_isBusyAtOnce() throws IOException {
        ManualTicker time = new ManualTicker();
        clock = time;
        run("unhold");
        try (Directory opened = Disk.ofHost().open(state)) {
            UpdaterLock lock = held(opened, "update");

            assertThat(run("hold")).isEqualTo(3);
            assertThat(printed()).contains("process 4711 (update, since ");
            assertThat(time.nanos).isZero();
            lock.close();
        }
    }

    @Test
    void hold_whileAGuardLooks_waitsForIt() throws IOException {
        ManualTicker time = new ManualTicker();
        clock = time;
        run("unhold");
        try (Directory opened = Disk.ofHost().open(state)) {
            UpdaterLock lock = held(opened, "recover");
            time.onPause = () -> closeUnchecked(lock);

            assertThat(run("hold")).as(this::printed).isZero();
            assertThat(state.resolve("hold")).exists();
        }
    }

    @Test
    void hold_whileARecoveryGoesOn_isBusyInTheEnd() throws IOException {
        ManualTicker time = new ManualTicker();
        clock = time;
        run("unhold");
        try (Directory opened = Disk.ofHost().open(state)) {
            UpdaterLock lock = held(opened, "recover");

            assertThat(run("hold")).isEqualTo(3);
            assertThat(Duration.ofNanos(time.nanos)).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(16));
            lock.close();
        }
    }

    private static UpdaterLock held(Directory state, String command) throws IOException {
        String holder = new LockHolder(4711, AT, command).text();
        return ((UpdaterLock.Attempt.Acquired) UpdaterLock.tryAcquire(state, holder)).lock();
    }

    private static void closeUnchecked(UpdaterLock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void history_nothingYet_isSaid() {
        assertThat(run("history")).isEqualTo(5);
        assertThat(printed()).contains("there is no history of updates of " + home);
    }

    /** An operator who has taken an update back reads no failure of it. */
    @Test
    void retry_ofWhatWasTakenBack_callsItNoFailure() throws IOException {
        run("unhold");
        List<HistoryEntry> history = new ArrayList<>();
        history.add(new HistoryEntry(
                "1",
                Outcome.UPDATED,
                new Versions("v2", "v1"),
                new Times(AT, AT, OptionalLong.empty()),
                "",
                "",
                new Trees("", "bb")));
        Files.write(state.resolve("history"), HistoryJson.write(history));

        assertThat(run("retry")).isZero();
        assertThat(printed())
                .isEqualTo("every bundle may be tried again: 1 update was taken back, and that is held against none of"
                        + " them any more\n");

        for (String id : List.of("2", "3")) {
            history.add(new HistoryEntry(
                    id,
                    Outcome.ROLLED_BACK,
                    new Versions("v1", "v3"),
                    new Times(AT, AT, OptionalLong.empty()),
                    "",
                    "",
                    new Trees("cc", "")));
        }
        Files.write(state.resolve("history"), HistoryJson.write(history));
        assertThat(run("retry")).isZero();
        assertThat(printed()).contains(": 2 updates failed, 1 update was taken back, and");
    }

    @Test
    void history_isALineForEachUpdate_andRetryForgives() throws IOException {
        run("unhold");
        Files.write(
                state.resolve("history"),
                HistoryJson.write(List.of(
                        new HistoryEntry(
                                "1",
                                Outcome.UPDATED,
                                new Versions("", "v1"),
                                new Times(AT, AT, OptionalLong.of(57)),
                                "",
                                "",
                                new Trees("aa", "")),
                        new HistoryEntry(
                                "2",
                                Outcome.ROLLED_BACK,
                                new Versions("v1", "v2"),
                                new Times(AT, AT.plusSeconds(60), OptionalLong.empty()),
                                "it said\u001b[2J no",
                                "",
                                new Trees("bb", "")),
                        new HistoryEntry(
                                "3",
                                Outcome.REFUSED,
                                new Versions("v1", "v2"),
                                new Times(AT, AT.plusSeconds(61), OptionalLong.empty()),
                                "no space",
                                "no-space",
                                new Trees("", "")))));

        assertThat(run("history")).as(this::printed).isZero();
        assertThat(printed()).isEqualTo("""
            2026-01-02T03:04:05Z  updated                      ? -> v1, down for 57 ms
            2026-01-02T03:05:05Z  failed, rolled back          v1 -> v2
                it said\\u001B[2J no
            2026-01-02T03:05:06Z  refused                      v1 -> v2
                no space [no-space]
            """);
        assertThat(run("history", "--json")).isZero();
        assertThat(printed().lines()).hasSize(3).allMatch(line -> line.startsWith("{\"id\":"));

        assertThat(run("retry")).isZero();
        assertThat(printed())
                .isEqualTo(
                        "every bundle may be tried again: 1 update failed, and that is held against none of them any more\n");
        assertThat(run("retry")).isZero();
        assertThat(printed()).contains("no bundle is refused");
    }
}
