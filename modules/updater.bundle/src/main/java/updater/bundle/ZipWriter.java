package updater.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.zip.X5455_ExtendedTimestamp;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

/** Write {@code .zip} with Unix modes. */
final class ZipWriter implements ArchiveWriter {
    /**
     * A zip's own times are local ones, which depend on where it is built: they are all the same, the one that Gradle
     * uses too, and the real one is in the extended timestamp, in UTC.
     */
    private static final LocalDateTime LOCAL_TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;

    private final ZipArchiveOutputStream zip;
    private final FileTime modified;

    ZipWriter(OutputStream out, Instant modified) {
        this.zip = new ZipArchiveOutputStream(out);
        this.zip.setEncoding(StandardCharsets.UTF_8.name());
        this.zip.setUseLanguageEncodingFlag(true);
        this.zip.setLevel(Deflater.BEST_COMPRESSION);
        this.modified = FileTime.from(modified);
    }

    @Override
    public void add(BundleEntry entry, InputStream content) throws IOException {
        ZipArchiveEntry member = new ZipArchiveEntry(entry.archiveName());
        member.setUnixMode((entry.directory() ? DIRECTORY : REGULAR) | entry.mode());
        member.setSize(entry.size());
        member.setTimeLocal(LOCAL_TIME);
        X5455_ExtendedTimestamp timestamp = new X5455_ExtendedTimestamp();
        timestamp.setModifyFileTime(modified);
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
