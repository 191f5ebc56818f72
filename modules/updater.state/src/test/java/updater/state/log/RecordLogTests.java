package updater.state.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordLogTests {
    /** Records of many lengths, with marks in between that are forced, as in the journal of an update. */
    private static final List<String> JOURNAL =
            List.of("begin", "a", "bb", "x".repeat(150), "", "plan!", "stop!", "stopped", "unforced", "end!");

    /** Short, as there are eight tries for every byte. */
    private static final List<String> SHORT = List.of("begin", "", "plan!", "stop requested!", "stopped", "end!");

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("log");
    }

    @Property(tries = 300)
    void read_whatWasWritten_bothWays(
            @ForAll @Size(max = 60) List<@StringLength(max = 200) String> texts, @ForAll boolean large)
            throws IOException {
        List<String> records = new ArrayList<>();
        for (String text : texts) {
            // A lone surrogate has no UTF-8 form; logs hold bytes, so what it becomes does not matter here.
            records.add(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        }
        if (large) {
            records.add("y".repeat(70_000));
            records.add("z".repeat(200_000));
        }
        Path log = Files.createTempDirectory("log").resolve("log");
        Logs.written(log, records);

        Logs.Pass pass = Logs.forward(log);

        assertThat(pass.records()).isEqualTo(records);
        assertThat(pass.torn()).isFalse();
        Collections.reverse(records);
        assertThat(Logs.backward(log, pass.end())).isEqualTo(records);
        Files.delete(log);
        Files.delete(log.getParent());
    }

    @Test
    void read_cutAtEveryByte_yieldsWholeRecordsBeforeTheCut() throws IOException {
        byte[] whole = Logs.written(file(), JOURNAL);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));

            Logs.Pass pass = Logs.forward(file());

            assertThat(pass.records())
                    .isEqualTo(JOURNAL.subList(0, pass.records().size()));
            assertThat(pass.torn()).isEqualTo(pass.end() != length || length == 0);
            assertThat(pass.end()).isLessThanOrEqualTo(length);
            assertThat(Logs.backward(file(), pass.end()))
                    .isEqualTo(JOURNAL.subList(0, pass.records().size()).reversed());
        }
    }

    @Test
    void append_behindTornTailAtEveryByte_continuesBehindLastWholeRecord() throws IOException {
        byte[] whole = Logs.written(file(), JOURNAL);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            List<String> expected = new ArrayList<>(Logs.forward(file()).records());
            try (RecordLog log = RecordLog.openForAppend(file(), Logs.FILES)) {
                Logs.append(log, List.of("recovered!"));
            }

            expected.add("recovered!");
            Logs.Pass pass = Logs.forward(file());
            assertThat(pass.records()).isEqualTo(expected);
            assertThat(pass.torn()).isFalse();
        }
    }

    @Test
    void read_anySingleBitFlipped_isDamage() throws IOException {
        byte[] whole = Logs.written(file(), SHORT);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(file(), flipped);

            assertThatThrownBy(() -> Logs.forward(file()))
                    .as("bit %d of byte %d", bit % 8, bit / 8)
                    .isInstanceOf(DamagedLogException.class);
            assertThatThrownBy(() -> RecordLog.openForAppend(file(), Logs.FILES))
                    .isInstanceOf(DamagedLogException.class);
            assertThat(Files.readAllBytes(file())).isEqualTo(flipped);
        }
    }

    @Test
    void readBackward_anySingleBitFlipped_isDamage() throws IOException {
        byte[] whole = Logs.written(file(), SHORT);
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(file(), flipped);

            assertThatThrownBy(() -> Logs.backward(file(), whole.length))
                    .as("bit %d of byte %d", bit % 8, bit / 8)
                    .isInstanceOf(DamagedLogException.class);
        }
    }

    @Test
    void read_anyTwoBytesOfOneRecordChanged_isDamage() throws IOException {
        byte[] whole = Logs.written(file(), List.of("first!", "second!", "third!"));
        for (int first = LogFormat.HEADER; first < whole.length; first++) {
            for (int second = first + 1; second < Math.min(whole.length, first + 10); second++) {
                byte[] changed = whole.clone();
                changed[first] ^= 0x55;
                changed[second] ^= 0x2A;
                Files.write(file(), changed);

                assertThatThrownBy(() -> Logs.forward(file()))
                        .as("bytes %d and %d", first, second)
                        .isInstanceOf(DamagedLogException.class);
            }
        }
    }

    @Test
    void read_sectorsLostThatWereNeverForced_isTornTail() throws IOException {
        List<String> plan = new ArrayList<>(List.of("begin!"));
        for (int i = 0; i < 60; i++) {
            plan.add("step " + i + " " + "s".repeat(i * 3));
        }
        byte[] whole = Logs.written(file(), plan);
        int sectors = (whole.length + LogFormat.SECTOR - 1) / LogFormat.SECTOR;
        assertThat(sectors).isGreaterThan(8);
        int forced = LogFormat.HEADER + LogFormat.OVERHEAD + "begin!".length();
        for (int lost = 1; lost < 1 << Math.min(sectors, 9); lost++) {
            byte[] left = whole.clone();
            for (int sector = 0; sector < sectors; sector++) {
                if ((lost >> Math.min(sector, 8) & 1) != 0) {
                    int from = Math.max(forced, sector * LogFormat.SECTOR);
                    Arrays.fill(left, from, Math.min(whole.length, (sector + 1) * LogFormat.SECTOR), (byte) 0);
                }
            }
            Files.write(file(), left);

            Logs.Pass pass = Logs.forward(file());

            assertThat(pass.torn()).isTrue();
            assertThat(pass.records())
                    .isNotEmpty()
                    .isEqualTo(plan.subList(0, pass.records().size()));
        }
    }

    @Test
    void read_sectorLostBeforeForcedRecord_isDamage() throws IOException {
        byte[] whole = Logs.written(file(), List.of("begin!", "p".repeat(3000), "plan!", "stop requested!"));
        Arrays.fill(whole, 1024, 1536, (byte) 0);
        Files.write(file(), whole);

        assertThatThrownBy(() -> Logs.forward(file()))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining(file().toString());
    }

    @Test
    void read_headerLostWithEverything_isTornAndEmpty() throws IOException {
        Files.write(file(), new byte[4096]);

        assertThat(Logs.forward(file())).isEqualTo(new Logs.Pass(List.of(), true, 0));
    }

    @Test
    void read_otherFile_isDamage() throws IOException {
        Files.writeString(file(), "{\"package_states\":{}}");

        assertThatThrownBy(() -> Logs.forward(file()))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining("byte 0");
    }

    @Test
    void read_newerVersion_isRefusedUntouched() throws IOException {
        byte[] whole = Logs.written(file(), List.of("a"));
        ByteBuffer header = ByteBuffer.wrap(whole).putShort(4, (short) 2);
        CRC32C check = new CRC32C();
        check.update(whole, 0, 6);
        header.putShort(6, (short) check.getValue());
        Files.write(file(), whole);

        assertThatThrownBy(() -> Logs.forward(file()))
                .isInstanceOf(FutureFormatException.class)
                .hasMessageContaining("version 1 at most, found 2");
        assertThatThrownBy(() -> RecordLog.openForAppend(file(), Logs.FILES)).isInstanceOf(FutureFormatException.class);
        assertThat(Files.readAllBytes(file())).isEqualTo(whole);
    }

    @Test
    void create_somethingThere_isRefused() throws IOException {
        Files.createSymbolicLink(file(), directory.resolve("nowhere"));

        assertThatThrownBy(() -> RecordLog.create(file(), Logs.FILES)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(directory.resolve("nowhere")).doesNotExist();
    }

    @Test
    void open_symbolicLink_isNotFollowed() throws IOException {
        Path target = directory.resolve("target");
        byte[] content = Logs.written(target, List.of("a"));
        Files.createSymbolicLink(file(), target);

        assertThatThrownBy(() -> RecordLog.forward(file(), Logs.FILES)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> RecordLog.openForAppend(file(), Logs.FILES)).isInstanceOf(IOException.class);
        assertThat(Files.readAllBytes(target)).isEqualTo(content);
    }

    @Test
    void create_onPosix_isForItsOwnerOnly() throws IOException {
        Logs.written(file(), List.of("a"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void append_tooLong_isRefusedAndLogGoesOn() throws IOException {
        try (RecordLog log = RecordLog.create(file(), Logs.FILES)) {
            assertThatThrownBy(() -> log.append(new byte[LogFormat.MAX_PAYLOAD + 1]))
                    .hasMessageContaining("too long");
            Logs.append(log, List.of("a!"));
        }
        assertThat(Logs.forward(file()).records()).containsExactly("a!");
    }
}
