package updater.transaction.world;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import updater.api.FileEntry;
import updater.api.FileType;
import updater.api.Stat;
import updater.state.log.LogChannels;
import updater.state.manifest.ManifestEntry;
import updater.state.manifest.ManifestReader;
import updater.state.manifest.ManifestWriter;
import updater.testkit.ExpectedTree.Shipped;
import updater.testkit.TreeSnapshot;
import updater.testkit.TreeSnapshot.Entry;

/** What the version before shipped into a home: of each path as it is there, as it is in the bundle, otherwise, or not at all. */
public final class LastVersion {
    private static final int KINDS = 7;
    private static final String DEFINITION = "/fake/agent.service";

    private LastVersion() {}

    /** Writes the record of one, in which {@code salt} decides of each path; none for a salt of 0. */
    static Map<String, Shipped> plant(World world, int salt) throws IOException {
        SortedMap<String, Shipped> last = new TreeMap<>(ManifestEntry.WALK_ORDER);
        if (salt == 0) {
            return last;
        }
        Map<String, Entry> home = world.home().entries();
        Map<String, Entry> bundle =
                TreeSnapshot.of(world.layout().staged(), path -> false).entries();
        SortedMap<String, Entry> all = new TreeMap<>(ManifestEntry.WALK_ORDER);
        all.putAll(bundle);
        all.putAll(home);
        all.remove("");
        all.remove("agent.unit");
        try (ManifestWriter writer = ManifestWriter.create(record(world), LogChannels.ofFileSystem())) {
            definition(world, writer, salt);
            for (Map.Entry<String, Entry> one : all.entrySet()) {
                String path = one.getKey();
                int kind = Math.floorMod(path.hashCode() * 31 + salt, KINDS);
                boolean staged = kind == 2 && !path.equals("agent") && bundle.containsKey(path);
                Entry as = staged ? bundle.get(path) : one.getValue();
                if (kind != 0 && (as.isFile() || as.isDirectory())) {
                    Path file = (staged || !home.containsKey(path)
                                    ? world.layout().staged()
                                    : world.layout().home())
                            .resolve(path);
                    last.put(path, add(writer, path, as, file, kind));
                }
            }
            writer.complete(writer.count());
        }
        return last;
    }

    /** The definition is what was shipped, or the bundle's is, or neither. */
    private static void definition(World world, ManifestWriter writer, int salt) throws IOException {
        String content = List.of("", "old unit", "new unit", "another unit").get(Math.floorMod(salt, 4));
        if (!content.isEmpty()) {
            CRC32C checksum = new CRC32C();
            checksum.update(content.getBytes(StandardCharsets.UTF_8));
            Stat stat = new Stat(FileType.REGULAR, content.length(), 0644, 0, 0, Instant.EPOCH, Instant.EPOCH, 0, 0, 1);
            writer.add(new FileEntry(DEFINITION, stat).withChecksum(checksum.getValue()));
        }
        world.lastDefinition = content;
    }

    /** Writes the record of a version that shipped these paths of home as they are. */
    public static void asInHome(World world, String... paths) throws IOException {
        SortedMap<String, Shipped> last = new TreeMap<>(ManifestEntry.WALK_ORDER);
        Map<String, Entry> home = world.home().entries();
        SortedMap<String, Entry> all = new TreeMap<>(ManifestEntry.WALK_ORDER);
        for (String path : paths) {
            all.put(path, home.get(path));
        }
        try (ManifestWriter writer = ManifestWriter.create(record(world), LogChannels.ofFileSystem())) {
            for (Map.Entry<String, Entry> one : all.entrySet()) {
                Path file = world.home(one.getKey());
                last.put(one.getKey(), add(writer, one.getKey(), one.getValue(), file, 1));
            }
            writer.complete(last.size());
        }
        world.last = last;
    }

    /** Writes the record of a version that shipped one path of home, which was not reached for its checksum. */
    public static void notReached(World world, String path) throws IOException {
        Files.delete(record(world));
        try (ManifestWriter writer = ManifestWriter.create(record(world), LogChannels.ofFileSystem())) {
            add(writer, path, world.home().entries().get(path), world.home(path), 5);
            writer.complete(writer.count());
        }
    }

    private static Shipped add(ManifestWriter writer, String path, Entry as, Path file, int kind) throws IOException {
        int mode = (kind == 3 ? as.mode() ^ 0111 : as.mode()) & 0777;
        long size = as.size() + (kind == 4 ? 1 : 0);
        Stat stat = new Stat(
                as.isDirectory() ? FileType.DIRECTORY : FileType.REGULAR,
                size,
                mode,
                0,
                0,
                Instant.EPOCH,
                Instant.EPOCH,
                0,
                0,
                1);
        FileEntry entry = new FileEntry(path, stat);
        if (as.isDirectory() || kind == 5) {
            writer.add(entry);
            return new Shipped(as.isDirectory(), "", mode);
        }
        writer.add(entry.withChecksum(crc(file)));
        return new Shipped(false, kind == 4 ? "another" : as.content(), mode);
    }

    static Path record(World world) {
        return world.layout().state().resolve("shipped");
    }

    /** Returns the checksums of a record by path; empty of a path that has none. */
    public static Map<String, OptionalLong> recorded(World world) throws IOException {
        Map<String, OptionalLong> recorded = new TreeMap<>();
        try (ManifestReader reader = ManifestReader.open(record(world), LogChannels.ofFileSystem())) {
            for (Optional<ManifestEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                if (next.get().file().path().equals(DEFINITION)) {
                    continue;
                }
                recorded.put(next.get().file().path(), next.get().file().checksum());
            }
        }
        return recorded;
    }

    static long crc(Path file) throws IOException {
        CRC32C checksum = new CRC32C();
        checksum.update(Files.readAllBytes(file));
        return checksum.getValue();
    }
}
