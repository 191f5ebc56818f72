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
    void sameInTime_comparesSizesAndContents() throws IOException {
        ContentComparer content = new ContentComparer(clock, NEVER);

        assertThat(ask(content::sameInTime, "a", "b")).isTrue();
        assertThat(ask(content::sameInTime, "a", "end differs")).isFalse();
        assertThat(ask(content::sameInTime, "a", "shorter")).isFalse();
        assertThat(ask(content::sameInTime, "small", "small too")).isTrue();
        assertThat(ask(content::sameInTime, "small", "small other")).isFalse();
        assertThat(ask(content::sameInTime, "empty", "empty too")).isTrue();
        assertThat(ask(content::sameInTime, "empty", "small")).isFalse();
    }

    @Test
    void sameInTime_afterTheDeadline_isFalse() throws IOException {
        ContentComparer content = new ContentComparer(clock, clock.nanos() + 1_000_000);

        assertThat(ask(content::sameInTime, "a", "b")).isTrue();
        clock.advance(java.time.Duration.ofMillis(1));
        assertThat(ask(content::sameInTime, "a", "b")).isFalse();
        assertThat(ask(content::same, "a", "b")).isTrue();
        assertThat(ask(content::same, "a", "end differs")).isFalse();
    }
}
