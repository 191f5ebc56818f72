package updater.state.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;
import updater.state.log.CrampedDisk;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.LogChannels;
import updater.state.log.Logs;
import updater.state.log.PayloadWriter;
import updater.state.log.RecordLog;
import updater.state.log.UnrecordableException;

class ManifestTests {
    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("manifest");
    }

    private static ManifestEntry entry(String path) {
        return new ManifestEntry(
                new FileEntry(
                        path,
                        new Stat(
                                FileType.REGULAR,
                                1L << 50,
                                04755,
                                0,
                                4_294_967_294L,
                                Instant.parse("1969-12-31T23:59:59.999999999Z"),
                                Instant.parse("2026-01-01T00:00:00.000000001Z"),
                                -1L,
                                Long.MAX_VALUE,
                                2),
                        Optional.empty(),
                        Map.of(
                                "security.capability",
                                Bytes.of(new byte[] {1, 0, 0, 2}),
                                "user.empty",
                                Bytes.of(new byte[0])),
                        OptionalLong.of(0xFFFF_FFFFL)),
                Optional.of("objects/7"));
    }

    private static byte[] encoded(ManifestEntry entry) throws IOException {
        return ManifestCodec.encode(new PayloadWriter(), "", entry.file(), entry.note());
    }

    private static void write(Path file, List<ManifestEntry> entries) throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file, Logs.FILES)) {
            for (ManifestEntry entry : entries) {
                writer.add(entry.file(), entry.note());
            }
            writer.complete(entries.size());
        }
    }

    private static List<ManifestEntry> read(Path file) throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        try (ManifestReader reader = ManifestReader.open(file, Logs.FILES)) {
            for (Optional<ManifestEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                entries.add(next.get());
            }
            assertThat(reader.next()).isEmpty();
        }
        return entries;
    }

    @Test
    void read_entry_isWhatWasWritten() throws IOException {
        write(file(), List.of(entry("a")));

        assertThat(read(file())).containsExactly(entry("a"));
    }

    @Test
    void read_deepTree_isWhatWasWrittenAndNoLongerThanItsNames() throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        StringBuilder path = new StringBuilder("d");
        for (int depth = 0; depth < 2000; depth++) {
            entries.add(entry(path.toString()));
            entries.add(entry(path + "/c\ud83d\ude00"));
            entries.add(entry(path + "/c\ud83d\ude01"));
            path.append("/d");
        }
        entries.sort(Comparator.comparing(entry -> entry.file().path(), ManifestEntry.WALK_ORDER));
        write(file(), entries);

        assertThat(read(file())).isEqualTo(entries);
        assertThat(Files.size(file())).isLessThan(6000 * 400);
    }

    @Property(tries = 200)
    void read_anyEntries_areWhatWasWritten(@ForAll("entries") List<ManifestEntry> entries) throws IOException {
        Path manifest = Files.createTempDirectory("manifest").resolve("manifest");
        try {
            write(manifest, entries);

            assertThat(read(manifest)).isEqualTo(entries);
        } finally {
            Files.deleteIfExists(manifest);
            Files.delete(manifest.getParent());
        }
    }

    @Provide
    Arbitrary<List<ManifestEntry>> entries() {
        Arbitrary<String> texts = Arbitraries.strings()
                .ofMaxLength(20)
                .map(text -> new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        Arbitrary<Long> longs = Arbitraries.longs();
        Arbitrary<Instant> instants = Combinators.combine(
                        Arbitraries.longs().between(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond()),
                        Arbitraries.integers().between(0, 999_999_999))
                .as((seconds, nanos) -> Instant.ofEpochSecond(seconds, nanos));
        Arbitrary<Bytes> bytes =
                Arbitraries.bytes().array(byte[].class).ofMaxSize(40).map(Bytes::of);
        Arbitrary<FileEntry> files = Combinators.combine(
                        Arbitraries.of(FileType.class),
                        longs,
                        Arbitraries.integers().between(0, 07777),
                        longs,
                        instants,
                        texts.optional(),
                        Arbitraries.maps(texts, bytes).ofMaxSize(4),
                        longs.optional())
                .as((type, number, mode, id, instant, link, attributes, checksum) -> new FileEntry(
                        "",
                        new Stat(
                                type,
                                number,
                                mode,
                                id,
                                -id,
                                instant,
                                instant.equals(Instant.MIN) ? Instant.MAX : Instant.EPOCH,
                                ~number,
                                id ^ number,
                                mode),
                        link,
                        attributes,
                        checksum.map(OptionalLong::of).orElse(OptionalLong.empty())));
        return Combinators.combine(texts.set().ofMaxSize(10), files.list().ofSize(10), texts.optional())
                .as((names, list, backup) -> {
                    List<ManifestEntry> entries = new ArrayList<>();
                    TreeSet<String> sorted = new TreeSet<>(ManifestEntry.WALK_ORDER);
                    sorted.addAll(names);
                    for (String name : sorted) {
                        entries.add(new ManifestEntry(list.get(entries.size()).withPath(name), backup));
                    }
                    return entries;
                });
    }

    @Test
    void walkOrder_isThatOfAWalkWithSortedNames() {
        List<String> walked =
                List.of("", "a", "a/b", "a/b/c", "a/b.d", "a!", "a-b", "a-b/c", "a.b", "ab", "b", "ü", "ü/x");
        List<String> shuffled = new ArrayList<>(walked);
        Collections.shuffle(shuffled, new Random(7));

        shuffled.sort(ManifestEntry.WALK_ORDER);

        assertThat(shuffled).isEqualTo(walked);
    }

    @Property
    void walkOrder_isThatOfComponents(@ForAll("paths") List<String> left, @ForAll("paths") List<String> right) {
        assertThat(Integer.signum(ManifestEntry.WALK_ORDER.compare(String.join("/", left), String.join("/", right))))
                .isEqualTo(Integer.signum(Arrays.compare(left.toArray(String[]::new), right.toArray(String[]::new))));
    }

    @Provide
    Arbitrary<List<String>> paths() {
        return Arbitraries.strings()
                .withChars('a', 'b', '!', '.', '\u0001', '\uFFFF')
                .ofMinLength(1)
                .ofMaxLength(3)
                .list()
                .ofMaxSize(4);
    }

    @Test
    void add_notBehindTheOneBefore_isRefused() throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file(), Logs.FILES)) {
            writer.add(entry("a/b").file());

            assertThatThrownBy(() -> writer.add(entry("a").file())).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> writer.add(entry("a/b").file())).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void add_nameThatIsNoText_isRefused() throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file(), Logs.FILES)) {
            assertThatThrownBy(() -> writer.add(entry("bad\ud800").file())).isInstanceOf(UnrecordableException.class);
            writer.add(entry("c").file());
            writer.complete(1);
        }
        assertThat(read(file())).hasSize(1);
    }

    @Test
    void complete_otherNumber_isRefused() throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file(), Logs.FILES)) {
            writer.add(entry("a").file());

            assertThatThrownBy(() -> writer.complete(2)).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> ManifestReader.open(file(), Logs.FILES)).isInstanceOf(DamagedLogException.class);
    }

    @Test
    void complete_returned_isForced() throws IOException {
        CrampedDisk disk = new CrampedDisk();
        try (ManifestWriter writer = ManifestWriter.create(file(), disk.channels())) {
            writer.add(entry("a").file());
            assertThat(disk.forces).isZero();
            writer.complete(1);
            assertThat(disk.forces).isEqualTo(1);
        }
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

    /** Changes of one in {@code every} path, of one more that is gone, and one that is new behind each of those. */
    private void assertMerged(int entries, int every) throws IOException {
        List<String> expected = new ArrayList<>();
        int changed = 0;
        try (ManifestWriter base = ManifestWriter.create(file(), Logs.FILES);
                ManifestWriter changes = ManifestWriter.create(directory.resolve("changes"), Logs.FILES)) {
            for (int i = 0; i < entries; i++) {
                String path = String.format(java.util.Locale.ROOT, "d/%06d", i);
                base.add(entry(path).file());
                if (i % every == 0) {
                    changes.add(entry(path).file().withModified(Instant.EPOCH));
                    changes.add(entry(path + ".new").file());
                    changed += 2;
                    expected.add(path + " changed");
                    expected.add(path + ".new");
                } else if (i % every == 1) {
                    changes.gone(path);
                    changed++;
                } else {
                    expected.add(path);
                }
            }
            changes.add(entry("e").file());
            expected.add("e");
            base.complete(entries);
            changes.complete(changed + 1);
        }
        List<String> found = new ArrayList<>();
        try (ManifestReader reader =
                ManifestReader.open(file(), directory.resolve("changes"), LogChannels.ofFileSystem())) {
            for (Optional<ManifestEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                FileEntry entry = next.get().file();
                found.add(entry.path() + (entry.stat().modified().equals(Instant.EPOCH) ? " changed" : ""));
            }
            assertThat(reader.next()).isEmpty();
        }
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void read_withChanges_isWhatIsThereNow() throws IOException {
        assertMerged(10, 3);
    }

    @Test
    void read_manyWithChanges_isWhatIsThereNow() throws IOException {
        assertMerged(5_000, 3);
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
