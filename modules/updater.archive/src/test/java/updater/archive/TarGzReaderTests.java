package updater.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import updater.api.UpdateFailure;

/** What is taken is what other readers find, and what is not a plain tar is refused, whatever it is. */
final class TarGzReaderTests {
    private static final String LONG = "directory-with-a-long-name/".repeat(9) + "file";

    private static byte[] gzip(byte[] tar) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(tar);
        }
        return out.toByteArray();
    }

    /** Returns path, mode, size and checksum of the content of each member. */
    private static TreeMap<String, String> read(byte[] archive) throws IOException, UpdateFailure {
        TreeMap<String, String> found = new TreeMap<>();
        TarGzReader.read(
                new ByteArrayInputStream(archive), new ArchiveMembers(BundleLimits.DEFAULT, (entry, content) -> {
                    CRC32 sum = new CRC32();
                    sum.update(content.readAllBytes());
                    found.put(
                            entry.path(),
                            (entry.directory() ? "d" : "f") + " " + Integer.toOctalString(entry.mode()) + " "
                                    + entry.size() + " " + Long.toHexString(sum.getValue()));
                }));
        return found;
    }

    private static byte[] tarByCommons() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            for (String name : List.of("dir/", "dir/a", "dir/é", LONG)) {
                TarArchiveEntry entry = new TarArchiveEntry(name);
                byte[] content = name.endsWith("/") ? new byte[0] : name.getBytes(StandardCharsets.UTF_8);
                entry.setSize(content.length);
                entry.setMode(name.endsWith("/") ? 0755 : 0640);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
        return out.toByteArray();
    }

    @Test
    void read_whatCommonsCompressWrites_isAllOfIt() throws Exception {
        assertThat(read(gzip(tarByCommons())).keySet()).containsExactlyInAnyOrder("dir", "dir/a", "dir/é", LONG);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tar --format=gnu -czf",
                "tar --format=ustar -czf",
                "tar --format=pax -czf",
                "bsdtar --format=ustar -czf",
                "bsdtar --format=pax -czf",
                "bsdtar --format=gnutar -czf"
            })
    void read_whatToolsWrite_isAllOfIt(String tool, @TempDir Path directory) throws Exception {
        Path tree = directory.resolve("tree");
        Path file = tree.resolve(LONG.substring(0, 27 * 5) + "file");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "content");
        Files.write(tree.resolve("large"), new byte[100_000]);
        Files.createDirectory(tree.resolve("empty"));
        Path archive = directory.resolve("a.tar.gz");
        List<String> command = new ArrayList<>(List.of(tool.split(" ")));
        command.addAll(List.of(archive.toString(), "-C", tree.toString(), "."));
        run(command);

        assertThat(read(Files.readAllBytes(archive)))
                .containsKeys(tree.relativize(file).toString(), "large", "empty")
                .hasSize(5 + 3);
        assertThat(read(Files.readAllBytes(archive)).get("large")).contains(" 100000 ");
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    /** Whatever is bent in a header: it is refused, or other readers find the same. */
    @Property(tries = 400)
    void read_bentHeaders_isRefusedOrWhatBsdtarFinds(
            @ForAll @IntRange(max = 511) int at, @ForAll byte value, @ForAll @IntRange(max = 6) int block)
            throws Exception {
        byte[] tar = tarByCommons();
        int header = block * 512;
        Assume.that(at < 148 || at >= 156);
        tar[header + at] = value;
        fixChecksum(tar, header);
        byte[] archive = gzip(tar);
        TreeMap<String, String> found;
        try {
            found = read(archive);
        } catch (IOException | UpdateFailure.Refused e) {
            return;
        }
        assertThat(listedByBsdtar(archive)).isEqualTo(sizes(found));
    }

    /** No bytes end in anything but a refusal or a tar. */
    @Property(tries = 500)
    void read_anyBytes_isNoError(@ForAll @Size(max = 2000) byte[] tar) throws Exception {
        try {
            read(gzip(Arrays.copyOf(tar, (tar.length + 511) / 512 * 512 + 1024)));
        } catch (IOException | UpdateFailure.Refused e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Property(tries = 300)
    void read_cutShort_isRefused(@ForAll @IntRange(max = 400) int length) throws Exception {
        byte[] whole = gzip(tarByCommons());
        byte[] cut = Arrays.copyOf(whole, Math.min(length, whole.length - 1));
        assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class);
    }

    @Property(tries = 300)
    void read_anythingBehindTheEnd_isRefused(@ForAll @Size(min = 1, max = 40) byte[] more) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(gzip(tarByCommons()));
        out.write(more);
        assertThatThrownBy(() -> read(out.toByteArray())).isInstanceOf(IOException.class);
    }

    @Test
    void read_severalGzipMembers_isOneTar() throws Exception {
        byte[] tar = tarByCommons();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(gzip(Arrays.copyOf(tar, 700)));
        out.write(gzip(Arrays.copyOfRange(tar, 700, tar.length)));
        assertThat(read(out.toByteArray())).isEqualTo(read(gzip(tar)));
    }

    @Test
    void read_oneBlockOfZerosOnly_isRefused() throws Exception {
        byte[] tar = tarByCommons();
        int end = tar.length;
        while (end > 0 && tar[end - 1] == 0) {
            end--;
        }
        byte[] short_ = Arrays.copyOf(tar, (end + 511) / 512 * 512 + 512);
        assertThatThrownBy(() -> read(gzip(short_))).hasMessageContaining("cut short");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GNU.sparse.major=1",
                "SCHILY.realsize=5",
                "linkpath=/etc/passwd",
                "hdrcharset=BINARY",
                "size=-1",
                "size=1e3",
                "size=99999999999999999999",
                "unknown=1"
            })
    void read_paxRecordThatChangesAMember_isRefused(String record) throws Exception {
        assertThatThrownBy(() -> read(gzip(withPax(record)))).isInstanceOf(IOException.class);
    }

    @Test
    void read_paxRecordThatChangesNothing_isPassedOver() throws Exception {
        assertThat(read(gzip(withPax("mtime=1.5")))).containsKey("file");
    }

    private static byte[] withPax(String record) throws IOException {
        int length = record.length() + 4;
        byte[] content = ((length < 10 ? "0" : "") + length + " " + record + "\n").getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(header("pax", 'x', content.length));
        out.write(Arrays.copyOf(content, 512));
        out.write(header("file", '0', 0));
        out.write(new byte[1024]);
        return out.toByteArray();
    }

    private static byte[] header(String name, char type, int size) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 124, String.format("%011o\0", size));
        header[156] = (byte) type;
        put(header, 257, "ustar\u000000");
        fixChecksum(header, 0);
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static void fixChecksum(byte[] tar, int offset) {
        Arrays.fill(tar, offset + 148, offset + 156, (byte) ' ');
        int sum = 0;
        for (int at = offset; at < offset + 512; at++) {
            sum += tar[at] & 0xff;
        }
        put(tar, offset + 148, String.format("%06o\0 ", sum));
    }

    private static TreeMap<String, String> sizes(TreeMap<String, String> found) {
        TreeMap<String, String> sizes = new TreeMap<>();
        found.forEach((path, values) -> sizes.put(
                HexFormat.of().formatHex(path.getBytes(StandardCharsets.UTF_8)),
                values.substring(0, 1) + " " + values.split(" ")[2]));
        return sizes;
    }

    /** Returns what it finds, by the archive that it makes of it in the oldest of formats that says all. */
    private static TreeMap<String, String> listedByBsdtar(byte[] archive) throws IOException, InterruptedException {
        Path file = Files.createTempFile("bent", ".tar.gz");
        try {
            Files.write(file, archive);
            String mtree = run(List.of(
                    "env",
                    "LC_ALL=C.UTF-8",
                    "bsdtar",
                    "-cf",
                    "-",
                    "--format=mtree",
                    "--options=!all,type,size",
                    "@" + file));
            TreeMap<String, String> found = new TreeMap<>();
            mtree.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ");
                String path = unescaped(words[0]);
                boolean directory = line.contains("type=dir");
                String size = line.replaceFirst("(?s).*size=([0-9]+).*", "$1");
                if (!path.isEmpty()) {
                    found.put(
                            HexFormat.of().formatHex(path.getBytes(StandardCharsets.ISO_8859_1)),
                            directory ? "d 0" : "f " + size);
                }
            });
            return found;
        } finally {
            Files.delete(file);
        }
    }

    private static String unescaped(String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '\\' && i + 3 < name.length()) {
                text.append((char) Integer.parseInt(name.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                text.append(name.charAt(i));
            }
        }
        // The root itself is "/." there.
        String plain = text.toString().equals("/.") ? "" : text.toString();
        while (plain.startsWith("./")) {
            plain = plain.substring(2);
        }
        return plain.endsWith("/") ? plain.substring(0, plain.length() - 1) : plain.equals(".") ? "" : plain;
    }
}
