package updater.app.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Pinned;

/** The bundle changes between the look at its size and the end of its copy. */
final class HashedCopyTests {
    private static final int SIZE = 3_000_000;

    @TempDir
    Path directory;

    private Path bundle;

    @BeforeEach
    void write() throws IOException {
        bundle = Files.write(directory.resolve("bundle"), new byte[SIZE]);
    }

    /** Something that happens to the bundle. */
    @FunctionalInterface
    private interface Change {
        void of(Path bundle) throws IOException;
    }

    private String copy(Change meanwhile) throws IOException {
        try (Directory in = Disk.ofHost().open(directory);
                Pinned file = in.pinFile("bundle")) {
            long size = file.entry().size();
            meanwhile.of(bundle);
            return HashedCopy.copy(file, size, in, "copy");
        }
    }

    @Test
    void copy_returnsTheHashOfWhatItKept() throws Exception {
        String hash = copy(path -> {});

        byte[] kept = Files.readAllBytes(directory.resolve("copy"));
        assertThat(kept).hasSize(SIZE);
        assertThat(hash)
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(kept)));
    }

    @Test
    void copy_ofAFileThatGrows_fails() {
        assertThatIOException()
                .isThrownBy(() -> copy(path -> Files.write(path, new byte[1], StandardOpenOption.APPEND)))
                .withMessageContaining("more bytes than the " + SIZE);
    }

    @Test
    void copy_ofAFileThatIsCut_fails() {
        assertThatIOException()
                .isThrownBy(() -> copy(path -> Files.write(path, new byte[7])))
                .withMessageContaining("7 bytes of the " + SIZE);
    }

    /** Another file of that name is not looked at any more. */
    @Test
    void copy_ofANameThatIsExchanged_isOfTheFileThatWasOpened() throws Exception {
        String hash = copy(path -> {
            Files.write(directory.resolve("other"), new byte[] {1});
            Files.move(directory.resolve("other"), path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        });

        assertThat(hash)
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(new byte[SIZE])));
    }
}
