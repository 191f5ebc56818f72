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
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import updater.api.UpdateFailure;
import updater.archive.BundleLimits;

/** An archive made to do harm: refused, with nothing left in the target and nothing changed beside it. */
abstract class HostileArchive {
    static final BundleLimits SMALL = new BundleLimits(100_000, 150_000, 20);
    Path directory = Path.of("");

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

    Path tar(Content<TarArchiveOutputStream> content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            content.write(tar);
        }
        return gzip(bytes.toByteArray());
    }

    Path gzip(byte[] bytes) throws IOException {
        Path archive = directory.resolve("a.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
            out.write(bytes);
        }
        return archive;
    }

    Path zip(Content<ZipArchiveOutputStream> content) throws IOException {
        Path archive = directory.resolve("a.zip");
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(archive)) {
            content.write(zip);
        }
        return archive;
    }

    static void put(TarArchiveOutputStream tar, String name, byte flag, int mode, String content) throws IOException {
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

    static void file(TarArchiveOutputStream tar, String name, String content) throws IOException {
        put(tar, name, TarConstants.LF_NORMAL, 0644, content);
    }

    static void put(ZipArchiveOutputStream zip, String name, int mode, String content) throws IOException {
        ZipArchiveEntry entry = new ZipArchiveEntry(name);
        entry.setUnixMode(mode);
        zip.putArchiveEntry(entry);
        zip.write(content.getBytes(StandardCharsets.UTF_8));
        zip.closeArchiveEntry();
    }

    void assertRefused(Path archive, String reason) {
        assertThatThrownBy(() -> new BundleUnpacker(SMALL).unpack(archive, directory.resolve("target")))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining(reason);
        assertThatThrownBy(() -> new BundleUnpacker(SMALL).list(archive))
                .isInstanceOf(UpdateFailure.Refused.class)
                .hasMessageContaining(reason);
        assertOnlyTheVictim(archive);
    }

    void assertOnlyTheVictim(Path archive) {
        assertThat(directory)
                .isDirectoryNotContaining(path -> !List.of(archive.getFileName().toString(), "victim")
                        .contains(path.getFileName().toString()));
        assertThat(directory.resolve("victim")).hasContent("untouched");
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

    static byte[] rawHeader(String name, char flag, long size) {
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
}
