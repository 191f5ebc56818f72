package updater.state.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import updater.api.FileEntry;
import updater.state.log.CrampedDisk;
import updater.state.log.DamagedLogException;
import updater.state.log.LogChannels;
import updater.state.log.Logs;
import updater.state.log.UnrecordableException;

class ManifestTests extends ManifestFile {
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
}
