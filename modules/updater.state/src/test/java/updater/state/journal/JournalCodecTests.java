package updater.state.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.Place;
import updater.api.Step;
import updater.state.document.ProductJsonTests;
import updater.state.log.AnyRecord;
import updater.state.log.DamagedLogException;
import updater.state.log.Logs;

class JournalCodecTests {
    private static final Path FILE = Path.of("/journal");

    @TempDir
    Path directory;

    @Test
    void journal_bitFlippedInAStatusFileOfZeros_isDamageAndNoTornTail() throws IOException {
        Path file = directory.resolve("journal");
        JournalRecord.Begin begin = Samples.begin(Optional.of(Bytes.of(new byte[20_000])), ProductJsonTests.least());
        try (Journal journal = Journal.create(file, begin, Samples.STOPPED_CLOCK, Logs.FILES)) {
            journal.planned(Samples.placeFile("a"));
        }
        byte[] flipped = Files.readAllBytes(file);
        flipped[10_000] ^= 1;
        Files.write(file, flipped);

        assertThatThrownBy(() -> JournalView.read(file, Logs.FILES)).isInstanceOf(DamagedLogException.class);
    }

    @Property
    void journal_anyRecord_isReadAsWritten(@ForAll("records") JournalRecord entry) throws IOException {
        assertThat(decode(encode(entry))).isEqualTo(entry);
    }

    @Property(tries = 100)
    void journal_anyRecordCutAtEveryByte_isDamage(@ForAll("records") JournalRecord entry) throws IOException {
        byte[] whole = encode(entry);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);

            assertThatThrownBy(() -> decode(cut))
                    .as("cut at %d of %d", length, whole.length)
                    .isInstanceOf(DamagedLogException.class);
        }
    }

    @Property(tries = 100)
    void journal_anyRecordWithABitFlipped_isARecordOrRefused(@ForAll("records") JournalRecord entry)
            throws IOException {
        byte[] whole = encode(entry);
        AnyRecord.forEachFlip(whole, flipped -> assertThat(decode(flipped)).isNotEqualTo(entry));
    }

    @Property
    void journal_anyBytes_areARecordOrRefused(
            @ForAll("tags") byte tag, @ForAll @Size(max = 60) byte[] payload, @ForAll boolean small)
            throws IOException {
        byte[] bytes = AnyRecord.tagged(tag, payload, small);
        AnyRecord.assertRecordOrRefused(() -> decode(bytes));
    }

    private static byte[] encode(JournalRecord entry) throws IOException {
        return new JournalCodec(FILE, Optional.of(Samples.begin())).encode(entry);
    }

    private static JournalRecord decode(byte[] payload) throws IOException {
        return new JournalCodec(FILE, Optional.of(Samples.begin())).decode(payload, 8);
    }

    @Provide
    Arbitrary<Byte> tags() {
        return Arbitraries.of(
                (byte) 'B',
                (byte) 'H',
                (byte) 'D',
                (byte) 'F',
                (byte) 'S',
                (byte) 'C',
                (byte) 'R',
                (byte) 'E',
                (byte) 'M',
                (byte) '_',
                (byte) 'e',
                (byte) 'g',
                (byte) 'n',
                (byte) 0,
                (byte) -1);
    }

    @Provide
    Arbitrary<String> texts() {
        return AnyRecord.texts();
    }

    @Provide
    Arbitrary<Instant> instants() {
        return AnyRecord.instants();
    }

    @Provide
    Arbitrary<JournalRecord> records() {
        List<JournalRecord> fixed = new ArrayList<>();
        fixed.add(Samples.begin());
        fixed.add(Samples.begin(Optional.empty(), ProductJsonTests.everything()));
        Samples.steps().forEach(step -> fixed.add(new JournalRecord.Planned(step)));
        Arbitrary<Path> anchors =
                Arbitraries.of(Samples.HOME, Samples.STATE, Path.of("/etc/ü"), Path.of("/opt/agent/sub"));
        Arbitrary<Place> places = Combinators.combine(
                        anchors,
                        texts().map(text -> "a/x" + text.replace('\0', '0').replace('/', ':')))
                .as(Place::new);
        Arbitrary<Long> longs = Arbitraries.longs();
        Arbitrary<Boolean> flags = Arbitraries.of(true, false);
        Arbitrary<Step.PlaceFile> files =
                Combinators.combine(places, places, places, flags, flags, longs).as(Step.PlaceFile::new);
        Arbitrary<Step> directories = Combinators.combine(places, Arbitraries.integers(), longs, longs)
                .as(Step.CreateDirectory::new);
        Arbitrary<Step> others = Combinators.combine(
                        texts(), texts(), texts(), files, Arbitraries.integers().between(0, 4))
                .as((one, two, three, file, kind) -> switch (kind) {
                    case 0 -> new Step.StopService(one);
                    case 1, 4 -> new Step.ReplaceDefinition(one, file, kind == 4);
                    case 2 -> new Step.ConfigureService(one, two, three);
                    default -> new Step.StartService(one);
                });
        Arbitrary<JournalRecord> marks = Combinators.combine(Arbitraries.of(Phase.class), instants(), texts())
                .as(JournalRecord.Reached::new);
        return Arbitraries.oneOf(
                Arbitraries.of(fixed),
                files.map(JournalRecord.Planned::new),
                directories.map(JournalRecord.Planned::new),
                others.map(JournalRecord.Planned::new),
                longs.map(JournalRecord.PlanComplete::new),
                marks);
    }
}
