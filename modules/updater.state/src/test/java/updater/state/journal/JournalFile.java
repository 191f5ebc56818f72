package updater.state.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Step;
import updater.state.log.Logs;
import updater.state.log.PayloadWriter;
import updater.state.log.RecordLog;
import updater.state.log.RecordReader;

/** A journal in a file, written and read by the tests. */
abstract class JournalFile {
    @TempDir
    Path directory;

    Path file() {
        return directory.resolve("journal");
    }

    /** What a journal says, all of it. */
    record Content(
            Optional<JournalRecord.Begin> begin,
            List<Step> steps,
            boolean planComplete,
            List<JournalRecord.Reached> reached) {

        /** Returns whether this is what the other journal said at some earlier moment. */
        boolean isEarlierThan(Content later) {
            return (begin.isEmpty() || begin.equals(later.begin))
                    && isPrefix(steps, later.steps)
                    && (!planComplete || steps.equals(later.steps))
                    && isPrefix(reached, later.reached);
        }

        private static boolean isPrefix(List<?> prefix, List<?> whole) {
            return prefix.size() <= whole.size() && prefix.equals(whole.subList(0, prefix.size()));
        }
    }

    static Content content(JournalView view) throws IOException {
        List<Step> forward = new ArrayList<>();
        view.forEachStepForward((index, step) -> {
            assertThat(index).isEqualTo(forward.size());
            forward.add(step);
        });
        List<Step> backward = new ArrayList<>();
        view.forEachStepBackward((index, step) -> {
            assertThat(index).isEqualTo(forward.size() - 1 - backward.size());
            backward.add(step);
        });
        assertThat(backward).isEqualTo(forward.reversed());
        assertThat(view.steps()).isEqualTo(forward.size());
        return new Content(view.begin(), forward, planComplete(view.file()), view.reached());
    }

    static boolean planComplete(Path file) throws IOException {
        try (RecordReader reader = RecordLog.forward(file, Logs.FILES)) {
            JournalCodec codec = new JournalCodec(file, Optional.empty());
            for (Optional<byte[]> next = reader.next(); next.isPresent(); next = reader.next()) {
                if (codec.decode(next.get(), 0) instanceof JournalRecord.PlanComplete) {
                    return true;
                }
            }
            return false;
        }
    }

    void writeWhole() throws IOException {
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES)) {
            for (Step step : Samples.steps()) {
                journal.planned(step);
            }
            journal.complete();
            journal.reached(Phase.PREPARED, "");
            journal.reached(Phase.STOP_REQUESTED, "job 7");
            journal.reachedUnforced(Phase.STOPPED, "");
            journal.reached(Phase.ROLLING_BACK, "could not rename: \"no space\"\n\u001b[2J");
            journal.reached(Phase.ROLLED_BACK, "");
        }
    }

    static JournalRecord.Reached reached(Phase phase, String detail) {
        return new JournalRecord.Reached(phase, Samples.AT, detail);
    }

    static PayloadWriter start(int tag) {
        return new PayloadWriter().start(tag);
    }

    static PayloadWriter file(int flags) throws IOException {
        PayloadWriter out =
                start('F').octet(1).text("a").octet(1).text("b").octet(2).text("c");
        return out.octet(flags).number(1);
    }

    static PayloadWriter empty() {
        return new PayloadWriter();
    }
}
