package updater.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import updater.release.FileList.Entry;
import updater.release.ReleaseRefused.Check;

class FileListTests {
    private static final String HEADER = "host-updater files 1\n";
    private static final String SHA = "0123456789abcdef".repeat(4);
    private static final String LIST = HEADER
            + "d 0755 0 - a\n"
            + "f 0755 12 " + SHA + " a/b\n"
            + "d 0700 0 - a/c\n"
            + "f 0644 0 " + SHA + " a/c/d\n"
            + "f 0644 1 " + SHA + " a-b\n"
            + "f 0644 5000000000 " + SHA + " two\\x20words\\x5c\\xc3\\xa4\\xf0\\x9f\\x90\\xa7\n";

    @Test
    void list_ofTheForm_isReadAndWritten() throws IOException, ReleaseRefused {
        List<Entry> entries = read(LIST);
        assertThat(entries)
                .extracting(Entry::path)
                .containsExactly("a", "a/b", "a/c", "a/c/d", "a-b", "two words\\ä🐧");
        assertThat(entries.get(5)).isEqualTo(Entry.file("two words\\ä🐧", 0644, 5_000_000_000L, SHA));
        assertThat(entries.get(2)).isEqualTo(Entry.directory("a/c", 0700));
        assertThat(write(entries)).isEqualTo(LIST);
        assertThat(read(HEADER)).isEmpty();
    }

    record Bad(String lines, String message) {}

    private static String file(String path) {
        return "f 0644 1 " + SHA + " " + path + "\n";
    }

    private static Bad path(String path, String message) {
        return new Bad(file(path), message);
    }

    private static final String PLAIN = "expected a relative path without empty names, '.', '..' and NUL, found";

    static final List<Bad> BAD = List.of(
            path("/etc/passwd", PLAIN + " '/etc/passwd'"),
            path("..", PLAIN),
            path("../x", PLAIN),
            path("./x", PLAIN),
            path(".", PLAIN),
            path("a\\x00b", PLAIN + " 'a\\u0000b'"),
            path("", "expected a path of 1 to 4096 bytes, found ''"),
            new Bad("d 0755 0 - a\n" + file("a/../b"), PLAIN),
            new Bad("d 0755 0 - a\n" + file("a//b"), PLAIN),
            new Bad("d 0755 0 - a/\n", PLAIN),
            path("x".repeat(256), "expected names of at most 255 bytes"),
            path("\\xc3\\xa4".repeat(128), "expected names of at most 255 bytes"),
            path("a b", "expected f or d, a mode of four digits"),
            path("a\\x20", ""),
            path("a\\x41", "expected the path 'aA', found 'a\\x41'"),
            path("a\\x5C", "expected \\x and two digits 0-9 a-f, found '\\x5C'"),
            path("a\\x5", "expected \\x and two digits"),
            path("a\\", "expected \\x and two digits"),
            path("a\\n", "expected \\x and two digits"),
            path("a\\x2fb", "expected the path 'a/b'"),
            path("\\xff", "expected a path of UTF-8, found '\\xff'"),
            path("\\xc0\\xaf", "expected a path of UTF-8"),
            path("\\xed\\xa0\\x80", "expected a path of UTF-8"),
            path("release", "expected no path in 'release', where the list itself is"),
            path("Release", "expected no path in 'release'"),
            path("a/b", "expected the directory 'a' first, found 'a/b'"),
            new Bad(file("a") + file("a/b"), "expected the directory 'a' first, found 'a/b'"),
            new Bad("d 0755 0 - a\n" + file("a/b/c"), "expected the directory 'a/b' first"),
            new Bad("d 0755 0 - a\n" + file("ab") + file("ab/c"), "expected the directory 'ab' first"),
            new Bad("d 0755 0 - a\n" + file("a-b") + file("a/c"), "line 4: expected a path after 'a-b', found 'a/c'"),
            new Bad(file("a") + file("a"), "expected a path after 'a', found 'a'"),
            new Bad(file("b") + file("a"), "expected a path after 'b', found 'a'"),
            new Bad("d 0755 0 - a\n" + file("a"), "expected a path after 'a'"),
            new Bad("f 4755 1 " + SHA + " a\n", "expected f or d, a mode of four digits"),
            new Bad("f 755 1 " + SHA + " a\n", "expected f or d, a mode of four digits"),
            new Bad("f 0788 1 " + SHA + " a\n", "expected f or d, a mode of four digits"),
            new Bad("l 0777 1 " + SHA + " a\n", "expected f or d, a mode of four digits"),
            new Bad("f 0644 01 " + SHA + " a\n", "expected 0 to 999999999999999, found '01'"),
            new Bad("f 0644 -1 " + SHA + " a\n", "expected 0 to 999999999999999"),
            new Bad("f 0644 1 - a\n", "expected a checksum of a file, and of a directory no size and no checksum"),
            new Bad("d 0755 0 " + SHA + " a\n", "expected a checksum of a file, and of a directory no size"),
            new Bad("d 0755 1 - a\n", "expected a checksum of a file, and of a directory no size"),
            new Bad("f 0644 1 " + SHA.toUpperCase(Locale.ROOT) + " a\n", "expected 64 digits 0-9 a-f"),
            new Bad("f  0644 1 " + SHA + " a\n", "expected f or d"),
            new Bad(file("a ").replace("\n", "") + "\n", "expected f or d"),
            new Bad("\n", "expected f or d"),
            new Bad("f 0644 1 " + SHA + " a\r\n", "line 2: byte 76 is 0x0d; expected printable ASCII"),
            new Bad("f 0644 1 " + SHA + " \u00e4\n", "is 0xc3; expected printable ASCII"),
            new Bad("f 0644 1 " + SHA + " a", "line 2: it does not end in LF"),
            new Bad("f 0644 1 " + SHA + " " + "x".repeat(20_000) + "\n", "line 2: it is longer than 16512 bytes"));

    @ParameterizedTest
    @FieldSource("BAD")
    void line_thatIsBad_isRefusedSayingWhich(Bad bad) throws IOException, ReleaseRefused {
        String list = HEADER + bad.lines();
        if (bad.message().isEmpty()) {
            assertThat(read(list)).hasSize(1);
            return;
        }
        // With the right checksum: it is the form that is refused.
        assertThatThrownBy(() -> read(list))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessageStartingWith("file list, line ")
                .hasMessageContaining(bad.message())
                .hasMessageMatching("[ -~]+");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "host-updater files 2\n", "host-updater files 1", "host-updater files 1\r\n"})
    void header_thatIsAnother_isRefused(String header) {
        assertThatThrownBy(() -> read(header)).isInstanceOf(ReleaseRefused.class);
    }

    @Test
    void path_of4096Bytes_isTheLongest() throws IOException, ReleaseRefused {
        StringBuilder lines = new StringBuilder(HEADER);
        String path = "";
        while (path.length() < 4080) {
            path = path.isEmpty() ? "x".repeat(15) : path + "/" + "x".repeat(15);
            lines.append("d 0755 0 - ").append(path).append('\n');
        }
        assertThat(path.length()).isEqualTo(4095 - 16 + 16);
        assertThat(read(lines.toString())).hasSize(256);
        String longer = lines + file(path + "/x");
        assertThatThrownBy(() -> read(longer)).hasMessageContaining("expected a path of 1 to 4096 bytes");
    }

    @Test
    void checksum_thatIsAnother_isRefusedAtTheEnd() throws IOException, ReleaseRefused {
        FileList.Reader reader = new FileList.Reader(stream(LIST), SHA);
        for (int i = 0; i < 6; i++) {
            assertThat(reader.next()).isPresent();
        }
        assertThatThrownBy(reader::next)
                .isInstanceOfSatisfying(
                        ReleaseRefused.class, e -> assertThat(e.check()).isEqualTo(Check.FILES))
                .hasMessage("file list: expected the SHA-256 " + SHA + " of the statement, found "
                        + Grammar.sha256(LIST.getBytes(StandardCharsets.US_ASCII)));
    }

    @Property(tries = 300)
    void list_withAnyBitChanged_isRefused(@ForAll @IntRange(max = 1 << 16) int drawn) {
        byte[] bytes = LIST.getBytes(StandardCharsets.US_ASCII);
        String sha256 = Grammar.sha256(bytes);
        int bit = drawn % (8 * bytes.length);
        bytes[bit / 8] ^= (byte) (1 << (bit % 8));
        assertThatThrownBy(() -> readAll(new FileList.Reader(new ByteArrayInputStream(bytes), sha256)))
                .isInstanceOf(ReleaseRefused.class);
    }

    @Test
    void list_cutAnywhere_isRefused() {
        byte[] bytes = LIST.getBytes(StandardCharsets.US_ASCII);
        String sha256 = Grammar.sha256(bytes);
        for (int length = 0; length < bytes.length; length++) {
            InputStream cut = new ByteArrayInputStream(bytes, 0, length);
            assertThatThrownBy(() -> readAll(new FileList.Reader(cut, sha256))).isInstanceOf(ReleaseRefused.class);
        }
    }

    @Test
    void end_isReturnedAgain() throws IOException, ReleaseRefused {
        FileList.Reader reader =
                new FileList.Reader(stream(LIST), Grammar.sha256(LIST.getBytes(StandardCharsets.US_ASCII)));
        readAll(reader);
        assertThat(reader.next()).isEmpty();
    }

    @Property(tries = 200)
    void anyTree_written_isReadAsItWas(@ForAll("paths") List<String> paths) throws IOException, ReleaseRefused {
        TreeSet<String> all = new TreeSet<>(Comparator.comparing(ListedPath::of, ListedPath::compareTo));
        TreeSet<String> directories = new TreeSet<>();
        for (String path : paths) {
            all.add(path);
            for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
                all.add(path.substring(0, slash));
                directories.add(path.substring(0, slash));
            }
        }
        List<Entry> entries = new ArrayList<>();
        for (String path : all) {
            entries.add(directories.contains(path) ? Entry.directory(path, 0755) : Entry.file(path, 0644, 1, SHA));
        }
        assertThat(read(write(entries))).isEqualTo(entries);
    }

    @Provide
    Arbitrary<List<String>> paths() {
        Arbitrary<String> names = Arbitraries.strings()
                .withChars("ab-.\\ /\u00e4\u4e2d\u0001\u202e")
                .ofMinLength(1)
                .ofMaxLength(12)
                .filter(path -> !path.startsWith("/") && !path.endsWith("/"))
                .filter(path -> List.of(path.split("/", -1)).stream()
                        .noneMatch(name -> name.isEmpty() || name.equals(".") || name.equals("..")));
        return names.list().ofMaxSize(12);
    }

    /** 100,000 files with long names: the reader keeps one line and one path of them. */
    @Test
    void list_ofManyFiles_isStreamed() throws IOException, ReleaseRefused {
        int count = 100_000;
        FileList.Writer counting = new FileList.Writer(OutputStream.nullOutputStream());
        for (int i = 0; i < count; i++) {
            counting.add(many(i));
        }
        FileList.Reader reader = new FileList.Reader(new ManyFiles(count), counting.sha256());
        int read = 0;
        while (reader.next().isPresent()) {
            read++;
        }
        assertThat(read).isEqualTo(count);
    }

    private static final String LONG = "x".repeat(200);

    private static Entry many(int i) {
        return Entry.file((1_000_000 + i) + LONG, 0644, i, SHA);
    }

    /** A list that is made while it is read, and is nowhere as a whole. */
    private static final class ManyFiles extends InputStream {
        private final ByteArrayOutputStream made = new ByteArrayOutputStream();
        private final FileList.Writer writer = new FileList.Writer(made);
        private final int count;
        private byte[] bytes;
        private int position;
        private int next;

        ManyFiles(int count) throws IOException {
            this.count = count;
            this.bytes = made.toByteArray();
        }

        @Override
        public int read() throws IOException {
            if (position == bytes.length) {
                if (next == count) {
                    return -1;
                }
                made.reset();
                writer.add(many(next++));
                bytes = made.toByteArray();
                position = 0;
            }
            return bytes[position++] & 0xff;
        }
    }

    @Test
    void writer_refusesWhatAReaderWould() throws IOException {
        FileList.Writer writer = new FileList.Writer(OutputStream.nullOutputStream());
        writer.add(Entry.file("b", 0644, 1, SHA));
        assertThatThrownBy(() -> writer.add(Entry.file("a", 0644, 1, SHA)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected a path after 'b', found 'a'");
        assertThatThrownBy(() -> Entry.file("a", 04755, 1, SHA)).hasMessageContaining("found 4755");
        assertThatThrownBy(() -> Entry.file("\ud800", 0644, 1, SHA)).hasMessageContaining("UTF-8");
        assertThatThrownBy(() -> new Entry(true, 0755, 1, Optional.empty(), "a"))
                .hasMessageContaining("no size");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void tree_onDisk_isListedInOrder_withoutTheReleaseDirectory(@TempDir Path root) throws IOException, ReleaseRefused {
        Files.createDirectories(root.resolve("a/c"));
        Files.createDirectories(root.resolve("release"));
        Files.writeString(root.resolve("release/keys"), "not listed");
        Files.writeString(root.resolve("a/c/release"), "listed");
        Files.writeString(root.resolve("a-b"), "x");
        Files.writeString(root.resolve("a/\u00e4 b"), "");
        Files.setPosixFilePermissions(root.resolve("a-b"), PosixFilePermissions.fromString("rwxr-x--x"));
        Files.setPosixFilePermissions(root.resolve("a"), PosixFilePermissions.fromString("rwx------"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String sha256 = FileList.write(root, out);
        assertThat(sha256).isEqualTo(Grammar.sha256(out.toByteArray()));
        List<Entry> entries = read(out.toString(StandardCharsets.US_ASCII));
        assertThat(entries).extracting(Entry::path).containsExactly("a", "a/c", "a/c/release", "a/\u00e4 b", "a-b");
        assertThat(entries.get(0).mode()).isEqualTo(0700);
        assertThat(entries.get(4))
                .isEqualTo(Entry.file("a-b", 0751, 1, Grammar.sha256("x".getBytes(StandardCharsets.US_ASCII))));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void tree_withALinkOrSetId_isRefused(@TempDir Path root) throws IOException {
        Files.createSymbolicLink(root.resolve("link"), Path.of("/etc"));
        assertThatThrownBy(() -> FileList.write(root, OutputStream.nullOutputStream()))
                .isInstanceOf(ReleaseRefused.class)
                .hasMessageContaining("link: expected a regular file or a directory");
        Files.delete(root.resolve("link"));
        Path file = Files.writeString(root.resolve("x"), "");
        Files.setAttribute(file, "unix:mode", 04755);
        assertThatThrownBy(() -> FileList.write(root, OutputStream.nullOutputStream()))
                .hasMessageContaining("x: expected a mode of 0000 to 0777, found 4755");
    }

    private static InputStream stream(String list) {
        return new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Entry> read(String list) throws IOException, ReleaseRefused {
        return readAll(new FileList.Reader(stream(list), Grammar.sha256(list.getBytes(StandardCharsets.UTF_8))));
    }

    private static List<Entry> readAll(FileList.Reader reader) throws IOException, ReleaseRefused {
        List<Entry> entries = new ArrayList<>();
        for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            entries.add(entry.get());
        }
        return entries;
    }

    private static String write(List<Entry> entries) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FileList.Writer writer = new FileList.Writer(out);
        for (Entry entry : entries) {
            writer.add(entry);
        }
        assertThat(writer.sha256()).isEqualTo(Grammar.sha256(out.toByteArray()));
        return out.toString(StandardCharsets.US_ASCII);
    }
}
