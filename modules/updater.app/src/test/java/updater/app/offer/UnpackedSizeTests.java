package updater.app.offer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import updater.fs.Disk;

@EnabledOnOs(OS.LINUX)
final class UnpackedSizeTests {
    @TempDir
    Path directory;

    private static long size(Path bundle) {
        return UnpackedSize.of(Disk.ofHost(), bundle);
    }

    @Test
    void of_gzip_isTheFileAndWhatIsInIt() throws Exception {
        Path bundle = directory.resolve("bundle.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(bundle))) {
            out.write(new byte[100_000]);
        }

        assertThat(size(bundle)).isEqualTo(Files.size(bundle) + 100_000);
    }

    @Test
    void of_whatIsNoFile_isNothingAndNobodyIsWaitedFor() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        Path link = Files.createSymbolicLink(directory.resolve("link"), fifo);
        Path missing = directory.resolve("missing");

        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(1), () -> {
            for (Path path : new Path[] {fifo, link, missing, directory}) {
                assertThat(size(path)).as(path.toString()).isZero();
            }
        });
    }
}
