package updater.transaction.rollback;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.ForwardingDirectory;
import updater.fs.Space;

/** What an undo replaces keeps its blocks until it is let go of, when that is worth it and harmless. */
final class DeferredReleaseTests {
    private static final int MEGABYTE = 1 << 20;

    private Path home;
    private Path backup;
    private long free = 1L << 40;
    private boolean keepsNames;
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void begin(@TempDir Path directory) throws IOException {
        home = directory.toRealPath();
        Files.write(home.resolve("large"), new byte[MEGABYTE]);
        backup = Files.createDirectory(home.resolve("backup"));
    }

    private DeferredRelease release() {
        Disk disk = Disk.ofHost();
        Disk limited = new Disk() {
            @Override
            public Directory open(Path absoluteDirectory) throws IOException {
                return keepsNames ? new KeepingNames(disk.open(absoluteDirectory)) : disk.open(absoluteDirectory);
            }

            @Override
            public Space space(Path path) {
                return new Space(free, OptionalLong.empty(), "any", 4096);
            }
        };
        return new DeferredRelease(limited, home, backup, (parent, name, path) -> told.add(path));
    }

    /** Names of files of home that have no name any more, but somebody who holds them: this process. */
    private List<String> unnamedButHeld() throws IOException {
        List<String> held = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                String target = targetOf(descriptor);
                if (target.startsWith(home + "/") && target.endsWith(" (deleted)")) {
                    held.add(target.substring(home.toString().length() + 1, target.length() - " (deleted)".length()));
                }
            }
        }
        return held;
    }

    /** Descriptors come and go while they are listed. */
    private static String targetOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    private void displace(DeferredRelease release, String name) throws IOException {
        try (Directory directory = Disk.ofHost().open(home)) {
            release.beforeReplacing(directory, name, name);
        }
        Files.delete(home.resolve(name));
    }

    @Test
    void about_largeFile_isHeldUntilClosed() throws IOException {
        DeferredRelease release = release();
        displace(release, "large");

        assertThat(unnamedButHeld()).containsExactly("large");
        release.close();
        assertThat(unnamedButHeld()).isEmpty();
        assertThat(told).containsExactly("large");
    }

    @Test
    void about_smallFile_isNotHeld() throws IOException {
        Files.write(home.resolve("small"), new byte[MEGABYTE - 1]);
        try (DeferredRelease release = release()) {
            displace(release, "small");
            assertThat(unnamedButHeld()).isEmpty();
        }
        assertThat(told).containsExactly("small");
    }

    /** Taking away one of two names frees nothing. */
    @Test
    void about_fileWithAnotherName_isNotHeld() throws IOException {
        Files.createLink(home.resolve("other"), home.resolve("large"));
        try (DeferredRelease release = release()) {
            displace(release, "large");
            assertThat(unnamedButHeld()).isEmpty();
        }
    }

    @Test
    void about_moreThanIsFree_isNotHeld() throws IOException {
        Files.write(home.resolve("second"), new byte[MEGABYTE]);
        free = 2 * MEGABYTE - 1;
        try (DeferredRelease release = release()) {
            displace(release, "large");
            displace(release, "second");
            assertThat(unnamedButHeld()).containsExactly("large");
        }
        assertThat(told).containsExactly("large", "second");
    }

    @Test
    void about_manyFiles_holdsAHundred() throws IOException {
        try (DeferredRelease release = release()) {
            for (int i = 0; i < 101; i++) {
                Path file = home.resolve("file" + i);
                try (var channel = java.nio.channels.FileChannel.open(
                        file, java.nio.file.StandardOpenOption.CREATE_NEW, java.nio.file.StandardOpenOption.WRITE)) {
                    channel.write(java.nio.ByteBuffer.allocate(1), MEGABYTE);
                }
                displace(release, file.getFileName().toString());
            }
            assertThat(unnamedButHeld()).hasSize(100).doesNotContain("file100");
        }
    }

    /** A directory as NFS has them: a name that is taken from a file that is open comes back as another. */
    private static final class KeepingNames extends ForwardingDirectory {
        KeepingNames(Directory next) {
            super(next);
        }

        @Override
        public Directory child(String name) throws IOException {
            return new KeepingNames(super.child(name));
        }

        @Override
        public void delete(String name) throws IOException {
            if (name.startsWith(".nfs")) {
                super.delete(name);
            } else {
                rename(name, this, ".nfs1");
            }
        }
    }

    /** NFS gives a file that is open another name, which would be in the way of what is restored. */
    @Test
    void about_fileSystemThatKeepsNames_isNotHeld() throws IOException {
        keepsNames = true;
        try (DeferredRelease release = release()) {
            displace(release, "large");
            assertThat(unnamedButHeld()).isEmpty();
        }
        assertThat(backup).as("the trial").isEmptyDirectory();
    }

    @Test
    void about_noBackup_isNotHeld() throws IOException {
        Files.delete(backup);
        try (DeferredRelease release = release()) {
            displace(release, "large");
            assertThat(unnamedButHeld()).isEmpty();
        }
        assertThat(told).containsExactly("large");
    }

    /** What it takes to copy a file back must not be held there. */
    @Test
    void about_fileOnAnotherFileSystemThanHome_isNotHeld() throws IOException {
        Path elsewhere = Files.createDirectory(home.resolve("elsewhere"));
        try (DeferredRelease release = new DeferredRelease(
                new Disk() {
                    @Override
                    public Directory open(Path absoluteDirectory) throws IOException {
                        return Disk.ofHost().open(Path.of("/proc"));
                    }

                    @Override
                    public Space space(Path path) {
                        return new Space(free, OptionalLong.empty(), "any", 4096);
                    }
                },
                elsewhere,
                backup,
                (parent, name, path) -> told.add(path))) {
            displace(release, "large");
            assertThat(unnamedButHeld()).isEmpty();
        }
        assertThat(told).containsExactly("large");
    }

    @Test
    void about_fileThatIsKept_isNotHeld() throws IOException {
        DeferredRelease release = new DeferredRelease(
                Disk.ofHost(),
                home,
                backup,
                (parent, name, path) -> Files.move(home.resolve(name), home.resolve("kept")));
        try (release;
                Directory directory = Disk.ofHost().open(home)) {
            release.beforeReplacing(directory, "large", "large");
            Files.delete(home.resolve("kept"));
            assertThat(unnamedButHeld()).isEmpty();
        }
    }

    @Test
    void about_nothingThere_isToldOn() throws IOException {
        try (DeferredRelease release = release();
                Directory directory = Disk.ofHost().open(home)) {
            release.beforeReplacing(directory, "none", "none");
        }
        assertThat(told).containsExactly("none");
    }
}
