package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;
import updater.archive.BundleLimits;

/** Archives made to do harm: refused, with nothing left in the target and nothing changed beside it. */
@DisabledOnOs(OS.WINDOWS)
class AttackTests {
    private static final BundleLimits SMALL = new BundleLimits(100_000, 150_000, 20);

    private Path directory = Path.of("");

    @BeforeEach
    void make() throws IOException {
        directory = Files.createTempDirectory("attack");
        Files.writeString(directory.resolve("victim"), "untouched");
    }

    @AfterEach
    void remove() throws IOException {
        if (!directory.toString().isEmpty()) {
            try (var paths = Files.walk(directory)) {
                for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
            directory = Path.of("");
        }
    }

    @FunctionalInterface
    interface Content<T> {
        void write(T out) throws IOException;
    }

    private Path tar(Content<TarArchiveOutputStream> content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            content.write(tar);
        }
        return gzip(bytes.toByteArray());
    }

    private Path gzip(byte[] bytes) throws IOException {
        Path archive = directory.resolve("a.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
            out.write(bytes);
        }
        return archive;
    }

    private Path zip(Content<ZipArchiveOutputStream> content) throws IOException {
        Path archive = directory.resolve("a.zip");
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(archive)) {
            content.write(zip);
        }
        return archive;
    }

    private static void put(TarArchiveOutputStream tar, String name, byte flag, int mode, String content)
            throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, flag, true);
        entry.setMode(mode);
        entry.setSize(content.length());
        if (flag == TarConstants.LF_SYMLINK || flag == TarConstants.LF_LINK) {
            entry.setSize(0);
            entry.setLinkName(content);
        }
        tar.putArchiveEntry(entry);
        if (entry.getSize() > 0) {
            tar.write(content.getBytes(StandardCharsets.UTF_8));
        }
        tar.closeArchiveEntry();
    }

    private static void file(TarArchiveOutputStream tar, String name, String content) throws IOException {
        put(tar, name, TarConstants.LF_NORMAL, 0644, content);
    }

    private static void put(ZipArchiveOutputStream zip, String name, int mode, String content) throws IOException {
        ZipArchiveEntry entry = new ZipArchiveEntry(name);
        entry.setUnixMode(mode);
        zip.putArchiveEntry(entry);
        zip.write(content.getBytes(StandardCharsets.UTF_8));
        zip.closeArchiveEntry();
    }

    private void assertRefused(Path archive, String reason) {
        assertThatThrownBy(() -> new BundleUnpacker(SMALL).unpack(archive, directory.resolve("target")))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining(reason);
        assertThatThrownBy(() -> new BundleUnpacker(SMALL).list(archive))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining(reason);
        assertOnlyTheVictim(archive);
    }

    private void assertOnlyTheVictim(Path archive) {
        assertThat(directory)
                .isDirectoryNotContaining(path -> !List.of(archive.getFileName().toString(), "victim")
                        .contains(path.getFileName().toString()));
        assertThat(directory.resolve("victim")).hasContent("untouched");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../victim",
                "/etc/passwd",
                "//etc/passwd",
                "a/../../victim",
                "a/..",
                "..",
                "./../victim",
                "a/./b",
                "a//b",
                "..\\victim",
                "a\\b",
                "\ufffd"
            })
    void unpack_nameThatEscapes_isRefused(String name) throws Exception {
        assertRefused(tar(tar -> file(tar, name, "attack")), "the name '");
        // The library that makes the zip here turns backslashes.
        if (name.indexOf('\\') < 0) {
            Files.delete(directory.resolve("a.tar.gz"));
            assertRefused(zip(zip -> put(zip, name, 0100644, "attack")), "the name '");
        }
    }

    @Test
    void unpack_nameThatIsNotUtf8_isRefused() throws Exception {
        Path archive = tar(tar -> file(tar, "caf\u00e9", "attack"));
        byte[] tar = new GZIPInputStream(Files.newInputStream(archive)).readAllBytes();
        tar[4] = 'e';
        fixChecksum(tar, 0);

        assertRefused(gzip(tar), "is not valid UTF-8");
    }

    static void fixChecksum(byte[] tar, int offset) {
        Arrays.fill(tar, offset + 148, offset + 156, (byte) ' ');
        int sum = 0;
        for (int at = offset; at < offset + 512; at++) {
            sum += tar[at] & 0xff;
        }
        byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, tar, offset + 148, text.length);
    }

    @Test
    void unpack_symbolicLink_isRefused() throws Exception {
        assertRefused(
                tar(tar -> {
                    file(tar, "first", "1");
                    put(tar, "link", TarConstants.LF_SYMLINK, 0777, "..");
                    file(tar, "link/victim", "attack");
                }),
                "'link' is a link");
        Files.delete(directory.resolve("a.tar.gz"));
        assertRefused(
                zip(zip -> {
                    put(zip, "link", 0120777, "..");
                    put(zip, "link/victim", 0100644, "attack");
                }),
                "'link' is a link");
    }

    @Test
    void unpack_hardLink_isRefused() throws Exception {
        assertRefused(
                tar(tar -> put(
                        tar,
                        "link",
                        TarConstants.LF_LINK,
                        0644,
                        directory.resolve("victim").toString())),
                "'link' is a link");
    }

    @ParameterizedTest
    @CsvSource({"3", "4", "6", "7", "S", "V", "D", "?"})
    void unpack_specialFile_isRefused(char flag) throws Exception {
        assertRefused(tar(tar -> put(tar, "special", (byte) flag, 0644, "")), "");
    }

    @Test
    void unpack_specialFileInAZip_isRefused() throws Exception {
        assertRefused(zip(zip -> put(zip, "fifo", 0010644, "")), "'fifo' is neither");
    }

    @ParameterizedTest
    @ValueSource(ints = {04755, 02755, 01755})
    void unpack_setIdBits_areRefused(int mode) throws Exception {
        assertRefused(tar(tar -> put(tar, "su", TarConstants.LF_NORMAL, mode, "x")), "set-user-ID");
        Files.delete(directory.resolve("a.tar.gz"));
        assertRefused(zip(zip -> put(zip, "su", 0100000 | mode, "x")), "set-user-ID");
    }

    @Test
    void unpack_sameNameTwice_isRefused() throws Exception {
        assertRefused(
                tar(tar -> {
                    file(tar, "a", "1");
                    file(tar, "./a", "2");
                }),
                "'./a' is there twice");
        Files.delete(directory.resolve("a.tar.gz"));
        assertRefused(
                zip(zip -> {
                    put(zip, "a", 0100644, "1");
                    put(zip, "a", 0100644, "2");
                }),
                "'a' is there twice");
    }

    @Test
    void unpack_fileThatIsAlsoADirectory_fails() throws Exception {
        Path archive = tar(tar -> {
            file(tar, "a", "1");
            file(tar, "a/b", "2");
        });

        assertThatThrownBy(() -> new BundleUnpacker().unpack(archive, directory.resolve("target")))
                .isInstanceOf(UpdateFailure.class);
        assertOnlyTheVictim(archive);
    }

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
    void unpack_longNameThatFillsMemory_isRefused() throws Exception {
        byte[] tar = new byte[512 + (8 << 20)];
        byte[] header = rawHeader("././@LongLink", 'L', 8 << 20);
        System.arraycopy(header, 0, tar, 0, 512);
        Arrays.fill(tar, 512, tar.length, (byte) 'a');

        assertRefused(gzip(tar), "bytes of headers or padding in one place");
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

    private static byte[] rawHeader(String name, char flag, long size) {
        byte[] header = new byte[512];
        byte[] nameBytes = name.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(nameBytes, 0, header, 0, nameBytes.length);
        byte[] numbers = String.format("0000644\0%07o\0%07o\0%011o\0%011o\0", 0, 0, size, 0)
                .getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(numbers, 0, header, 100, numbers.length);
        header[156] = (byte) flag;
        System.arraycopy("ustar\0".getBytes(StandardCharsets.US_ASCII), 0, header, 257, 6);
        header[263] = '0';
        header[264] = '0';
        fixChecksum(header, 0);
        return header;
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpj.\u202egnp.exe",
                "a\u200bb",
                "\u2066x",
                "a\u200e",
                "\ufeffa",
                "a\u2028b",
                "a\u0085b",
                "a\u001b[2Jb",
                "a\nb",
                "a\tb",
                "d\u007f/e",
                "con",
                "d/NUL.txt",
                "Aux",
                "com1.log",
                "lpt\u00b9",
                "PRN .x",
                "a.",
                "a ",
                "d./e",
                "..."
            })
    void unpack_nameThatDeceives_isRefused(String name) throws Exception {
        assertRefused(tar(tar -> file(tar, name, "attack")), "the name '");
        Files.delete(directory.resolve("a.tar.gz"));
        assertRefused(zip(zip -> put(zip, name, 0100644, "attack")), "the name '");
    }

    /** A tar's name ends at its first NUL, but for the one of a pax header. */
    @Test
    void unpack_nameWithANul_isRefused() throws Exception {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        byte[] record = "12 path=a\0b\n".getBytes(StandardCharsets.US_ASCII);
        tar.write(rawHeader("pax", 'x', record.length));
        tar.write(Arrays.copyOf(record, 512));
        tar.write(rawHeader("a", '0', 0));
        tar.write(new byte[1024]);
        assertRefused(gzip(tar.toByteArray()), "");
        Files.delete(directory.resolve("a.tar.gz"));
        assertRefused(zip(zip -> put(zip, "a\0b", 0100644, "attack")), "the name 'a\\u0000b' holds a control");
    }

    @ParameterizedTest
    @CsvSource({
        "a, A",
        "d/config.yaml, D/other",
        "d/, D",
        "x/y/z, x/Y",
        "stra\u00dfe, STRASSE",
        "\u00e9, e\u0301",
        "\u00c9, e\u0301",
        "\u03c3, \u03c2",
        "k, \u212a"
    })
    void unpack_namesThatAreOneElsewhere_areRefused(String one, String other) throws Exception {
        assertRefused(
                tar(tar -> {
                    put(tar, one, one.endsWith("/") ? TarConstants.LF_DIR : TarConstants.LF_NORMAL, 0755, "");
                    file(tar, other, "attack");
                }),
                "are one file where upper and lower case do not count");
        Files.delete(directory.resolve("a.tar.gz"));
        assertRefused(
                zip(zip -> {
                    put(zip, one, one.endsWith("/") ? 0040755 : 0100644, "");
                    put(zip, other, 0100644, "attack");
                }),
                "are one file where upper and lower case do not count");
    }

    @Test
    void unpack_directoriesThatNoMemberNames_areCountedToo() throws Exception {
        assertRefused(
                tar(tar -> {
                    file(tar, "a/".repeat(15) + "f", "");
                    file(tar, "b/".repeat(15) + "f", "");
                }),
                "more than 20 files and directories");
    }

    @Test
    void unpack_namesThatOnlyLookUnusual_areTaken() throws Exception {
        Path archive = tar(tar -> {
            file(tar, "console", "x");
            file(tar, ".hidden", "x");
            file(tar, "nul1", "x");
            file(tar, "Gr\u00fc\u00dfe \u4e2d", "x");
            file(tar, "a..b", "x");
        });
        assertThat(new BundleUnpacker(SMALL).list(archive)).hasSize(5);
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

    @Test
    void unpack_targetIsALinkOrNotEmpty_isRefusedAndLeftAlone() throws Exception {
        Path archive = tar(tar -> file(tar, "a", "x"));
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);

        assertThatThrownBy(() -> new BundleUnpacker().unpack(archive, link)).isInstanceOf(UpdateFailure.Refused.class);
        assertThat(elsewhere).isEmptyDirectory();
        assertThatThrownBy(() -> new BundleUnpacker().unpack(archive, directory))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining("is not empty");
        assertThat(directory.resolve("victim")).hasContent("untouched");
    }

    @Test
    void unpack_directoryNobodyMayWriteIn_isFilledFirst() throws Exception {
        Path archive = tar(tar -> {
            put(tar, "d/", TarConstants.LF_DIR, 0555, "");
            file(tar, "d/a", "x");
            file(tar, "e/a", "x");
            put(tar, "e/", TarConstants.LF_DIR, 0500, "");
        });
        Path target = directory.resolve("target");

        new BundleUnpacker().unpack(archive, target);

        assertThat(Trees.describe(target))
                .containsEntry("d", "r-xr-xr-x /")
                .containsEntry("e", "r-x------ /")
                .containsEntry("d/a", "rw-r--r-- 78");
    }
}
