package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives whose form or size would do harm. */
@DisabledOnOs(OS.WINDOWS)
class AttackTests extends HostileArchive {
    @Test
    void unpack_fileTooLarge_isRefused() throws Exception {
        assertRefused(tar(tar -> file(tar, "a", "x".repeat(100_000))), "has 100000 bytes; expected less than 100000");
    }

    @Test
    void unpack_togetherTooLarge_isRefused() throws Exception {
        assertRefused(
                tar(tar -> {
                    file(tar, "a", "x".repeat(80_000));
                    file(tar, "b", "x".repeat(80_000));
                }),
                "more than 150000 bytes");
    }

    @Test
    void unpack_tooManyMembers_isRefused() throws Exception {
        assertRefused(
                tar(tar -> {
                    for (int i = 0; i < 21; i++) {
                        file(tar, "f" + i, "");
                    }
                }),
                "more than 20 files and directories");
    }

    @Test
    void unpack_deeperThanPathsMayBe_isRefused() throws Exception {
        assertRefused(tar(tar -> file(tar, "d/".repeat(2000) + "f", "")), "is longer than 3072 bytes");
    }

    @Test
    void unpack_manyPaxHeadersInARow_isRefused() throws Exception {
        byte[] record = Arrays.copyOf("12 path=abc\n".getBytes(StandardCharsets.US_ASCII), 512);
        byte[] header = rawHeader("pax", 'x', 12);
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        for (int i = 0; i < 2000; i++) {
            tar.write(header);
            tar.write(record);
        }

        assertRefused(gzip(tar.toByteArray()), "two pax headers for one member");
    }

    @Test
    void unpack_paxSizeThatLies_isRefused() throws Exception {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        byte[] record = "21 size=999999999999\n".getBytes(StandardCharsets.US_ASCII);
        tar.write(rawHeader("pax", 'x', record.length));
        tar.write(Arrays.copyOf(record, 512));
        tar.write(rawHeader("a", '0', 1));
        tar.write(new byte[2048]);

        assertRefused(gzip(tar.toByteArray()), "expected less than");
    }

    @Test
    void unpack_truncated_isRefused() throws Exception {
        Path archive = tar(tar -> file(tar, "a", "x".repeat(5000)));
        byte[] whole = Files.readAllBytes(archive);
        for (int length : List.of(3, 10, whole.length / 2, whole.length - 8, whole.length - 1)) {
            Files.write(archive, Arrays.copyOf(whole, length));
            assertRefused(archive, "");
        }
    }

    @Test
    void unpack_somethingBehindTheEnd_isRefused() throws Exception {
        Path archive = tar(tar -> file(tar, "a", "x"));
        byte[] tar = new GZIPInputStream(Files.newInputStream(archive)).readAllBytes();

        assertRefused(gzip(Arrays.copyOf(tar, tar.length + (3 << 20))), "bytes of headers or padding in one place");
    }

    /** Readers differ in whether they go on: GNU tar does with -i, others look for a member behind one block of zeros. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 19, 20, 21, 40})
    void unpack_aSecondTarBehindTheEnd_isRefused(int zeroBlocks) throws Exception {
        Path archive = tar(tar -> file(tar, "a", "x"));
        byte[] first = new GZIPInputStream(Files.newInputStream(archive)).readAllBytes();
        Files.delete(archive);
        Path second = tar(tar -> file(tar, "hidden", "attack"));
        byte[] hidden = new GZIPInputStream(Files.newInputStream(second)).readAllBytes();
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(first, 0, 1024);
        both.write(new byte[512 * zeroBlocks]);
        both.write(hidden);

        assertRefused(gzip(both.toByteArray()), "it has something behind its end");
    }

    @Test
    void unpack_aSecondTarInAGzipMemberOfItsOwn_isRefused() throws Exception {
        byte[] first = Files.readAllBytes(tar(tar -> file(tar, "a", "x")));
        byte[] second = Files.readAllBytes(tar(tar -> file(tar, "hidden", "attack")));
        Path archive = directory.resolve("a.tar.gz");
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(first);
        both.write(second);
        Files.write(archive, both.toByteArray());

        assertRefused(archive, "it has something behind its end");
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 1025, 1024 + 511, 1024 + 512, -1})
    void unpack_anyByteBehindTheLastMember_isRefused(int at) throws Exception {
        byte[] tar = new GZIPInputStream(Files.newInputStream(tar(out -> file(out, "a", "x")))).readAllBytes();
        tar[at < 0 ? tar.length - 1 : at] = 1;

        // In the block that should have been the end it is a header, and a bad one.
        assertRefused(gzip(tar), "");
    }

    @Test
    void unpack_aByteInThePaddingOfTheLastMember_isRefused() throws Exception {
        byte[] tar = new GZIPInputStream(Files.newInputStream(tar(out -> file(out, "a", "x")))).readAllBytes();
        tar[1023] = 1;

        assertRefused(gzip(tar), "something in the padding behind a member");
    }

    /** A member that the directory does not name: before, between or behind the others. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void unpack_zipWithAMemberThatItsDirectoryDoesNotName_isRefused(int hidden) throws Exception {
        Path archive = zip(zip -> {
            zip.setMethod(ZipArchiveOutputStream.STORED);
            for (int i = 0; i < 3; i++) {
                ZipArchiveEntry entry = new ZipArchiveEntry("member" + i);
                entry.setUnixMode(0100644);
                entry.setSize(0);
                entry.setCrc(0);
                zip.putArchiveEntry(entry);
                zip.closeArchiveEntry();
            }
        });
        byte[] bytes = Files.readAllBytes(archive);
        assertThat(new BundleUnpacker(SMALL).list(archive)).hasSize(3);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = text.indexOf("PK\1\2");
        for (int i = 0; i < hidden; i++) {
            at = text.indexOf("PK\1\2", at + 1);
        }
        int next = text.indexOf("PK\1\2", at + 1);
        int end = text.indexOf("PK\5\6");
        int length = (next < 0 ? end : next) - at;
        byte[] without = new byte[bytes.length - length];
        System.arraycopy(bytes, 0, without, 0, at);
        System.arraycopy(bytes, at + length, without, at, without.length - at);
        // One member less, and a directory that is shorter.
        without[end - length + 8]--;
        without[end - length + 10]--;
        int size = (bytes[end + 12] & 0xff) + ((bytes[end + 13] & 0xff) << 8) - length;
        without[end - length + 12] = (byte) size;
        without[end - length + 13] = (byte) (size >> 8);
        Files.write(archive, without);

        assertRefused(
                archive, hidden == 2 ? "its directory does not begin where" : "does not begin where what is before");
    }

    @Test
    void unpack_zipWithAnotherChecksum_isRefused() throws Exception {
        Path archive = zip(zip -> {
            zip.setMethod(ZipArchiveOutputStream.DEFLATED);
            zip.setLevel(0);
            put(zip, "a", 0100644, "content that is stored");
        });
        byte[] bytes = Files.readAllBytes(archive);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("content that");
        bytes[at] ^= 1;
        Files.write(archive, bytes);

        assertRefused(archive, "another checksum");
    }

    @Test
    void unpack_zipBomb_isRefused() throws Exception {
        assertRefused(zip(zip -> put(zip, "a", 0100644, "x".repeat(99_999_999))), "has 99999999 bytes");
    }

    @Test
    void unpack_neitherFormat_isRefused() throws Exception {
        assertRefused(Files.writeString(directory.resolve("a.tar.gz"), "#!/bin/sh"), "neither a .tar.gz nor a .zip");
    }
}
