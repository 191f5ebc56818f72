package updater.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import updater.api.service.ServiceState.Activity;
import updater.state.document.HistoryEntry;
import updater.state.document.ReportJson;
import updater.state.document.UpdateReport;
import updater.state.document.UpdateReport.Outcome;
import updater.transaction.context.DamagedJournal;
import updater.transaction.context.HistoryFile;
import updater.transaction.world.CrashPoints;

/** The second version is killed in its health check, and its journal damaged: what is said of it, and what comes next. */
final class QuarantineTests extends ShippedVersions {
    @BeforeEach
    void damage() throws Exception {
        world.write("home/etc/agent.conf", "the operator's", 0640);
        stageFirst();
        stage("lib/a.so", "a 2", 0644);
        stage("lib/second.so", "of the second alone", 0644);
        next("new agent 2");
        world.newAgent(
                -1,
                () -> world.clock.after(Duration.ofMillis(300), () -> {
                    throw new CrashPoints.Killed("the watch");
                }));
        assertThat(world.killed(() -> {}, true)).isTrue();
        world.clock.cancelAll();
        assertThat(world.home("lib/a.so")).hasContent("a 2");
        try (RandomAccessFile journal =
                new RandomAccessFile(world.layout().journal().toFile(), "rw")) {
            journal.seek(200);
            journal.write(new byte[] {1, 2, 3, 4});
        }
    }

    private void stageFirst() throws Exception {
        stage("lib/a.so", "a 1", 0644);
        stage("lib/old/dropped.so", "dropped", 0640);
        stage("etc/agent.conf", "first", 0640);
        stage("rules/site", "rule", 0644);
        stage("cache/seed", "seed", 0644);
    }

    private DamagedJournal damaged() {
        return new DamagedJournal(world.context().disk(), world.layout());
    }

    private UpdateReport report() throws Exception {
        return ReportJson.read(Files.readAllBytes(world.layout().state().resolve("updater-report.json")));
    }

    private HistoryEntry last() throws Exception {
        return new HistoryFile(world.context().disk(), world.layout()).read().getLast();
    }

    @Test
    void recover_damaged_isReportedAndRemembered() throws Exception {
        assertThat(world.recover()).as(() -> world.failure).isEqualTo(4);

        UpdateReport report = report();
        assertThat(report.outcome()).isEqualTo(Outcome.ROLLBACK_INCOMPLETE);
        assertThat(report.reason()).contains("journal", "is damaged at byte ", "nothing could be brought back");
        assertThat(report.explanation().advice())
                .contains(" apply BUNDLE'", damaged().find().orElseThrow().toString());
        assertThat(report.run().recovered()).isTrue();
        assertThat(last().outcome()).isEqualTo(Outcome.ROLLBACK_INCOMPLETE);
        assertThat(last().id()).isEqualTo(report.run().id());
        assertThat(world.home("log/updater-report.json")).exists();
    }

    /** A guard that is killed in it is not the last one. */
    @Test
    void recover_killedAnywhereInIt_isRememberedOnceAndTheAgentRuns() throws Exception {
        int before =
                new HistoryFile(world.context().disk(), world.layout()).read().size();
        world.service.exit(Activity.FAILED);
        int point = 1;
        while (killedAt(point)) {
            point++;
        }

        assertThat(damaged().find()).isPresent();
        assertThat(world.service.state().running()).isTrue();
        assertThat(new HistoryFile(world.context().disk(), world.layout()).read())
                .hasSize(before + 1);
        assertThat(last().outcome()).isEqualTo(Outcome.ROLLBACK_INCOMPLETE);
    }

    private boolean killedAt(int point) throws InterruptedException {
        return world.killed(() -> world.points.killAt(point), false);
    }

    @Test
    void update_toTheOldVersionAfterIt_replacesAllButTheOperatorsAndEndsIt() throws Exception {
        world.recover();
        stageFirst();
        next("new agent");
        world.newAgent(0, () -> {});

        assertThat(world.update()).as(() -> world.failure).isZero();

        assertThat(report().outcome()).isEqualTo(Outcome.UPDATED);
        assertThat(world.home("agent")).hasContent("new agent");
        assertThat(world.home("lib/a.so")).hasContent("a 1");
        assertThat(world.home("lib/second.so")).doesNotExist();
        assertThat(world.home("etc/agent.conf")).hasContent("the operator's");
        assertThat(damaged().find()).isEmpty();
    }

    @Test
    void update_refusedAfterIt_doesNotEndIt() throws Exception {
        world.recover();

        assertThat(world.goBack()).isEqualTo(5);

        assertThat(damaged().find()).isPresent();
    }

    @Test
    void recover_givingUpAfterIt_endsIt() throws Exception {
        world.recover();

        assertThat(world.recover()).isZero();
        assertThat(damaged().find()).isPresent();

        assertThat(world.recoverGivingUp()).isZero();
        assertThat(damaged().find()).isEqualTo(Optional.empty());
    }
}
