package updater.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.marschall.memoryfilesystem.MemoryFileSystemBuilder;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import updater.api.Bytes;
import updater.archive.BundleEntry;

/** Whatever tree is packed comes out again. */
class RoundTripTests {
    /** One path: a directory where there is no content. */
    record Item(List<String> path, Optional<Bytes> content, boolean executable) {}

    @Property(tries = 300)
    void unpack_whatWasBuilt_isTheSameTree(
            @ForAll("trees") List<Item> items, @ForAll BundleFormat format, @ForAll boolean nonAscii) throws Exception {
        try (FileSystem memory = MemoryFileSystemBuilder.newLinux().build()) {
            Path source = Files.createDirectory(memory.getPath("/source"));
            SortedMap<String, String> expected = new TreeMap<>();
            for (Item item : items) {
                make(source, item, nonAscii ? "é" : "e");
            }
            Trees.describe(source).forEach((path, description) -> expected.put(path, normalised(description)));
            Path archive = memory.getPath(format == BundleFormat.ZIP ? "/a.zip" : "/a.tar.gz");
            BundleBuilder builder = new BundleBuilder(Instant.EPOCH.plusSeconds(1_000_000_000));
            builder.add("", source);
            builder.write(archive);

            List<BundleEntry> unpacked = new BundleUnpacker().unpack(archive, memory.getPath("/target"));

            assertThat(Trees.describe(memory.getPath("/target"))).isEqualTo(expected);
            assertThat(unpacked).isEqualTo(builder.entries());
            assertThat(new BundleUnpacker().list(archive)).isEqualTo(unpacked);
        }
    }

    private static String normalised(String description) {
        boolean executable = description.charAt(2) == 'x';
        return (executable ? "rwxr-xr-x" : "rw-r--r--") + description.substring(9);
    }

    private static void make(Path source, Item item, String letter) throws IOException {
        Path path = source;
        for (String name : item.path()) {
            path = path.resolve(name.replace("e", letter));
        }
        if (!parentsAreDirectories(source, path) || Files.exists(path)) {
            return;
        }
        if (item.content().isEmpty()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        Files.write(path, item.content().get().toArray());
        Files.setPosixFilePermissions(
                path, PosixFilePermissions.fromString(item.executable() ? "rwx------" : "rw-rw-rw-"));
    }

    private static boolean parentsAreDirectories(Path source, Path path) {
        for (Path parent = path.getParent(); parent.startsWith(source); parent = parent.getParent()) {
            if (Files.isRegularFile(parent)) {
                return false;
            }
        }
        return true;
    }

    @Provide
    Arbitrary<List<Item>> trees() {
        Arbitrary<String> name = Arbitraries.oneOf(
                Arbitraries.of(
                        "a", "b", "-rf", " a", "two words", ".hidden", "..a", "a.b", "*", "[1m", "e:e", "→🙂", "~"),
                Arbitraries.strings().withChars("abe-. ").ofMinLength(1).ofMaxLength(60),
                Arbitraries.strings().withChars("xe").ofLength(60).map(text -> text + text));
        Arbitrary<String> usable = name.filter(text -> !text.endsWith(".") && !text.endsWith(" "));
        Arbitrary<byte[]> content = Arbitraries.bytes().array(byte[].class).ofMaxSize(2000);
        return Combinators.combine(
                        usable.list().ofMinSize(1).ofMaxSize(4),
                        content.map(Bytes::of).optional(0.8),
                        Arbitraries.of(true, false))
                .as(Item::new)
                .list()
                .ofMaxSize(12);
    }
}
