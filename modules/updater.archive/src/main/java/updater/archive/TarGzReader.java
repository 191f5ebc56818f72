package updater.archive;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import updater.api.UpdateFailure;

/**
 * A reader of {@code .tar.gz}, in one pass and in memory that is bounded.
 *
 * <p>It takes ustar and GNU headers, pax headers for path and size, and GNU's long names. What it takes, other readers
 * take for the same: where they differ, or where one looks at what another ignores, the archive is refused.
 */
public final class TarGzReader {
    private final HeaderBound in;
    private final ArchiveMembers members;

    private TarGzReader(HeaderBound in, ArchiveMembers members) {
        this.in = in;
        this.members = members;
    }

    /**
     * Reads an archive to its end.
     *
     * @param archive closing it is the caller's
     * @throws IOException when it is damaged
     * @throws UpdateFailure.Refused when it holds what must not be unpacked
     */
    public static void read(InputStream archive, ArchiveMembers members) throws IOException, UpdateFailure {
        try (GzipStream gzip = new GzipStream(new BufferedInputStream(archive, 1 << 16))) {
            new TarGzReader(new HeaderBound(gzip), members).read();
        }
    }

    private void read() throws IOException, UpdateFailure {
        PaxRecords pax = PaxRecords.NONE;
        Optional<String> longName = Optional.empty();
        while (true) {
            byte[] block = block();
            if (TarHeader.isZero(block)) {
                if (!pax.isEmpty() || longName.isPresent()) {
                    throw new IOException("it ends behind a header that says something about the next member");
                }
                end();
                return;
            }
            TarHeader header = TarHeader.parse(block);
            switch (header.type()) {
                case 'x' -> {
                    if (!pax.isEmpty()) {
                        throw new IOException("it has two pax headers for one member");
                    }
                    pax = PaxRecords.parse(extension(header));
                }
                case 'g' -> {
                    if (!PaxRecords.parse(extension(header)).isSilent()) {
                        throw new IOException("it has a global pax header that names or measures members");
                    }
                }
                case 'L' -> {
                    if (longName.isPresent()) {
                        throw new IOException("it has two long names for one member");
                    }
                    longName = Optional.of(TarHeader.text(extension(header)));
                }
                default -> {
                    if (longName.isPresent() && pax.path().isPresent()) {
                        throw new IOException("it names one member twice, by pax and by GNU's long name");
                    }
                    String name = pax.path().orElse(longName.orElse(header.name()));
                    member(name, header, pax.size().orElse(header.size()));
                    pax = PaxRecords.NONE;
                    longName = Optional.empty();
                }
            }
        }
    }

    private void member(String name, TarHeader header, long size) throws IOException, UpdateFailure {
        ArchiveMembers.Kind kind = header.kind(name);
        in.lift();
        InputStream content =
                kind == ArchiveMembers.Kind.FILE ? new Content(in, size) : new ByteArrayInputStream(new byte[0]);
        members.member(name, kind, header.mode(), size, content);
        in.set();
        padding(size);
    }

    private void padding(long size) throws IOException {
        int length = (int) ((TarHeader.BLOCK - size % TarHeader.BLOCK) % TarHeader.BLOCK);
        if (!TarHeader.isZero(exactly(length))) {
            throw new IOException("it has something in the padding behind a member");
        }
    }

    private byte[] extension(TarHeader header) throws IOException {
        if (header.size() > HeaderBound.BYTES) {
            throw new IOException(HeaderBound.message());
        }
        byte[] content = exactly((int) header.size());
        padding(header.size());
        return content;
    }

    private byte[] block() throws IOException {
        return exactly(TarHeader.BLOCK);
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("it is cut short");
        }
        return bytes;
    }

    /** The first block of zeros was read. A second tar behind the end of the first is what other readers may see. */
    private void end() throws IOException {
        if (!TarHeader.isZero(block())) {
            throw new IOException("it has something behind its end");
        }
        in.set();
        byte[] buffer = new byte[1 << 13];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            for (int i = 0; i < count; i++) {
                if (buffer[i] != 0) {
                    throw new IOException("it has something behind its end");
                }
            }
        }
    }

    /** The content of one member, which must be there to its end. */
    private static final class Content extends InputStream {
        private final InputStream in;
        private long left;

        Content(InputStream in, long size) {
            this.in = in;
            this.left = size;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                return length == 0 ? 0 : -1;
            }
            int count = in.read(buffer, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("it is cut short");
            }
            left -= count;
            return count;
        }
    }

    /**
     * The bound of what is read between two contents: long names and pax headers are read into memory, and there may be any
     * number of them in front of a member.
     */
    private static final class HeaderBound extends FilterInputStream {
        static final int BYTES = 1 << 20;

        private long left = BYTES;

        HeaderBound(InputStream in) {
            super(in);
        }

        static String message() {
            return "it has more than " + BYTES + " bytes of headers or padding in one place";
        }

        void lift() {
            left = Long.MAX_VALUE;
        }

        void set() {
            left = BYTES;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length > 0 && left <= 0) {
                throw new IOException(message());
            }
            int count = super.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(count, 0);
            return count;
        }

        @Override
        public long skip(long wanted) {
            // Reading is what counts.
            return 0;
        }
    }
}
