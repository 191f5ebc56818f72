package updater.bundle;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import updater.archive.BundleEntry;

/**
 * A writer of {@code .tar.gz}.
 *
 * <p>Names over 100 bytes become GNU long names and others stay raw UTF-8: GNU tar, bsdtar, Go's archive/tar, Python
 * and busybox all read that, while busybox takes no names from pax headers.
 */
final class TarGzWriter implements ArchiveWriter {
    private final TarArchiveOutputStream tar;
    private final FileTime modified;

    /** @param level of compression, as {@link Deflater} has them */
    TarGzWriter(OutputStream out, Instant modified, int level) throws IOException {
        GzipParameters parameters = new GzipParameters();
        parameters.setCompressionLevel(level);
        OutputStream gzip = new GzipCompressorOutputStream(out, parameters);
        this.tar = new TarArchiveOutputStream(new BufferedOutputStream(gzip, 1 << 16), StandardCharsets.UTF_8.name());
        this.tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
        this.modified = FileTime.from(modified);
    }

    @Override
    public void add(BundleEntry entry, InputStream content) throws IOException {
        TarArchiveEntry member = new TarArchiveEntry(entry.archiveName());
        member.setMode(entry.mode());
        member.setIds(0, 0);
        member.setNames("root", "root");
        member.setModTime(modified);
        member.setSize(entry.size());
        tar.putArchiveEntry(member);
        content.transferTo(tar);
        tar.closeArchiveEntry();
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
