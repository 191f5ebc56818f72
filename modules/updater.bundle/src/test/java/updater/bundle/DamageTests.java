package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.marschall.memoryfilesystem.MemoryFileSystemBuilder;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.archive.BundleLimits;

/** Any damage to an archive is refused as a whole, or harmless; nothing else is thrown, nothing gets out of the target. */
class DamageTests {
    private static final BundleLimits LIMITS = new BundleLimits(100_000, 150_000, 20);

    @Property(tries = 400)
    void unpack_damagedTar_isRefusedOrHarmless(@ForAll Random random, @ForAll @IntRange(min = 1, max = 4) int damages)
            throws Exception {
        try (FileSystem memory = MemoryFileSystemBuilder.newLinux().build()) {
            Path archive = sample(memory, "/a.tar.gz");
            byte[] tar;
            try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
                tar = in.readAllBytes();
            }
            for (int i = 0; i < damages; i++) {
                // Headers are what is interesting; each has its checksum put right again.
                int at = random.nextInt(tar.length / 512) * 512 + random.nextInt(512);
                tar[at] = (byte) random.nextInt(256);
                AttackTests.fixChecksum(tar, at / 512 * 512);
            }
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
                out.write(tar);
            }
            assertRefusedOrHarmless(memory, archive);
        }
    }

    @Property(tries = 400)
    void unpack_damagedZip_isRefusedOrHarmless(@ForAll Random random, @ForAll @IntRange(min = 1, max = 4) int damages)
            throws Exception {
        try (FileSystem memory = MemoryFileSystemBuilder.newLinux().build()) {
            Path archive = sample(memory, "/a.zip");
            byte[] zip = Files.readAllBytes(archive);
            for (int i = 0; i < damages; i++) {
                zip[random.nextInt(zip.length)] = (byte) random.nextInt(256);
            }
            Files.write(archive, zip);
            assertRefusedOrHarmless(memory, archive);
        }
    }

    /** Bzip2, LZMA, Zstandard, XZ: the library knows them, but the classes to unpack them with are not there. */
    @ParameterizedTest
    @ValueSource(ints = {1, 6, 9, 12, 14, 93, 95})
    void unpack_zipPackedInAnotherWay_isRefused(int method) throws Exception {
        try (FileSystem memory = MemoryFileSystemBuilder.newLinux().build()) {
            Path archive = sample(memory, "/a.zip");
            byte[] zip = Files.readAllBytes(archive);
            String text = new String(zip, StandardCharsets.ISO_8859_1);
            int entries = 0;
            for (int at = text.indexOf("PK\1\2"); at >= 0; at = text.indexOf("PK\1\2", at + 1)) {
                zip[at + 10] = (byte) method;
                entries++;
            }
            Files.write(archive, zip);

            assertThat(entries).isPositive();
            assertThatThrownBy(() -> new BundleUnpacker(LIMITS).unpack(archive, memory.getPath("/target")))
                    .isInstanceOf(UpdateFailure.Refused.class)
                    .hasMessageContaining("(method " + method + ")");
            assertThat(memory.getPath("/target")).doesNotExist();
        }
    }

    private static Path sample(FileSystem memory, String name) throws Exception {
        BundleBuilder builder = new BundleBuilder(Instant.EPOCH);
        builder.add("", Trees.sample(Files.createDirectory(memory.getPath("/source"))));
        Path archive = memory.getPath(name);
        builder.write(archive);
        return archive;
    }

    private static void assertRefusedOrHarmless(FileSystem memory, Path archive) throws Exception {
        Path target = Files.createDirectory(memory.getPath("/parent")).resolve("target");
        Files.writeString(target.resolveSibling("victim"), "untouched");
        boolean unpacked = true;
        try {
            new BundleUnpacker(LIMITS).unpack(archive, target);
        } catch (UpdateFailure e) {
            unpacked = false;
        }
        Statistics.collect(unpacked ? "harmless" : "refused");

        assertThat(Files.exists(target)).isEqualTo(unpacked);
        try (var left = Files.list(target.getParent())) {
            assertThat(left.map(path -> path.getFileName().toString())).isSubsetOf("victim", "target");
        }
        assertThat(target.resolveSibling("victim")).hasContent("untouched");
    }
}
