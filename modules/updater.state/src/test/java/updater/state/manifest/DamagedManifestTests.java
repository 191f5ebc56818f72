package updater.state.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.LogChannels;
import updater.state.log.Logs;
import updater.state.log.PayloadWriter;
import updater.state.log.RecordLog;

/** Manifests that are torn, damaged, or not of this updater. */
class DamagedManifestTests extends ManifestFile {
    private static byte[] encoded(ManifestEntry entry) throws IOException {
        return ManifestCodec.encode(new PayloadWriter(), "", entry.file(), entry.note());
    }

    @Test
    void open_cutAtEveryByte_isRefused() throws IOException {
        write(file(), List.of(entry("a"), entry("b")));
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> ManifestReader.open(file(), Logs.FILES))
                    .as("cut at %d", length)
                    .isInstanceOf(DamagedLogException.class);
        }
    }

    @Test
    void read_oneBitOfAnyByteFlipped_isDamage() throws IOException {
        write(file(), List.of(entry("a"), entry("b")));
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << (at % 8));
            Files.write(file(), flipped);

            assertThatThrownBy(() -> read(file()))
                    .as("bit %d of byte %d", at % 8, at)
                    .isInstanceOf(DamagedLogException.class);
        }
    }

    @Test
    void read_entriesMissing_isDamage() throws IOException {
        try (RecordLog log = RecordLog.create(file(), Logs.FILES)) {
            log.append(encoded(entry("a")));
            log.append(ManifestCodec.encodeComplete(2));
        }

        assertThatThrownBy(() -> read(file()))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining("2 entries, found 1");
    }

    @Test
    void read_entriesOutOfOrder_isDamage() throws IOException {
        try (RecordLog log = RecordLog.create(file(), Logs.FILES)) {
            log.append(encoded(entry("b")));
            log.append(encoded(entry("a")));
            log.append(ManifestCodec.encodeComplete(2));
        }

        assertThatThrownBy(() -> read(file()))
                .isInstanceOf(DamagedLogException.class)
                .hasMessageContaining("order");
    }

    @Test
    void read_memberOfANewerUpdater_isRefused() throws IOException {
        byte[] entry = encoded(entry("a"));
        try (RecordLog log = RecordLog.create(file(), Logs.FILES)) {
            log.append(Arrays.copyOf(entry, entry.length + 1));
            log.append(ManifestCodec.encodeComplete(1));
        }

        assertThatThrownBy(() -> read(file()))
                .isInstanceOf(FutureFormatException.class)
                .hasMessageContaining("newer");
    }

    @Test
    void read_goneButNeverThere_isDamage() throws IOException {
        write(file(), List.of(entry("a"), entry("c")));
        try (ManifestWriter changes = ManifestWriter.create(directory.resolve("changes"), Logs.FILES)) {
            changes.gone("b");
            changes.complete(1);
        }
        try (ManifestReader reader =
                ManifestReader.open(file(), directory.resolve("changes"), LogChannels.ofFileSystem())) {
            assertThat(reader.next()).contains(entry("a"));
            assertThatThrownBy(reader::next)
                    .isInstanceOf(DamagedLogException.class)
                    .hasMessageContaining("'b'");
        }
    }

    @Test
    void read_goneWithNothingToChange_isDamage() throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file(), Logs.FILES)) {
            writer.gone("a");
            writer.complete(1);
        }
        try (ManifestReader reader = ManifestReader.open(file(), Logs.FILES)) {
            assertThatThrownBy(reader::next).isInstanceOf(DamagedLogException.class);
        }
    }

    @Test
    void open_changesAreMissing_isRefused() throws IOException {
        write(file(), List.of(entry("a")));

        assertThatThrownBy(() -> ManifestReader.open(file(), directory.resolve("changes"), LogChannels.ofFileSystem()))
                .isInstanceOf(java.nio.file.NoSuchFileException.class);
    }

    @Test
    void read_manyWithDamageInTheMiddle_failsThere() throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            entries.add(entry(String.format(java.util.Locale.ROOT, "%06d", i)));
        }
        write(file(), entries);
        byte[] whole = Files.readAllBytes(file());
        whole[whole.length / 2] ^= 1;
        Files.write(file(), whole);
        int read = 0;
        try (ManifestReader reader = ManifestReader.open(file(), Logs.FILES)) {
            assertThat(reader.next()).contains(entries.get(read++));
            while (read < 1_499) {
                assertThat(reader.next()).contains(entries.get(read++));
            }
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 3; i++) {
                            assertThat(reader.next()).isPresent();
                        }
                    })
                    .isInstanceOf(DamagedLogException.class);
        }
    }
}
