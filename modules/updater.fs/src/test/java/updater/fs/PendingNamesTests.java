package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Stat;

final class PendingNamesTests {
    @TempDir
    Path temp;

    /** Room for about ten names of one character. */
    private static final int PART = 100;

    /** A directory that has only names, in any order. */
    private static final class Listed extends ForwardingDirectory {
        final List<String> present = new ArrayList<>();
        int listed;

        @Nullable
        FileChannel unnamed;

        Listed() throws IOException {
            super(Disk.portable().open(Path.of("/")));
        }

        @Override
        public void names(Consumer<String> each) {
            listed++;
            present.forEach(each);
        }

        @Override
        public Optional<FileChannel> unnamedFile() {
            return Optional.ofNullable(unnamed);
        }

        static Listed of(String prefix, int count, long seed) throws IOException {
            Listed listed = new Listed();
            for (int i = 0; i < count; i++) {
                listed.present.add(prefix + i);
            }
            Collections.shuffle(listed.present, new Random(seed));
            return listed;
        }
    }

    private static List<String> rest(PendingNames names, Directory directory) throws IOException {
        List<String> visited = new ArrayList<>();
        for (Optional<String> name = names.next(directory); name.isPresent(); name = names.next(directory)) {
            visited.add(name.get());
        }
        return visited;
    }

    @Test
    void next_ofMoreNamesThanThereIsMemoryFor_returnsEachOnceInOrder() throws IOException {
        for (long seed = 0; seed < 20; seed++) {
            Listed directory = Listed.of("n", 1000, seed);
            PendingNames names = new PendingNames(PART);
            names.enter();
            List<String> sorted = directory.present.stream().sorted().toList();
            assertThat(rest(names, directory)).isEqualTo(sorted);
            assertThat(directory.listed).as("seed %d", seed).isGreaterThan(90);
        }
    }

    @Test
    void offer_moreThanTheBudget_holdsNoMore() {
        SmallestNames names = new SmallestNames(1 << 16);
        names.begin("");
        for (int i = 0; i < 100_000; i++) {
            names.offer("name" + i * 7919L % 100_000);
        }
        names.end();
        assertThat(names.next()).isEqualTo("name0");
        assertThat(names.memory()).isLessThanOrEqualTo(1 << 17);
        assertThat(names.more()).isTrue();
    }

    @Test
    void next_ofFewNames_listsOnce() throws IOException {
        Listed directory = Listed.of("n", 5, 1);
        PendingNames names = new PendingNames(PART);
        names.enter();
        assertThat(rest(names, directory)).hasSize(5);
        assertThat(directory.listed).isEqualTo(1);
    }

    @Test
    void next_ofANameLongerThanAllMemory_returnsIt() throws IOException {
        Listed directory = new Listed();
        directory.present.addAll(List.of("b".repeat(600), "a".repeat(600), "c".repeat(600)));
        PendingNames names = new PendingNames(PART);
        names.enter();
        assertThat(rest(names, directory))
                .isEqualTo(directory.present.stream().sorted().toList());
    }

    @Test
    void next_afterLargeInnerDirectories_goesOnBehindTheLastName() throws IOException {
        Listed outer = Listed.of("o", 8, 2);
        Listed inner = Listed.of("i", 100, 3);
        PendingNames names = new PendingNames(PART);
        names.enter();
        List<String> visited = new ArrayList<>();
        for (Optional<String> name = names.next(outer); name.isPresent(); name = names.next(outer)) {
            visited.add(name.get());
            names.enter();
            assertThat(rest(names, inner)).hasSize(100);
            names.leave();
        }
        assertThat(visited).isEqualTo(outer.present.stream().sorted().toList());
        // It was dropped meanwhile: else nothing bounds the memory of all levels.
        assertThat(outer.listed).isGreaterThan(1);
    }

    @Test
    void next_ofNamesInPlanesBeyondTheFirst_keepsTheOrderOfStrings() throws IOException {
        Listed directory = new Listed();
        directory.present.addAll(List.of("\uffee", "\ud83d\ude00", "z", "\u00e4"));
        PendingNames names = new PendingNames(1);
        names.enter();
        assertThat(rest(names, directory)).containsExactly("z", "\u00e4", "\ud83d\ude00", "\uffee");
    }

    private FileChannel unnamed() throws IOException {
        return FileChannel.open(
                temp.resolve("unnamed"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Test
    void next_ofNamesThatAreWritten_listsOnceAndReturnsEachInOrder() throws IOException {
        for (long seed = 0; seed < 20; seed++) {
            Listed directory = Listed.of("n".repeat((int) seed), 1000, seed);
            directory.present.addAll(
                    List.of("\uffee", "\ud83d\ude00", "z".repeat(255), "\u20ac".repeat(255), "\u00e4"));
            directory.unnamed = unnamed();
            PendingNames names = new PendingNames(PART);
            names.enter();
            assertThat(rest(names, directory))
                    .as("seed %d", seed)
                    .isEqualTo(directory.present.stream().sorted().toList());
            assertThat(directory.listed).as("seed %d", seed).isEqualTo(1);
            assertThat(directory.unnamed.isOpen()).isFalse();
        }
    }

    @Test
    void next_whereNamesCannotBeWritten_listsInParts() throws IOException {
        Listed directory = Listed.of("n", 1000, 1);
        directory.unnamed = unnamed();
        directory.unnamed.close();
        PendingNames names = new PendingNames(PART);
        names.enter();
        assertThat(rest(names, directory))
                .isEqualTo(directory.present.stream().sorted().toList());
        assertThat(directory.listed).isGreaterThan(90);
    }

    @Test
    void next_whereNamesCannotBeReadAnyMore_goesOnBehindTheLastOne() throws IOException {
        Listed directory = Listed.of("n".repeat(100), 1000, 1);
        directory.unnamed = unnamed();
        PendingNames names = new PendingNames(PART);
        names.enter();
        List<String> visited = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            visited.add(names.next(directory).orElseThrow());
        }
        directory.unnamed.close();
        visited.addAll(rest(names, directory));
        assertThat(visited).isEqualTo(directory.present.stream().sorted().toList());
    }

    @Test
    void next_whereOuterNamesAreWritten_goesOnBehindTheLastName() throws IOException {
        Listed outer = Listed.of("o", 100, 2);
        Listed inner = Listed.of("i", 100, 3);
        PendingNames names = new PendingNames(PART);
        names.enter();
        List<String> visited = new ArrayList<>();
        outer.unnamed = unnamed();
        for (Optional<String> name = names.next(outer); name.isPresent(); name = names.next(outer)) {
            visited.add(name.get());
            names.enter();
            assertThat(rest(names, inner)).hasSize(100);
            names.leave();
            outer.unnamed = unnamed();
        }
        assertThat(visited).isEqualTo(outer.present.stream().sorted().toList());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void next_ofARealDirectory_listsOnceAndChangesNothing() throws IOException {
        for (int i = 0; i < 2_000; i++) {
            Files.createFile(temp.resolve("n".repeat(200) + i));
        }
        int[] listed = {0};
        try (Directory real = Disk.ofHost().open(temp)) {
            Stat before = real.self();
            Directory counting = new ForwardingDirectory(real) {
                @Override
                public void names(Consumer<String> each) throws IOException {
                    listed[0]++;
                    super.names(each);
                }
            };
            PendingNames names = new PendingNames(1 << 16);
            names.enter();
            assertThat(rest(names, counting)).hasSize(2_000).isSorted();
            assertThat(listed[0]).isEqualTo(1);
            assertThat(real.self()).isEqualTo(before);
        }
    }
}
