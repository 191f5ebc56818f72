package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.Ticker;
import updater.fs.faulty.BusyDisk;

class AsideDiskTests {
    private static final Duration ALWAYS = Duration.ofDays(1);

    /** A clock that stands still but for pauses. */
    private static final class Clock implements Ticker {
        long nanos;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public void pause(Duration duration) {
            nanos += duration.toNanos();
        }

        long millis() {
            return Duration.ofNanos(nanos).toMillis();
        }
    }

    @TempDir
    Path root;

    private final Clock clock = new Clock();
    private final BusyDisk busy = new BusyDisk(Disk.portable(), clock);
    private final List<Path> atBoot = new ArrayList<>();
    private Disk disk;
    private Path aside;

    @BeforeEach
    void makeFiles() throws IOException {
        aside = root.resolve("home/.updater/aside");
        Files.createDirectories(root.resolve("home"));
        Files.writeString(root.resolve("home/new"), "new");
        Files.writeString(root.resolve("home/file"), "old");
        disk = new AsideDisk(busy, clock, atBoot::add).settingAside(aside);
    }

    private interface Work {
        void in(Directory home) throws IOException;
    }

    private void work(Work work) throws IOException {
        try (Directory home = disk.open(root.resolve("home"))) {
            work.in(home);
        }
    }

    private void run(String name) throws IOException {
        work(home -> busy.run(home.lookup(name).orElseThrow(), ALWAYS));
    }

    private void lock(String name, Duration time) throws IOException {
        work(home -> busy.lock(home.lookup(name).orElseThrow(), time));
    }

    private String content(String path) throws IOException {
        return Files.readString(root.resolve(path));
    }

    @Test
    void rename_overAFileNobodyUses_setsNothingAside() throws IOException {
        work(home -> home.rename("new", home, "file"));

        assertThat(content("home/file")).isEqualTo("new");
        assertThat(aside).doesNotExist();
    }

    @Test
    void rename_overAProgramThatRuns_setsItAsideWithoutWaiting() throws IOException {
        run("file");

        work(home -> home.rename("new", home, "file"));

        assertThat(content("home/file")).isEqualTo("new");
        assertThat(content("home/.updater/aside/aside-1")).isEqualTo("old");
        assertThat(atBoot).containsExactly(aside.resolve("aside-1"));
        assertThat(clock.millis()).isZero();
    }

    @Test
    void rename_ofAFileThatIsScanned_waitsForTheScanner() throws IOException {
        lock("new", Duration.ofMillis(300));

        work(home -> home.rename("new", home, "file"));

        assertThat(content("home/file")).isEqualTo("new");
        assertThat(clock.millis()).isBetween(300L, 600L);
        assertThat(Files.list(root.resolve("home"))).hasSize(1);
    }

    @Test
    void rename_secondRenameFails_putsTheFirstBack() throws IOException {
        run("file");
        lock("new", ALWAYS);

        assertThatThrownBy(() -> work(home -> home.rename("new", home, "file")))
                .isInstanceOf(FileSystemException.class);

        assertThat(content("home/file")).isEqualTo("old");
        assertThat(content("home/new")).isEqualTo("new");
        assertThat(clock.millis()).isBetween(2_000L, 2_300L);
    }

    @Test
    void rename_overAFileLockedForGood_failsWithBothReasons() throws IOException {
        lock("file", ALWAYS);

        assertThatThrownBy(() -> work(home -> home.rename("new", home, "file")))
                .isInstanceOf(FileSystemException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));

        assertThat(content("home/file")).isEqualTo("old");
    }

    @Test
    void rename_manyFilesLockedForGood_runsOutOfPatience() throws IOException {
        lock("file", ALWAYS);

        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> work(home -> home.rename("new", home, "file")))
                    .isInstanceOf(FileSystemException.class);
        }

        assertThat(clock.millis()).isBetween(15_000L, 20_000L);
    }

    @Test
    void delete_ofAProgramThatRuns_freesItsName() throws IOException {
        run("file");

        work(home -> home.delete("file"));

        assertThat(root.resolve("home/file")).doesNotExist();
        assertThat(content("home/.updater/aside/aside-1")).isEqualTo("old");
    }

    @Test
    void delete_whatIsNotThere_isToldAtOnce() {
        assertThatThrownBy(() -> work(home -> home.delete("nothing"))).isInstanceOf(NoSuchFileException.class);
        assertThat(clock.millis()).isZero();
    }

    @Test
    void deleteDirectory_notEmpty_isToldAtOnce() throws IOException {
        Files.createDirectories(root.resolve("home/full/x"));

        assertThatThrownBy(() -> work(home -> home.deleteDirectory("full")))
                .isInstanceOf(DirectoryNotEmptyException.class);
        assertThat(clock.millis()).isZero();
    }

    @Test
    void removal_ofATreeWithAProgramThatRuns_leavesNothingOfTheTree() throws IOException {
        Files.createDirectories(root.resolve("home/tmp/deep"));
        Files.writeString(root.resolve("home/tmp/deep/program"), "runs");
        try (Directory deep = disk.open(root.resolve("home/tmp/deep"))) {
            busy.run(deep.lookup("program").orElseThrow(), ALWAYS);
        }

        work(home -> TreeRemoval.remove(home, "tmp"));

        assertThat(root.resolve("home/tmp")).doesNotExist();
    }

    @Test
    void clearAside_stillRunning_keepsItForTheNextTime() throws IOException {
        run("file");
        work(home -> home.rename("new", home, "file"));

        disk.clearAside();
        assertThat(aside.resolve("aside-1")).exists();

        busy.letGo();
        disk.clearAside();
        assertThat(aside).doesNotExist();
        disk.clearAside();
    }

    @Test
    void setAside_leftoversOfEarlierRuns_areNotReplaced() throws IOException {
        Files.createDirectories(aside);
        Files.writeString(aside.resolve("aside-1"), "older");
        run("file");

        work(home -> home.rename("new", home, "file"));

        assertThat(content("home/.updater/aside/aside-1")).isEqualTo("older");
        assertThat(content("home/.updater/aside/aside-2")).isEqualTo("old");
    }

    @Test
    void setAside_withoutAPlace_staysBesideItsName() throws IOException {
        disk = Disk.aside(busy, clock);
        run("file");

        work(home -> home.rename("new", home, "file"));

        assertThat(content("home/aside-1")).isEqualTo("old");
    }

    @Test
    void busy_lockedFile_yesAndNothingChanges() throws IOException {
        lock("file", ALWAYS);

        work(home -> {
            assertThat(home.busy("file")).isTrue();
            assertThat(home.busy("new")).isFalse();
        });

        assertThat(content("home/file")).isEqualTo("old");
    }

    @Test
    void busy_programThatRuns_no() throws IOException {
        run("file");

        work(home -> assertThat(home.busy("file")).isFalse());
    }

    @Test
    void patience_otherFailures_areNotRepeated() {
        assertThat(BusyFileRetry.busy(new AccessDeniedException("f"))).isTrue();
        assertThat(BusyFileRetry.busy(new FileSystemException("f"))).isTrue();
        assertThat(BusyFileRetry.busy(new NoSuchFileException("f"))).isFalse();
        assertThat(BusyFileRetry.busy(new IOException("no space"))).isFalse();
    }
}
