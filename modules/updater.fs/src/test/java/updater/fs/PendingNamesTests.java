package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class PendingNamesTests {
    /** Room for about ten names of one character. */
    private static final int PART = 100;

    /** A directory that has only names, in any order. */
    private static final class Listed extends ForwardingDirectory {
        final List<String> present = new ArrayList<>();
        int listed;

        Listed() throws IOException {
            super(Disk.portable().open(Path.of("/")));
        }

        @Override
        public void names(Consumer<String> each) {
            listed++;
            present.forEach(each);
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
}
