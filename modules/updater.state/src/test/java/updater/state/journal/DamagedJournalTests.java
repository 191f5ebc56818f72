package updater.state.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import updater.api.Product;
import updater.api.conformance.ProductEdit;
import updater.state.log.CrampedDisk;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.Logs;
import updater.state.log.PayloadWriter;
import updater.state.log.RecordLog;
import updater.state.log.UnrecordableException;

/** Journals that are torn, damaged, full, or not to be understood. */
class DamagedJournalTests extends JournalFile {
    @Test
    void read_cutAtEveryByte_isAnEarlierMoment() throws IOException {
        writeWhole();
        byte[] whole = Files.readAllBytes(file());
        Content last = content(JournalView.read(file(), Logs.FILES));
        int moments = 0;
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));

            JournalView view = JournalView.read(file(), Logs.FILES);

            assertThat(content(view).isEarlierThan(last))
                    .as("cut at %d", length)
                    .isTrue();
            moments += view.torn() ? 0 : 1;
        }
        // The file ends between two records once for every record but the last, and once behind the header.
        assertThat(moments).isEqualTo(17);
    }

    @Test
    void read_oneBitOfAnyByteFlipped_isDamage() throws IOException {
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES)) {
            journal.planned(Samples.placeFile("a"));
            journal.complete();
            journal.reached(Phase.PREPARED, "");
            journal.reached(Phase.STOP_REQUESTED, "");
        }
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << (at % 8));
            Files.write(file(), flipped);

            assertThatThrownBy(() -> JournalView.read(file(), Logs.FILES))
                    .as("bit %d of byte %d", at % 8, at)
                    .isInstanceOf(DamagedLogException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void resume_behindTornTail_addsToWhatWasReached(Phase phase) throws IOException {
        writeWhole();
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length - 5));

        JournalView torn = JournalView.read(file(), Logs.FILES);
        assertThat(torn.torn()).isTrue();
        try (Journal journal = Journal.resume(torn, Samples.STOPPED_CLOCK, Logs.FILES)) {
            journal.reached(phase, "again");
        }

        JournalView view = JournalView.read(file(), Logs.FILES);
        assertThat(view.torn()).isFalse();
        assertThat(view.reached())
                .endsWith(
                        reached(Phase.ROLLING_BACK, "could not rename: \"no space\"\n\u001b[2J"),
                        reached(phase, "again"));
        assertThat(content(view).steps()).isEqualTo(Samples.steps());
    }

    @Test
    void reached_forceFails_isReported() throws IOException {
        CrampedDisk disk = new CrampedDisk();
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, disk.channels())) {
            disk.forceFails = true;
            assertThatThrownBy(() -> journal.reached(Phase.PREPARED, "")).hasMessageContaining("Input/output error");
        }
    }

    @Test
    void reached_diskFullAfterThePlan_canStillBeMarkedAndRecovered() throws IOException {
        for (int steps = 0; steps < 60; steps++) {
            Files.deleteIfExists(file());
            CrampedDisk disk = new CrampedDisk();
            try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, disk.channels())) {
                for (int step = 0; step < steps; step++) {
                    journal.planned(Samples.placeFile("a".repeat(step) + "b"));
                }
                journal.complete();
                journal.reached(Phase.PREPARED, "");
                disk.full = true;
                for (Phase phase : Phase.values()) {
                    journal.reached(phase, "");
                }
                journal.reachedUnforced(Phase.ROLLING_BACK, "no space ".repeat(100));
            }
            try (Journal journal =
                    Journal.resume(JournalView.read(file(), Logs.FILES), Samples.STOPPED_CLOCK, disk.channels())) {
                journal.reached(Phase.ROLLING_BACK, "no space ".repeat(100));
                journal.reached(Phase.VERIFIED, "");
            }

            assertThat(JournalView.read(file(), Logs.FILES).hasReached(Phase.VERIFIED))
                    .isTrue();
        }
    }

    @Test
    void create_diskFull_leavesAJournalWithNothingToRecover() throws IOException {
        CrampedDisk disk = new CrampedDisk();
        disk.room = 100;

        assertThatThrownBy(() -> Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, disk.channels()))
                .hasMessageContaining("No space left");

        assertThat(JournalView.read(file(), Logs.FILES).begin()).isEmpty();
    }

    @Test
    void create_journalThere_isRefused() throws IOException {
        writeWhole();
        byte[] whole = Files.readAllBytes(file());

        assertThatThrownBy(() -> Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.readAllBytes(file())).isEqualTo(whole);
    }

    @Test
    void create_productThatCouldNotBeReadBack_isRefusedBeforeAnythingIsWritten() {
        JournalRecord.Begin good = Samples.begin();
        Product product = good.product();
        Product bad = ProductEdit.of(product).name("../x").product();
        JournalRecord.Begin begin = new JournalRecord.Begin(
                good.writer(), "", Samples.AT, bad, good.layout(), good.before(), good.versions());

        assertThatThrownBy(() -> Journal.create(file(), begin, Samples.STOPPED_CLOCK, Logs.FILES))
                .isInstanceOf(UnrecordableException.class)
                .hasMessageContaining("name: expected a name");
        assertThat(file()).doesNotExist();
    }

    @Test
    void planned_nameThatIsNoText_isRefused() throws IOException {
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES)) {
            assertThatThrownBy(() -> journal.planned(Samples.placeFile("bad\ud800name")))
                    .isInstanceOf(UnrecordableException.class);
            journal.planned(Samples.placeFile("good"));
        }
        assertThat(content(JournalView.read(file(), Logs.FILES)).steps()).containsExactly(Samples.placeFile("good"));
    }

    @Test
    void resume_empty_isRefused() throws IOException {
        Files.createFile(file());
        JournalView view = JournalView.read(file(), Logs.FILES);

        assertThat(view.begin()).isEmpty();
        assertThat(view.torn()).isTrue();
        assertThatThrownBy(() -> Journal.resume(view, Samples.STOPPED_CLOCK, Logs.FILES))
                .hasMessageContaining("it is empty");
    }

    /**
     * A record that this updater does not write.
     *
     * @param newer whether a newer one may have written it
     */
    private record Odd(String what, PayloadWriter payload, boolean newer) {
        @Override
        public String toString() {
            return what;
        }
    }

    static List<Odd> odd() throws IOException {
        return List.of(
                new Odd("unknown kind", start('?'), true),
                new Odd("another field", start('R').text("a").octet(0), true),
                new Odd(
                        "unknown phase",
                        start('M').text("ASCENDED").instant(Samples.AT).text(""),
                        true),
                new Odd("newer format", start('B').number(2), true),
                new Odd("unknown property", file(4), true),
                new Odd(
                        "place above",
                        start('D').octet(1).text("../up").number(0).number(0).number(0),
                        false),
                new Odd(
                        "relative anchor",
                        start('D')
                                .octet(0)
                                .text("relative")
                                .text("a")
                                .number(0)
                                .number(0)
                                .number(0),
                        false),
                new Odd(
                        "NUL in an anchor",
                        start('D')
                                .octet(0)
                                .text("/a\0")
                                .text("a")
                                .number(0)
                                .number(0)
                                .number(0),
                        false),
                new Odd(
                        "unknown place",
                        start('D').octet(3).text("a").number(0).number(0).number(0),
                        false),
                new Odd(
                        "mode of 64 bits",
                        start('D').octet(1).text("a").number(1L << 32).number(0).number(0),
                        false),
                new Odd("no service", start('R'), false),
                new Odd("text beyond its end", start('R').octet(200).octet('a'), false),
                new Odd("no UTF-8", start('R').octet(1).octet(0xFF), false),
                new Odd("number without end", start('E').octet(0x80), false),
                new Odd("number of 65 bits", start('E').number(-1).octet(0), true),
                new Odd("number in two forms", start('E').octet(0x86).octet(0), false),
                new Odd(
                        "too many nanoseconds",
                        start('M')
                                .text("ROLLED_BACK")
                                .number(0)
                                .number(1_000_000_000)
                                .text(""),
                        false),
                new Odd(
                        "year too late",
                        start('M').text("ROLLED_BACK").number(-2).number(0).text(""),
                        false),
                new Odd("padding that is not blank", start('_').octet(' ').octet(0), false),
                new Odd("nothing", empty(), false));
    }

    @ParameterizedTest
    @MethodSource("odd")
    void read_recordThatIsNotUnderstood_isRefusedNotSkipped(Odd odd) throws IOException {
        writeWhole();
        long end = Files.size(file());
        try (RecordLog log = RecordLog.openForAppend(file(), Logs.FILES)) {
            log.append(odd.payload().toBytes());
        }

        assertThatThrownBy(() -> JournalView.read(file(), Logs.FILES))
                .isInstanceOf(odd.newer() ? FutureFormatException.class : DamagedLogException.class)
                .hasMessageContaining("at byte " + end);
    }

    static List<PayloadWriter> behindTheEnd() throws IOException {
        return List.of(start('R').text("a"), start('E').number(6), start('E').number(5));
    }

    @ParameterizedTest
    @MethodSource("behindTheEnd")
    void read_planThatGoesOnBehindItsEnd_isDamage(PayloadWriter payload) throws IOException {
        writeWhole();
        try (RecordLog log = RecordLog.openForAppend(file(), Logs.FILES)) {
            log.append(payload.toBytes());
        }

        assertThatThrownBy(() -> JournalView.read(file(), Logs.FILES))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining("plan");
    }

    @Test
    void read_planOfAnotherLength_isDamage() throws IOException {
        try (Journal journal = Journal.create(file(), Samples.begin(), Samples.STOPPED_CLOCK, Logs.FILES)) {
            journal.planned(Samples.placeFile("a"));
        }
        try (RecordLog log = RecordLog.openForAppend(file(), Logs.FILES)) {
            log.append(start('E').number(2).toBytes());
        }

        assertThatThrownBy(() -> JournalView.read(file(), Logs.FILES))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining("a plan of 2 steps, found 1");
    }

    @Test
    void read_withoutBegin_isDamage() throws IOException {
        for (PayloadWriter first : List.of(start('R').text("a"), file(0))) {
            Files.deleteIfExists(file());
            try (RecordLog log = RecordLog.create(file(), Logs.FILES)) {
                log.append(first.toBytes());
            }

            assertThatThrownBy(() -> JournalView.read(file(), Logs.FILES))
                    .isInstanceOf(DamagedLogException.class)
                    .hasMessageContaining("begins the journal");
        }
    }
}
