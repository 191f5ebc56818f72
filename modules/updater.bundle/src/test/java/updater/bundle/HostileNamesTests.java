package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;

/** Members whose names or types would do harm. */
@DisabledOnOs(OS.WINDOWS)
class HostileNamesTests extends HostileArchive {
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
    void unpack_longNameThatFillsMemory_isRefused() throws Exception {
        byte[] tar = new byte[512 + (8 << 20)];
        byte[] header = rawHeader("././@LongLink", 'L', 8 << 20);
        System.arraycopy(header, 0, tar, 0, 512);
        Arrays.fill(tar, 512, tar.length, (byte) 'a');

        assertRefused(gzip(tar), "bytes of headers or padding in one place");
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
