package updater.transaction.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
import updater.transaction.prepare.RuntimeCopy.User;

final class RuntimeCopyTests {
    private static final EventLog LOG = (level, message, values, error) -> {};
    private static final Path ELSEWHERE = Path.of("/usr/lib/jvm/some");

    private HomeLayout layout;
    private Path runtime;
    private Path launcher;
    private long uid;

    @BeforeEach
    void stageARuntime(@TempDir(factory = QuickTempDir.class) Path directory) throws IOException {
        Path root = directory.toRealPath();
        layout = new HomeLayout(root.resolve("home"), root.resolve("state"));
        uid = Integer.toUnsignedLong((Integer) Files.getAttribute(root, "unix:uid"));
        Files.createDirectory(layout.state());
        runtime = Files.createDirectories(layout.staged().resolve("updater-runtime"));
        write(runtime.resolve("bin/java"), "an executable", "rwxr-xr-x");
        write(runtime.resolve("lib/modules"), "a large file", "rw-r--r--");
        write(runtime.resolve("product.json"), "{}", "rw-r--r--");
        Files.createDirectory(runtime.resolve("empty"));
        launcher = layout.staged().resolve("updater");
        write(launcher, "#!/bin/sh\n", "rwxr-xr-x");
    }

    @Test
    void refresh_firstTime_copiesRuntimeAndLauncher() throws Exception {
        refresh();

        assertThat(tree(current())).isEqualTo(tree(runtime));
        assertThat(Files.readString(layout.runtime().resolve("lib/modules"))).isEqualTo("a large file");
        assertThat(permissions(layout.runtime().resolve("bin/java"))).isEqualTo("rwxr-xr-x");
        assertThat(Files.readSymbolicLink(layout.runtime()).isAbsolute()).isFalse();
        assertThat(Files.readString(layout.stateLauncher())).isEqualTo("#!/bin/sh\n");
        assertThat(permissions(layout.stateLauncher())).isEqualTo("rwxr-xr-x");
    }

    @Test
    void refresh_stagedTreeRemovedAfterwards_copyStays() throws Exception {
        refresh();
        List<String> copied = tree(current());
        delete(layout.tmp());
        refresh();

        assertThat(tree(current())).isEqualTo(copied);
        assertThat(layout.stateLauncher()).exists();
    }

    @Test
    void refresh_sameRuntimeAgain_isNotCopiedAgain() throws Exception {
        refresh();
        Object before = Files.getAttribute(current(), "unix:ino");
        refresh();

        assertThat(Files.getAttribute(current(), "unix:ino")).isEqualTo(before);
        assertThat(runtimes()).hasSize(1);
    }

    @Test
    void refresh_anotherRuntime_replacesTheOldOne() throws Exception {
        refresh();
        Path old = current();
        replace(runtime.resolve("lib/modules"), "another large file");
        refresh();

        assertThat(current()).isNotEqualTo(old);
        assertThat(Files.readString(layout.runtime().resolve("lib/modules"))).isEqualTo("another large file");
        assertThat(runtimes()).containsExactly(current().getFileName().toString());
    }

    @Test
    void refresh_onlyAModeDiffers_isAnotherRuntime() throws Exception {
        refresh();
        replace(runtime.resolve("lib/modules"), "a large file");
        Files.setPosixFilePermissions(runtime.resolve("lib/modules"), PosixFilePermissions.fromString("rwxr-xr-x"));
        refresh();

        assertThat(permissions(layout.runtime().resolve("lib/modules"))).isEqualTo("rwxr-xr-x");
    }

    @Test
    void refresh_runningFromTheOldOne_keepsIt() throws Exception {
        refresh();
        Path old = current();
        replace(runtime.resolve("lib/modules"), "another large file");
        new RuntimeCopy(disk(), new HostFilesOnDisk(disk()), layout, new User(false, uid), old, LOG)
                .refresh(new SpaceNeeds(disk()));

        assertThat(runtimes()).hasSize(2).contains(old.getFileName().toString());
        assertThat(current()).isNotEqualTo(old);
    }

    @Test
    void refresh_runningFromADamagedOne_putsAWholeOneBesideIt() throws Exception {
        refresh();
        Path damaged = current();
        replace(damaged.resolve("lib/modules"), "overwritten");
        new RuntimeCopy(disk(), new HostFilesOnDisk(disk()), layout, new User(false, uid), damaged, LOG)
                .refresh(new SpaceNeeds(disk()));

        assertThat(Files.readString(damaged.resolve("lib/modules"))).isEqualTo("overwritten");
        assertThat(Files.readString(layout.runtime().resolve("lib/modules"))).isEqualTo("a large file");
    }

    @Test
    void refresh_halfMadeCopy_isNotUsed() throws Exception {
        refresh();
        Path name = current();
        Files.delete(name.resolve(RuntimeImage.MARKER));
        Files.delete(name.resolve("lib/modules"));
        refresh();

        assertThat(current()).isEqualTo(name);
        assertThat(tree(current())).isEqualTo(tree(runtime));
    }

    @Test
    void refresh_linkedFileOverwrittenInPlace_copyIsMadeAnew() throws Exception {
        refresh();
        Path linked = layout.runtime().resolve("lib/modules");
        Files.writeString(linked, "overwritten!");
        replace(runtime.resolve("lib/modules"), "a large file");
        refresh();

        assertThat(Files.readString(layout.runtime().resolve("lib/modules"))).isEqualTo("a large file");
    }

    @Test
    void refresh_ownFilesOnOneFileSystem_areLinkedUnlessOthersKnowThem() throws Exception {
        Files.createLink(layout.home().resolve("known"), runtime.resolve("product.json"));
        Files.setPosixFilePermissions(runtime.resolve("lib/modules"), PosixFilePermissions.fromString("rw-rw-r--"));
        refresh();

        assertThat(sameFile("bin/java")).isTrue();
        assertThat(sameFile("product.json")).isFalse();
        assertThat(sameFile("lib/modules")).isFalse();
        assertThat(permissions(layout.runtime().resolve("lib/modules"))).isEqualTo("rw-r--r--");
        assertThat(Files.getAttribute(runtime.resolve("lib/modules"), "unix:nlink"))
                .isEqualTo(1);
    }

    @Test
    void refresh_noRuntimeStaged_keepsTheOldAndTakesTheLauncher() throws Exception {
        refresh();
        Path old = current();
        delete(runtime);
        replace(launcher, "#!/bin/sh\n# newer\n");
        refresh();

        assertThat(current()).isEqualTo(old);
        assertThat(Files.readString(layout.stateLauncher())).isEqualTo("#!/bin/sh\n# newer\n");
    }

    @Test
    void refresh_nothingStaged_changesNothing() throws Exception {
        delete(layout.tmp());
        refresh();

        assertThat(layout.state()).isEmptyDirectory();
    }

    @Test
    void refresh_linkInTheRuntime_isRefused() throws Exception {
        Files.createSymbolicLink(runtime.resolve("lib/link"), Path.of("/etc/passwd"));

        refused().withMessageContaining("lib/link is neither a file nor a directory");
        assertThat(runtimes()).isEmpty();
    }

    @Test
    void refresh_runtimeIsALink_isNotFollowed() throws Exception {
        Path moved = Files.move(runtime, layout.home().resolve("moved"));
        Files.createSymbolicLink(runtime, moved);

        assertThatExceptionOfType(UpdateFailure.Disk.class).isThrownBy(this::refresh);
        assertThat(runtimes()).isEmpty();
    }

    @Test
    void refresh_privilegedAndOthersCanWriteAFile_isRefused() throws Exception {
        Files.setPosixFilePermissions(runtime.resolve("lib/modules"), PosixFilePermissions.fromString("rw-rw-r--"));

        refusedAsRoot(uid).withMessageContaining("lib/modules, which others can write (mode 664)");
    }

    @Test
    void refresh_privilegedAndOthersCanWriteADirectory_isRefused() throws Exception {
        Files.setPosixFilePermissions(runtime, PosixFilePermissions.fromString("rwxrwxrwx"));

        refusedAsRoot(uid).withMessageContaining("updater-runtime, which others can write");
    }

    @Test
    void refresh_privilegedAndOthersCanWriteTheLauncher_isRefused() throws Exception {
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxrwxr-x"));

        refusedAsRoot(uid).withMessageContaining("updater, which others can write");
    }

    @Test
    void refresh_privilegedAndOwnedByOthers_isRefused() throws Exception {
        if (uid == 0) {
            Files.setAttribute(runtime.resolve("bin/java"), "unix:uid", 1000);
        }

        // Whoever runs the tests is "others" to a root with another number, unless it is root itself.
        refusedAsRoot(uid + 1).withMessageContaining("which belongs to user id");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void refresh_failedOrKilledAtAnyOperation_neverLeadsToHalfARuntime(Kind kind) throws Exception {
        refresh();
        List<String> old = tree(current());
        int struck = 0;
        for (int number = 1; ; number++) {
            // Another content each time: what an earlier round left behind is old, and only that.
            String before = Files.readString(layout.runtime().resolve("lib/modules"));
            String wanted = "content " + number;
            replace(runtime.resolve("lib/modules"), wanted);
            FaultyDisk disk = kind.strike(new FaultyDisk(disk()), number);
            boolean failed = false;
            try {
                copy(disk, new User(false, uid)).refresh(new SpaceNeeds(disk()));
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
            refresh();
            assertThat(Files.readString(layout.runtime().resolve("lib/modules")))
                    .isEqualTo(wanted);
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
    void refresh_markerIsForcedAfterTheContentAndBeforeTheFlip() throws Exception {
        FaultyDisk disk = new FaultyDisk(disk());
        copy(disk, new User(false, uid)).refresh(new SpaceNeeds(disk()));

        List<String> order = disk.log().stream()
                .map(operation ->
                        operation.name() + " " + Path.of(operation.path()).getFileName())
                .toList();
        int sync = order.indexOf("syncFileSystem " + current().getFileName());
        int marker = order.indexOf("createFile " + RuntimeImage.MARKER);
        int forced = order.lastIndexOf("force " + current().getFileName());
        int flip = order.indexOf("rename .runtime.updater-new");
        assertThat(List.of(sync, marker, forced, flip))
                .isSorted()
                .doesNotContain(-1)
                .doesNotHaveDuplicates();
        assertThat(order.subList(sync, order.size())).noneMatch(operation -> operation.startsWith("link "));
    }

    private void refresh() throws UpdateFailure {
        copy(disk(), new User(false, uid)).refresh(new SpaceNeeds(disk()));
    }

    private org.assertj.core.api.ThrowableAssertAlternative<UpdateFailure.Refused> refused() {
        return assertThatExceptionOfType(UpdateFailure.Refused.class).isThrownBy(this::refresh);
    }

    private org.assertj.core.api.ThrowableAssertAlternative<UpdateFailure.Refused> refusedAsRoot(long root) {
        return assertThatExceptionOfType(UpdateFailure.Refused.class)
                .isThrownBy(() -> copy(disk(), new User(true, root)).refresh(new SpaceNeeds(disk())));
    }

    private RuntimeCopy copy(Disk disk, User user) {
        return new RuntimeCopy(disk, new HostFilesOnDisk(disk), layout, user, ELSEWHERE, LOG);
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

    private boolean sameFile(String path) throws IOException {
        return Files.isSameFile(runtime.resolve(path), layout.runtime().resolve(path));
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

    private static void replace(Path file, String text) throws IOException {
        var permissions = Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
        Files.delete(file);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, permissions);
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
