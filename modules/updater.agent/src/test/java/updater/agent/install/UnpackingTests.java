package updater.agent.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.agent.TestBundle;

final class UnpackingTests {
    @TempDir
    Path home;

    private Path bundle(byte[] bytes) throws IOException {
        return Files.write(home.resolve("b.tar.gz"), bytes);
    }

    private Path staged() {
        return home.resolve("tmp").resolve("latest");
    }

    private static byte[] good() throws IOException {
        return TestBundle.withUpdater("exit 0\n");
    }

    @Test
    void unpack_writesTheTree_withTheModesOfTheArchive_andTheStatement() throws Exception {
        Unpacking.unpack(bundle(good()), staged(), Optional.of(new byte[] {1, 2}));

        assertThat(staged().resolve("plugins/a.yaml")).hasContent("a: 1");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(staged().resolve("updater"))))
                .startsWith("rwx");
        assertThat(staged().resolve("release/statement")).hasBinaryContent(new byte[] {1, 2});
        assertThat(home.resolve("tmp/latest.new")).doesNotExist();
    }

    @Test
    void unpack_replacesWhatAKilledOneLeft() throws Exception {
        Files.createDirectories(staged().resolve("old"));
        Files.createDirectories(home.resolve("tmp/latest.new/half"));

        Unpacking.unpack(bundle(good()), staged(), Optional.empty());

        assertThat(staged().resolve("old")).doesNotExist();
        assertThat(staged().resolve("half")).doesNotExist();
    }

    @Test
    void unpack_ofWhatMustNotBeThere_leavesNothing() throws Exception {
        try (TestBundle evil = new TestBundle()) {
            byte[] bytes = evil.file("a", 0644, "x").link("b", "/etc/shadow").bytes();

            assertThatThrownBy(() -> Unpacking.unpack(bundle(bytes), staged(), Optional.empty()))
                    .isInstanceOf(InstallFailure.class)
                    .hasMessageContaining("is a link");
        }
        assertNothingThere();
    }

    @Test
    void unpack_ofAPathOutside_leavesNothing() throws Exception {
        try (TestBundle evil = new TestBundle()) {
            byte[] bytes = evil.file("a", 0644, "x")
                    .file("../latest-evil/b", 0644, "x")
                    .bytes();

            assertThatThrownBy(() -> Unpacking.unpack(bundle(bytes), staged(), Optional.empty()))
                    .isInstanceOf(InstallFailure.class);
        }
        assertNothingThere();
    }

    @Test
    void unpack_ofACutBundle_leavesNothing() throws Exception {
        byte[] good = good();
        for (int length = 1; length < good.length; length += 7) {
            Path cut = bundle(Arrays.copyOf(good, length));

            assertThatThrownBy(() -> Unpacking.unpack(cut, staged(), Optional.empty()))
                    .isInstanceOf(InstallFailure.class);
            assertNothingThere();
        }
    }

    private void assertNothingThere() throws IOException {
        try (var left = Files.list(home.resolve("tmp"))) {
            assertThat(left).isEmpty();
        }
    }
}
