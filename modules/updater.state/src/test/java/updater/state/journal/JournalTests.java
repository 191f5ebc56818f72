package updater.state.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import updater.api.Place;
import updater.api.Step;
import updater.state.document.ProductJsonTests;
import updater.state.log.CrampedDisk;
import updater.state.log.Logs;

class JournalTests extends JournalFile {
    @Test
    void read_everyKindOfRecord_isWhatWasWritten() throws IOException {
        writeWhole();

        JournalView view = JournalView.read(file(), Logs.FILES);

        assertThat(content(view))
                .isEqualTo(new Content(
                        Optional.of(Samples.begin()),
                        Samples.steps(),
                        true,
                        List.of(
                                reached(Phase.PREPARED, ""),
                                reached(Phase.STOP_REQUESTED, "job 7"),
                                reached(Phase.STOPPED, ""),
                                reached(Phase.ROLLING_BACK, "could not rename: \"no space\"\n\u001b[2J"),
                                reached(Phase.ROLLED_BACK, ""))));
        assertThat(view.torn()).isFalse();
        assertThat(view.hasReached(Phase.STOPPED)).isTrue();
        assertThat(view.hasReached(Phase.COMMITTED)).isFalse();
    }

    @Test
    void read_withoutStatusAndWithEveryMemberOfAProduct_isWhatWasWritten() throws IOException {
        JournalRecord.Begin none = Samples.begin(Optional.empty(), ProductJsonTests.everything());
        Journal.create(file(), none, Samples.STOPPED_CLOCK, Logs.FILES).close();

        assertThat(JournalView.read(file(), Logs.FILES).begin()).contains(none);
    }

    @Test
    void reached_returned_isForcedAndOthersAreNot() throws IOException {
        CrampedDisk disk = new CrampedDisk();
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, disk.channels())) {
            journal.planned(Samples.placeFile("a"));
            journal.complete();
            journal.reachedUnforced(Phase.STOPPED, "");
            assertThat(disk.forces).isZero();
            assertThat(JournalView.read(file(), Logs.FILES).reached()).hasSize(1);

            journal.reached(Phase.PREPARED, "");
            assertThat(disk.forces).isEqualTo(1);
        }
    }

    @Test
    void reached_longDetail_keepsItsBeginningAndItsEnd() throws IOException {
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES)) {
            journal.reachedUnforced(Phase.ROLLING_BACK, "a".repeat(200) + "x".repeat(1_000_000) + "z".repeat(400));
        }

        assertThat(JournalView.read(file(), Logs.FILES).reached())
                .containsExactly(reached(Phase.ROLLING_BACK, "a".repeat(200) + "…" + "z".repeat(400)));
    }

    @Test
    void reached_detailThatIsNoText_isRecordedAllTheSame() throws IOException {
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES)) {
            journal.reachedUnforced(Phase.ROLLING_BACK, "could not remove bad\ud800name");
            journal.reached(Phase.ROLLING_BACK, "\udc00");
        }
        JournalView view = JournalView.read(file(), Logs.FILES);
        assertThat(view.reached())
                .containsExactly(
                        reached(Phase.ROLLING_BACK, "could not remove bad?name"), reached(Phase.ROLLING_BACK, "?"));
    }

    @Test
    void read_missing_saysSo() {
        assertThatThrownBy(() -> JournalView.read(file(), Logs.FILES)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void forEachStepBackward_manySteps_areStreamed() throws IOException {
        int count = 20_000;
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES)) {
            for (int i = 0; i < count; i++) {
                journal.planned(Samples.placeFile("d/" + i));
            }
            journal.complete();
            journal.reached(Phase.PREPARED, "");
        }
        JournalView view = JournalView.read(file(), Logs.FILES);
        long[] next = {count};
        view.forEachStepBackward((index, step) -> {
            next[0]--;
            assertThat(index).isEqualTo(next[0]);
            assertThat(((Step.PlaceFile) step).target()).isEqualTo(new Place(Samples.HOME, "d/" + index));
        });
        assertThat(next[0]).isZero();
    }

    @Test
    void forEachStep_consumerFails_failureComesThrough() throws IOException {
        writeWhole();

        assertThatThrownBy(() -> JournalView.read(file(), Logs.FILES).forEachStepBackward((index, step) -> {
                    throw new InterruptedException("at " + index);
                }))
                .isInstanceOf(InterruptedException.class)
                .hasMessage("at 8");
    }
}
