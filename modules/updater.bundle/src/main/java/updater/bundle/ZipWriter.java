package updater.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.zip.X5455_ExtendedTimestamp;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import updater.archive.BundleEntry;

/** A writer of {@code .zip} with Unix modes. */
final class ZipWriter implements ArchiveWriter {
    /**
     * A zip's own times are local ones, which depend on where it is built: they are all the same, the one that Gradle
     * uses too, and the real one is in the extended timestamp, in UTC.
     */
    private static final LocalDateTime LOCAL_TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;

    private final ZipArchiveOutputStream zip;
    private final X5455_ExtendedTimestamp timestamp;

    ZipWriter(OutputStream out, Instant modified) {
        this.zip = new ZipArchiveOutputStream(out);
        this.zip.setEncoding(StandardCharsets.UTF_8.name());
        this.zip.setUseLanguageEncodingFlag(true);
        this.zip.setLevel(Deflater.BEST_COMPRESSION);
        this.timestamp = new X5455_ExtendedTimestamp();
        this.timestamp.setModifyFileTime(FileTime.from(modified));
    }

    /** A member whose time is turned into a local time again where it is written, whatever the extra fields say. */
    private static final class FixedTimeEntry extends ZipArchiveEntry {
        FixedTimeEntry(String name) {
            super(name);
        }

        @Override
        public long getTime() {
            return LOCAL_TIME.atZone(ZoneId.systemDefault()).toInstant().toEpochMilli();
        }
    }

    @Override
    public void add(BundleEntry entry, InputStream content) throws IOException {
        ZipArchiveEntry member = new FixedTimeEntry(entry.archiveName());
        member.setUnixMode((entry.directory() ? DIRECTORY : REGULAR) | entry.mode());
        member.setSize(entry.size());
        member.addExtraField(timestamp);
        zip.putArchiveEntry(member);
        content.transferTo(zip);
        zip.closeArchiveEntry();
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
