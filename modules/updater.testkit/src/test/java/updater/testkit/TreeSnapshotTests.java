package updater.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of change an update could leave behind is seen and named, nothing else is. */
final class TreeSnapshotTests {

    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-01-02T03:04:05.123456789Z"));

    @TempDir
    Path tree;

    @BeforeEach
    void makeTree() throws IOException {
        Files.createDirectories(tree.resolve("a/b"));
        Files.writeString(tree.resolve("a/file"), "content");
        Files.createLink(tree.resolve("a/other name"), tree.resolve("a/file"));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("a"));
        Files.createDirectory(tree.resolve("log"));
        for (String name : List.of("a/file", "a/b", "a", "log", "")) {
            Files.setLastModifiedTime(tree.resolve(name), LONG_AGO);
        }
    }

    @FunctionalInterface
    interface Change {
        void make() throws IOException;
    }

    private List<String> changesAfter(Change change) throws IOException {
        TreeSnapshot before = TreeSnapshot.of(tree);
        change.make();
        return TreeSnapshot.of(tree).changesSince(before);
    }

    private static void run(String... command) throws IOException {
        try {
            assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                    .as(String.join(" ", command))
                    .isZero();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void reading_ofFiles_isNoChange() throws IOException {
        assertThat(changesAfter(() -> Files.readString(tree.resolve("a/file")))).isEmpty();
    }

    @Test
    void content_ofSameSizeAndTime_isSeenUnderBothNames() throws IOException {
        assertThat(changesAfter(() -> {
                    Files.writeString(tree.resolve("a/file"), "CONTENT");
                    Files.setLastModifiedTime(tree.resolve("a/file"), LONG_AGO);
                }))
                .hasSize(2)
                .allMatch(line -> line.matches("a/(file|other name): content was [0-9a-f]{64}, is [0-9a-f]{64}"));
    }

    @Test
    void nanosecond_ofTime_isSeen() throws IOException {
        FileTime later = FileTime.from(LONG_AGO.toInstant().plusNanos(1));

        assertThat(changesAfter(() -> Files.setLastModifiedTime(tree.resolve("a/b"), later)))
                .containsExactly("a/b: mtime was 2020-01-02T03:04:05.123456789Z, is 2020-01-02T03:04:05.12345679Z");
    }

    @Test
    void mode_withSetuid_isSeen() throws IOException {
        Files.setPosixFilePermissions(tree.resolve("a/b"), PosixFilePermissions.fromString("rwxr-x---"));

        assertThat(changesAfter(() -> Files.setAttribute(tree.resolve("a/b"), "unix:mode", 04755)))
                .containsExactly("a/b: mode was 0750, is 4755");
    }

    @Test
    void newAndMissing_names_areSeenWithTheTimeOfTheirDirectory() throws IOException {
        assertThat(changesAfter(() -> {
                    Files.delete(tree.resolve("a/b"));
                    Files.createDirectory(tree.resolve("a/c"));
                    Files.setLastModifiedTime(tree.resolve("a"), LONG_AGO);
                }))
                .containsExactly("a/b: directory is missing", "a/c: new directory");
    }

    @Test
    void linkTarget_replaced_isSeen() throws IOException {
        assertThat(changesAfter(() -> {
                    FileTime time = Files.getLastModifiedTime(tree.resolve("link"), LinkOption.NOFOLLOW_LINKS);
                    Files.delete(tree.resolve("link"));
                    Files.createSymbolicLink(tree.resolve("link"), Path.of("a/b"));
                    run(
                            "touch",
                            "-h",
                            "-d",
                            time.toString(),
                            tree.resolve("link").toString());
                    Files.setLastModifiedTime(tree, LONG_AGO);
                }))
                .containsExactly("link: content was a, is a/b");
    }

    @Test
    void hardLink_replacedByCopy_isSeen() throws IOException {
        assertThat(changesAfter(() -> {
                    Files.delete(tree.resolve("a/other name"));
                    Files.writeString(tree.resolve("a/other name"), "content");
                    Files.setLastModifiedTime(tree.resolve("a/other name"), LONG_AGO);
                    Files.setLastModifiedTime(tree.resolve("a"), LONG_AGO);
                }))
                .containsExactly("a/other name: hard link of was a/file, is ");
    }

    @Test
    void extendedAttribute_changed_isSeenInHexadecimal() throws IOException {
        FileStore store = Files.getFileStore(tree);
        assumeTrue(
                store.supportsFileAttributeView(UserDefinedFileAttributeView.class),
                "no extended attributes on " + store);
        Path file = tree.resolve("a/file");
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        view.write("colour", ByteBuffer.wrap("red".getBytes(StandardCharsets.US_ASCII)));

        assertThat(changesAfter(() -> view.write("colour", ByteBuffer.wrap(new byte[] {0, (byte) 0xff}))))
                .containsExactly(
                        "a/file: attribute user.colour was 726564, is 00ff",
                        "a/other name: attribute user.colour was 726564, is 00ff");
    }

    @Test
    void linkToDirectory_recorded_isNotFollowed() {
        assertThat(TreeSnapshot.of(tree).entries())
                .containsOnlyKeys("", "a", "a/b", "a/file", "a/other name", "link", "log");
        assertThat(TreeSnapshot.of(tree).entries().get("link").type()).isEqualTo("link");
    }

    @Test
    void fifo_recorded_isNotOpened() throws IOException {
        run("mkfifo", tree.resolve("pipe").toString());

        assertThat(TreeSnapshot.of(tree).entries().get("pipe").type()).isEqualTo("fifo");
    }

    @Test
    void nameThatIsNotUtf8_recorded_isEscapedAndItsAttributesRead() throws IOException {
        run("sh", "-c", "cd \"$1\" && : >\"$(printf 'odd\\377')\" && : >'odd\\xff'", "make", tree.toString());

        assertThat(TreeSnapshot.of(tree).entries()).containsKeys("odd\\xff", "odd\\x5cxff");
    }

    @Test
    void excluded_names_areLeftOutWithAllBelow() throws IOException {
        Files.writeString(tree.resolve("log/agent.log"), "line");

        assertThat(TreeSnapshot.of(tree, "log", "a/*").entries()).containsOnlyKeys("", "a", "link");
        assertThat(TreeSnapshot.of(tree).without("log", "a"))
                .satisfies(rest -> assertThat(rest.entries()).containsOnlyKeys("", "link"));
    }

    @Test
    void ownTime_ignored_isTheOnlyThingIgnoredOfTheDirectory() throws IOException {
        TreeSnapshot before = TreeSnapshot.of(tree).ignoringOwnTime();
        Files.setLastModifiedTime(tree, FileTime.fromMillis(1));
        assertThat(TreeSnapshot.of(tree).ignoringOwnTime().changesSince(before)).isEmpty();

        Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwxr-x---"));
        TreeSnapshot widened = TreeSnapshot.of(tree).ignoringOwnTime();
        Files.setPosixFilePermissions(tree, PosixFilePermissions.fromString("rwx------"));
        assertThat(TreeSnapshot.of(tree).ignoringOwnTime().changesSince(widened))
                .containsExactly("(the directory itself): mode was 0750, is 0700");
    }
}
