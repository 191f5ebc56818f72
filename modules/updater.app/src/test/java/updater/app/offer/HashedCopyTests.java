package updater.app.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Directory;
import updater.fs.Disk;
import updater.fs.Pinned;
import updater.transaction.context.Progress;

/** The bundle changes between the look at its size and the end of its copy. */
final class HashedCopyTests {
    private static final int SIZE = 3_000_000;

    @TempDir
    Path directory;

    private Path bundle;
    private final List<String> told = new ArrayList<>();

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
            return HashedCopy.copy(file, size, in, "copy", new Progress() {
                @Override
                public void phaseDone(String name, Duration took) {}

                @Override
                public void bytesDone(long done, long all) {
                    told.add(done + " of " + all);
                }
            });
        }
    }

    @Test
    void copy_returnsTheHashOfWhatItKept() throws Exception {
        String hash = copy(path -> {});

        byte[] kept = Files.readAllBytes(directory.resolve("copy"));
        assertThat(kept).hasSize(SIZE);
        assertThat(told).containsExactly("1048576 of 3000000", "2097152 of 3000000", "3000000 of 3000000");
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
