package updater.api.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ArgumentBatchesTests {
    private static final String LONG = "/" + "x".repeat(99);

    private static List<List<String>> batches(List<String> paths, int bytes) {
        return ArgumentBatches.of(paths.stream().map(Path::of).toList(), bytes);
    }

    @Test
    void of_noPaths_isNoBatch() {
        assertThat(batches(List.of(), 1)).isEmpty();
    }

    @Test
    void of_pathsThatFit_areOneBatchInTheirOrder() {
        assertThat(batches(List.of("/b", "/a"), 30)).containsExactly(List.of("/b", "/a"));
        assertThat(batches(List.of("/b", "/a"), 29)).containsExactly(List.of("/b"), List.of("/a"));
    }

    @Test
    void of_aPathThatIsTooLongByItself_isABatch() {
        assertThat(batches(List.of("/a", LONG, "/b", "/c"), 40))
                .containsExactly(List.of("/a"), List.of(LONG), List.of("/b", "/c"));
    }

    @Test
    void of_manyPaths_losesNone() {
        List<List<String>> all = batches(Collections.nCopies(1000, LONG), 64 * 1024);

        assertThat(all).hasSize(5);
        assertThat(all.stream().mapToInt(List::size).sum()).isEqualTo(1000);
    }
}
