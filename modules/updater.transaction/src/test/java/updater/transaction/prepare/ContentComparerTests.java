package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Pinned;
import updater.transaction.world.CrashPoints;
import updater.transaction.world.FakeClock;

final class ContentComparerTests {
    private static final int LARGE = 300_000;
    private static final long NEVER = Long.MAX_VALUE;

    @TempDir
    Path temp;

    private final FakeClock clock = new FakeClock(new CrashPoints());

    private interface Question {
        boolean ask(Pinned one, Pinned other) throws IOException;
    }

    @BeforeEach
    void write() throws IOException {
        byte[] bytes = new byte[LARGE];
        Files.write(temp.resolve("a"), bytes);
        Files.write(temp.resolve("b"), bytes);
        bytes[LARGE - 1] = 1;
        Files.write(temp.resolve("end differs"), bytes);
        Files.write(temp.resolve("shorter"), Arrays.copyOf(bytes, LARGE - 1));
        Files.write(temp.resolve("small"), new byte[] {1, 2});
        Files.write(temp.resolve("small too"), new byte[] {1, 2});
        Files.write(temp.resolve("small other"), new byte[] {1, 3});
        Files.createFile(temp.resolve("empty"));
        Files.createFile(temp.resolve("empty too"));
    }

    private boolean ask(Question question, String one, String other) throws IOException {
        try (Directory directory = Disk.ofHost().open(temp);
                Pinned a = directory.pinFile(one);
                Pinned b = directory.pinFile(other)) {
            return question.ask(a, b);
        }
    }

    @Test
    void test_comparesSizesAndContents() throws IOException {
        ContentComparer content = new ContentComparer(NEVER, clock, NEVER);

        assertThat(ask(content::test, "a", "b")).isTrue();
        assertThat(ask(content::test, "a", "end differs")).isFalse();
        assertThat(ask(content::test, "a", "shorter")).isFalse();
        assertThat(ask(content::test, "small", "small too")).isTrue();
        assertThat(ask(content::test, "small", "small other")).isFalse();
        assertThat(ask(content::test, "empty", "empty too")).isTrue();
        assertThat(ask(content::test, "empty", "small")).isFalse();
    }

    @Test
    void test_allHaveDifferedForLong_samplesUntilOneIsTheSame() throws IOException {
        ContentComparer content = new ContentComparer(NEVER, clock, NEVER);
        for (int i = 0; i < 200; i++) {
            assertThat(ask(content::test, "small", "small other")).isFalse();
        }

        int asked = 1;
        while (!ask(content::test, "small", "small too")) {
            asked++;
        }

        assertThat(asked).isEqualTo(8);
        assertThat(ask(content::test, "small", "small too")).isTrue();
        assertThat(ask(content::test, "small", "small too")).isTrue();
    }

    /** What differs in size costs nothing to tell, and says nothing about the others. */
    @Test
    void test_otherSizes_doNotCount() throws IOException {
        ContentComparer content = new ContentComparer(NEVER, clock, NEVER);
        for (int i = 0; i < 1000; i++) {
            assertThat(ask(content::test, "empty", "small")).isFalse();
        }

        assertThat(ask(content::test, "small", "small too")).isTrue();
    }

    @Test
    void test_beyondItsBytes_isFalse() throws IOException {
        ContentComparer content = new ContentComparer(LARGE + 1, clock, NEVER);

        assertThat(ask(content::test, "a", "b")).isTrue();
        assertThat(ask(content::test, "small", "small too")).isFalse();
        assertThat(ask(content::anyway, "small", "small too")).isTrue();
    }

    @Test
    void test_beyondItsTime_isFalse() throws IOException {
        ContentComparer content = new ContentComparer(NEVER, clock, clock.nanos() + 1_000_000);

        assertThat(ask(content::test, "a", "b")).isTrue();
        clock.advance(java.time.Duration.ofMillis(1));
        assertThat(ask(content::test, "a", "b")).isFalse();
        assertThat(ask(content::anyway, "a", "b")).isTrue();
        assertThat(ask(content::anyway, "a", "end differs")).isFalse();
    }
}
