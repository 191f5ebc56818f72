package updater.archive;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that must have exactly so many bytes, and fails as soon as it has more or less. */
public final class ExactInputStream extends FilterInputStream {
    private final long size;
    private long count;

    public ExactInputStream(InputStream in, long size) {
        super(in);
        this.size = size;
    }

    /** The stream had more or less bytes than expected. */
    public static final class SizeException extends IOException {
        private static final long serialVersionUID = 1L;

        SizeException(String message) {
            super(message);
        }
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        counted(value < 0 ? -1 : 1);
        return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        return counted(super.read(buffer, offset, length));
    }

    @Override
    public long skip(long wanted) throws IOException {
        // Reading is what counts.
        return 0;
    }

    private int counted(int read) throws IOException {
        if (read > 0) {
            count += read;
        }
        if (count > size || (read < 0 && count < size)) {
            throw new SizeException(
                    "has " + (read < 0 ? "" : "more than ") + Math.min(count, size) + " bytes; expected " + size);
        }
        return read;
    }
}
