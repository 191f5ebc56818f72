package updater.bundle;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import updater.api.UpdateFailure;

/** A reader of {@code .tar.gz}. */
final class TarGzReader {
    private TarGzReader() {}

    static void read(Path archive, ArchiveReader reader) throws IOException, UpdateFailure {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
                InputStream gzip = GzipCompressorInputStream.builder()
                        .setInputStream(file)
                        .setDecompressConcatenated(true)
                        .get();
                HeaderBound bound = new HeaderBound(gzip);
                TarArchiveInputStream tar = new TarArchiveInputStream(bound, StandardCharsets.UTF_8.name())) {
            Optional<TarArchiveEntry> member = next(tar);
            while (member.isPresent()) {
                bound.lift();
                TarArchiveEntry entry = member.get();
                reader.member(entry.getName(), kind(entry), entry.getMode(), entry.getSize(), tar);
                bound.set();
                member = next(tar);
            }
            // To the end of the stream, whose checksum is behind it. The library has read over some of it, so it is
            // looked
            // at from below: a second tar behind the end of the first is what other readers may see.
            bound.transferTo(OutputStream.nullOutputStream());
            bound.requireZero();
        }
    }

    private static Optional<TarArchiveEntry> next(TarArchiveInputStream tar) throws IOException {
        try {
            return Optional.ofNullable(tar.getNextEntry());
        } catch (IllegalArgumentException e) {
            throw new IOException("it has a header that makes no sense: " + e.getMessage(), e);
        }
    }

    private static ArchiveReader.Kind kind(TarArchiveEntry entry) {
        // A file whose name ends in a slash is a directory in some old archives and a mistake in others.
        boolean slash = entry.getName().endsWith("/");
        if (entry.isSparse()) {
            return ArchiveReader.Kind.OTHER;
        }
        return switch (entry.getLinkFlag()) {
            case TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM ->
                slash ? ArchiveReader.Kind.OTHER : ArchiveReader.Kind.FILE;
            case TarConstants.LF_DIR -> ArchiveReader.Kind.DIRECTORY;
            case TarConstants.LF_LINK, TarConstants.LF_SYMLINK -> ArchiveReader.Kind.LINK;
            default -> ArchiveReader.Kind.OTHER;
        };
    }

    /**
     * The bound of what is read between two contents, and the witness of what is behind the last one. Long names and pax headers are read into memory, as long as they
     * claim to be, and there may be any number of them in front of a member.
     */
    private static final class HeaderBound extends FilterInputStream {
        private static final int BYTES = 1 << 20;

        private long left = BYTES;
        private boolean zero = true;

        HeaderBound(InputStream in) {
            super(in);
        }

        void lift() {
            left = Long.MAX_VALUE;
            zero = false;
        }

        void set() {
            left = BYTES;
            zero = true;
        }

        /** Sees that nothing but zeros was read since the last content: what is behind the last member is padding. */
        void requireZero() throws IOException {
            if (!zero) {
                throw new IOException("it has something behind its end");
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length > 0 && left <= 0) {
                throw new IOException("it has more than " + BYTES + " bytes of headers or padding in one place");
            }
            int count = super.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(count, 0);
            for (int i = offset; zero && i < offset + count; i++) {
                zero = buffer[i] == 0;
            }
            return count;
        }

        @Override
        public long skip(long wanted) throws IOException {
            // Reading is what counts; a caller that skips reads instead when nothing was skipped.
            return 0;
        }
    }
}
