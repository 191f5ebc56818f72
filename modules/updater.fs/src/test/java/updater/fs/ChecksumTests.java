package updater.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hole and the zeros that a reader finds in it have the same checksum, and a hole is not read. */
final class ChecksumTests {
    private static final int BLOCK = 1 << 16;

    @TempDir
    Path temp;

    private Directory directory;

    @BeforeEach
    void open() throws IOException {
        directory = Disk.ofHost().open(temp.toRealPath());
    }

    private static long read(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return crc.getValue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void crc32c_dataAndHolesInAnyOrder_isThatOfAllBytes(long seed) throws IOException {
        Random random = new Random(seed);
        int size = (20 + random.nextInt(20)) * BLOCK + random.nextInt(BLOCK);
        byte[] content = new byte[size];
        try (RandomAccessFile file = new RandomAccessFile(temp.resolve("holes").toFile(), "rw")) {
            file.setLength(size);
            for (int start = 0; start + BLOCK <= size; start += BLOCK) {
                if (random.nextInt(3) == 0) {
                    byte[] block = new byte[BLOCK];
                    random.nextBytes(block);
                    file.seek(start);
                    file.write(block);
                    System.arraycopy(block, 0, content, start, BLOCK);
                }
            }
        }
        Files.write(temp.resolve("zeros"), content);

        assertThat(Checksum.crc32c(directory, "holes")).isEqualTo(read(content));
        assertThat(Checksum.crc32c(directory, "zeros")).isEqualTo(read(content));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_001})
    void crc32c_nothingButAHole_isThatOfZeros(int size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(temp.resolve("hole").toFile(), "rw")) {
            file.setLength(size);
        }

        assertThat(Checksum.crc32c(directory, "hole")).isEqualTo(read(new byte[size]));
    }

    @Test
    @Timeout(60)
    void crc32c_hugeHole_isNotRead() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(temp.resolve("huge").toFile(), "rw")) {
            file.setLength(500L << 30);
            file.seek(250L << 30);
            file.write(1);
        }
        long one = Checksum.crc32c(directory, "huge");
        try (RandomAccessFile file = new RandomAccessFile(temp.resolve("huge").toFile(), "rw")) {
            file.seek(250L << 30);
            file.write(2);
        }

        assertThat(Checksum.crc32c(directory, "huge")).isNotEqualTo(one);
        assertThat(directory.traits("huge").allocated()).isBetween(1L, 1L << 20);
    }

    @Test
    void crc32c_ofTheFirstBytes_doesNotSeeTheRest() throws IOException {
        byte[] content = new byte[2 << 20];
        new Random(7).nextBytes(content);
        Files.write(temp.resolve("file"), content);

        assertThat(Checksum.crc32c(directory, "file", 1_500_000))
                .isEqualTo(read(java.util.Arrays.copyOf(content, 1_500_000)));
        assertThat(Checksum.crc32c(directory, "file", 10)).isEqualTo(read(java.util.Arrays.copyOf(content, 10)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void copy_mayNotGoOn_leavesNothing(int pieces) throws IOException {
        Files.write(temp.resolve("large"), new byte[40 << 20]);
        AtomicInteger asked = new AtomicInteger();

        assertThatThrownBy(() -> FileCopy.copy(directory, "large", directory, "copy", () -> {
                    if (asked.getAndIncrement() == pieces) {
                        throw new IOException("no more time");
                    }
                }))
                .hasMessageContaining("no more time");

        assertThat(temp.resolve("copy")).doesNotExist();
    }
}
