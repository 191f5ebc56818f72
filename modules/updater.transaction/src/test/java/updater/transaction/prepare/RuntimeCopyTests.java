package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import updater.api.HomeLayout;
import updater.api.UpdateFailure;
import updater.fs.Disk;
import updater.fs.HostFilesOnDisk;
import updater.fs.faulty.FaultyDisk;
import updater.fs.faulty.FaultyDisk.Fault;
import updater.transaction.context.EventLog;
import updater.transaction.context.OwnUser;

final class RuntimeCopyTests {
    private static final EventLog LOG = (level, message, values, error) -> {};
    private static final Path ELSEWHERE = Path.of("/usr/lib/jvm/some");

    private HomeLayout layout;
    private Path runtime;
    private long uid;

    @BeforeEach
    void copyARuntime(@TempDir(factory = QuickTempDir.class) Path directory) throws IOException {
        Path root = directory.toRealPath();
        layout = new HomeLayout(root.resolve("home"), root.resolve("state"));
        uid = Integer.toUnsignedLong((Integer) Files.getAttribute(root, "unix:uid"));
        Files.createDirectory(layout.state());
        runtime = copied("runtime-99999990-1", "a large file");
    }

    /** What the launcher leaves in the state directory. */
    private Path copied(String name, String modules) throws IOException {
        Path copy = Files.createDirectory(layout.state().resolve(name));
        write(copy.resolve("bin/java"), "an executable", "rwxr-xr-x");
        write(copy.resolve("lib/modules"), modules, "rw-r--r--");
        write(copy.resolve("product.json"), "{}", "rw-r--r--");
        Files.createDirectory(copy.resolve("empty"));
        write(copy.resolve("updater"), "#!/bin/sh\n# " + modules + "\n", "rwxr-xr-x");
        return copy;
    }

    @Test
    void adopt_firstTime_installsRuntimeAndLauncher() throws Exception {
        List<String> copied = tree(runtime);
        adopt(runtime);

        assertThat(current()).isEqualTo(runtime);
        assertThat(tree(current())).isEqualTo(copied);
        assertThat(runtime.resolve(RuntimeImage.MARKER)).exists();
        assertThat(Files.readSymbolicLink(layout.runtime()).isAbsolute()).isFalse();
        assertThat(Files.readString(layout.stateLauncher())).isEqualTo("#!/bin/sh\n# a large file\n");
        assertThat(permissions(layout.stateLauncher())).isEqualTo("rwxr-xr-x");
    }

    @Test
    void adopt_runningFromTheInstalledOne_changesNothing() throws Exception {
        adopt(runtime);
        Files.delete(layout.stateLauncher());
        adopt(layout.runtime());

        assertThat(current()).isEqualTo(runtime);
        assertThat(layout.stateLauncher()).doesNotExist();
    }

    @Test
    void adopt_another_replacesTheOldOne() throws Exception {
        adopt(runtime);
        adopt(copied("runtime-99999999-1", "another large file"));

        assertThat(Files.readString(layout.runtime().resolve("lib/modules"))).isEqualTo("another large file");
        assertThat(Files.readString(layout.stateLauncher())).contains("another large file");
        assertThat(runtimes()).containsExactly("runtime-99999999-1");
    }

    @Test
    void adopt_copyOfALauncherThatLives_isKept() throws Exception {
        String living = "runtime-" + ProcessHandle.current().pid() + "-5";
        copied(living, "of another launcher");
        copied("runtime-99999999-1", "of one that is gone");
        copied("runtime-1a2b3c4d-fe", "of an older updater");
        adopt(runtime);

        assertThat(runtimes()).containsExactlyInAnyOrder("runtime-99999990-1", living);
    }

    @Test
    void adopt_runningFromElsewhere_keepsWhatIsInstalled() throws Exception {
        adopt(runtime);
        Path staged = Files.createDirectories(layout.staged().resolve("updater-runtime"));
        write(staged.resolve("lib/modules"), "planted", "rw-r--r--");

        for (Path elsewhere : List.of(ELSEWHERE, staged, layout.state(), runtime.resolve("lib"))) {
            adopt(elsewhere);

            assertThat(current()).isEqualTo(runtime);
            assertThat(runtimes()).containsExactly("runtime-99999990-1");
        }
    }

    @Test
    void adopt_noLauncherInIt_keepsTheOldOne() throws Exception {
        adopt(runtime);
        Path next = copied("runtime-99999999-1", "another");
        Files.delete(next.resolve("updater"));
        adopt(next);

        assertThat(current()).isEqualTo(next);
        assertThat(Files.readString(layout.stateLauncher())).contains("a large file");
    }

    @Test
    void adopt_linkInIt_isRefused() throws Exception {
        Files.createSymbolicLink(runtime.resolve("lib/link"), Path.of("/etc/passwd"));

        refused().withMessageContaining("lib/link is neither a file nor a directory");
        assertThat(layout.runtime()).doesNotExist();
    }

    @Test
    void adopt_launcherIsTooLarge_isRefusedAndTheOldOneStays() throws Exception {
        Files.write(runtime.resolve("updater"), new byte[(1 << 20) + 1]);

        refused().withMessageContaining("more than a launcher has");
        assertThat(layout.stateLauncher()).doesNotExist();
    }

    @Test
    void adopt_privilegedAndOthersCanWriteAFile_isRefused() throws Exception {
        Files.setPosixFilePermissions(runtime.resolve("lib/modules"), PosixFilePermissions.fromString("rw-rw-r--"));

        refusedAsRoot(uid).withMessageContaining("lib/modules, which others can write (mode 664)");
        assertThat(layout.runtime()).doesNotExist();
    }

    @Test
    void adopt_privilegedAndOthersCanWriteItsDirectory_isRefused() throws Exception {
        Files.setPosixFilePermissions(runtime, PosixFilePermissions.fromString("rwxrwxrwx"));

        refusedAsRoot(uid).withMessageContaining("runtime-99999990-1, which others can write");
    }

    @Test
    void adopt_privilegedAndOwnedByOthers_isRefused() throws Exception {
        if (uid == 0) {
            Files.setAttribute(runtime.resolve("bin/java"), "unix:uid", 1000);
        }

        // Whoever runs the tests is "others" to a root with another number, unless it is root itself.
        refusedAsRoot(uid + 1).withMessageContaining("which belongs to user id");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void adopt_failedOrKilledAtAnyOperation_neverLeadsToHalfARuntime(Kind kind) throws Exception {
        adopt(runtime);
        List<String> old = tree(current());
        int struck = 0;
        for (int number = 1; ; number++) {
            String before = Files.readString(layout.runtime().resolve("lib/modules"));
            String wanted = "content " + number;
            Path next = copied("runtime-99999999-" + number, wanted);
            FaultyDisk disk = kind.strike(new FaultyDisk(disk()), number);
            boolean failed = false;
            try {
                copy(disk, new OwnUser(false, uid), next).adopt();
            } catch (UpdateFailure.Disk | FaultyDisk.Killed e) {
                failed = true;
            }
            assertThat(Files.readString(layout.runtime().resolve("lib/modules")))
                    .isIn(before, wanted);
            assertThat(tree(current())).isEqualTo(old);
            assertThat(current().resolve(RuntimeImage.MARKER)).exists();
            if (disk.count() < number) {
                assertThat(failed).isFalse();
                break;
            }
            struck += failed ? 1 : 0;
            Path again = copied("runtime-99999998-" + number, wanted);
            adopt(again);
            assertThat(current()).isEqualTo(again);
            assertThat(runtimes()).hasSize(1);
        }
        assertThat(struck).isGreaterThan(10);
    }

    enum Kind {
        FAIL_ONCE,
        FAIL_FROM_THEN_ON,
        FAIL_AFTERWARDS,
        KILL,
        KILL_AFTERWARDS;

        FaultyDisk strike(FaultyDisk disk, int number) {
            return switch (this) {
                case FAIL_ONCE -> disk.failingBefore(Fault.at(number, "No space left on device"));
                case FAIL_FROM_THEN_ON -> disk.failingBefore(Fault.from(number, "Read-only file system"));
                case FAIL_AFTERWARDS -> disk.failingAfter(Fault.at(number, "Input/output error"));
                case KILL -> disk.failingBefore(Fault.killAt(number));
                case KILL_AFTERWARDS -> disk.failingAfter(Fault.killAt(number)).failingBefore(Fault.killAt(number + 1));
            };
        }
    }

    /** A runtime's data must be on disk before its marker, and the marker before anything leads to it. */
    @Test
    void adopt_markerIsForcedAfterTheContentAndBeforeTheFlip() throws Exception {
        FaultyDisk disk = new FaultyDisk(disk());
        copy(disk, new OwnUser(false, uid), runtime).adopt();

        List<String> order = disk.log().stream()
                .map(operation ->
                        operation.name() + " " + Path.of(operation.path()).getFileName())
                .toList();
        int sync = order.indexOf("syncFileSystem " + runtime.getFileName());
        int marker = order.indexOf("createFile " + RuntimeImage.MARKER);
        int forced = order.lastIndexOf("force " + runtime.getFileName());
        int flip = order.indexOf("rename .runtime.updater-new");
        assertThat(List.of(sync, marker, forced, flip))
                .isSorted()
                .doesNotContain(-1)
                .doesNotHaveDuplicates();
    }

    private void adopt(Path javaHome) throws UpdateFailure {
        copy(disk(), new OwnUser(false, uid), javaHome).adopt();
    }

    private org.assertj.core.api.ThrowableAssertAlternative<UpdateFailure.Refused> refused() {
        return assertThatExceptionOfType(UpdateFailure.Refused.class).isThrownBy(() -> adopt(runtime));
    }

    private org.assertj.core.api.ThrowableAssertAlternative<UpdateFailure.Refused> refusedAsRoot(long root) {
        return assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> copy(disk(), new OwnUser(true, root), runtime).adopt());
    }

    private RuntimeCopy copy(Disk disk, OwnUser user, Path javaHome) {
        return new RuntimeCopy(disk, new HostFilesOnDisk(disk), layout, user, javaHome, LOG);
    }

    private static Disk disk() {
        return Disk.ofHost();
    }

    private Path current() throws IOException {
        return layout.runtime().toRealPath();
    }

    private List<String> runtimes() throws IOException {
        try (Stream<Path> files = Files.list(layout.state())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("runtime-"))
                    .toList();
        }
    }

    private static List<String> tree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString())
                    .filter(path -> !path.equals(RuntimeImage.MARKER))
                    .sorted()
                    .toList();
        }
    }

    private static void write(Path file, String text, String permissions) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
