package updater.state.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Bytes;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;
import updater.state.log.Logs;

/** A manifest in a file, written and read by the tests. */
abstract class ManifestFile {
    @TempDir
    Path directory;

    Path file() {
        return directory.resolve("manifest");
    }

    static ManifestEntry entry(String path) {
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

    static void write(Path file, List<ManifestEntry> entries) throws IOException {
        try (ManifestWriter writer = ManifestWriter.create(file, Logs.FILES)) {
            for (ManifestEntry entry : entries) {
                writer.add(entry.file(), entry.note());
            }
            writer.complete(entries.size());
        }
    }

    static List<ManifestEntry> read(Path file) throws IOException {
        List<ManifestEntry> entries = new ArrayList<>();
        try (ManifestReader reader = ManifestReader.open(file, Logs.FILES)) {
            for (Optional<ManifestEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                entries.add(next.get());
            }
            assertThat(reader.next()).isEmpty();
        }
        return entries;
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
}
