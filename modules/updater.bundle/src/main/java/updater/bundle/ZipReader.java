package updater.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.UnixStat;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import updater.api.UpdateFailure;
import updater.archive.ArchiveMembers;
import updater.archive.EntryName;

/** A reader of {@code .zip} by its central directory, the only place where modes are. */
final class ZipReader {
    private static final int FILE_MODE = 0644;
    private static final int DIRECTORY_MODE = 0755;

    /** What an agent's unpacker can be relied on to know; for others the library asks for classes that are not here. */
    private static final Set<Integer> PACKED = Set.of(ZipEntry.STORED, ZipEntry.DEFLATED);

    private ZipReader() {}

    static void read(Path archive, ArchiveMembers reader) throws IOException, UpdateFailure {
        try (ZipFile zip = open(archive);
                SeekableByteChannel channel = Files.newByteChannel(archive)) {
            ZipGaps gaps = new ZipGaps(channel);
            Enumeration<ZipArchiveEntry> entries = zip.getEntriesInPhysicalOrder();
            while (entries.hasMoreElements()) {
                ZipArchiveEntry entry = entries.nextElement();
                gaps.add(entry);
                read(zip, entry, reader);
            }
            gaps.end();
        }
    }

    private static ZipFile open(Path archive) throws IOException {
        try {
            return ZipFile.builder()
                    .setSeekableByteChannel(Files.newByteChannel(archive))
                    .setCharset(StandardCharsets.UTF_8)
                    .get();
        } catch (IllegalArgumentException e) {
            throw new IOException("its directory makes no sense: " + e.getMessage(), e);
        }
    }

    private static void read(ZipFile zip, ZipArchiveEntry entry, ArchiveMembers reader)
            throws IOException, UpdateFailure {
        if (!PACKED.contains(entry.getMethod()) || !zip.canReadEntryData(entry)) {
            throw new IOException("'" + EntryName.printable(entry.getName())
                    + "' is encrypted, or packed in another way than by deflating (method " + entry.getMethod() + ")");
        }
        ArchiveMembers.Kind kind = kind(entry);
        try (InputStream raw = zip.getInputStream(entry);
                CheckedInputStream content = new CheckedInputStream(raw, new CRC32())) {
            reader.member(entry.getName(), kind, mode(entry, kind), entry.getSize(), content);
            // The library does not compare it.
            if (kind == ArchiveMembers.Kind.FILE && content.getChecksum().getValue() != entry.getCrc()) {
                throw new IOException(
                        "'" + EntryName.printable(entry.getName()) + "' has another checksum than it says");
            }
        }
    }

    private static ArchiveMembers.Kind kind(ZipArchiveEntry entry) {
        boolean slash = entry.getName().endsWith("/");
        return switch (entry.getUnixMode() & UnixStat.FILE_TYPE_FLAG) {
            case 0 -> slash ? ArchiveMembers.Kind.DIRECTORY : ArchiveMembers.Kind.FILE;
            case UnixStat.FILE_FLAG -> slash ? ArchiveMembers.Kind.OTHER : ArchiveMembers.Kind.FILE;
            case UnixStat.DIR_FLAG -> slash ? ArchiveMembers.Kind.DIRECTORY : ArchiveMembers.Kind.OTHER;
            case UnixStat.LINK_FLAG -> ArchiveMembers.Kind.LINK;
            default -> ArchiveMembers.Kind.OTHER;
        };
    }

    /** Zips made elsewhere than on Unix have no modes. */
    private static int mode(ZipArchiveEntry entry, ArchiveMembers.Kind kind) {
        if (entry.getUnixMode() != 0) {
            return entry.getUnixMode() & ~UnixStat.FILE_TYPE_FLAG;
        }
        return kind == ArchiveMembers.Kind.DIRECTORY ? DIRECTORY_MODE : FILE_MODE;
    }
}
