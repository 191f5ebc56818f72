package updater.release;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The blocks at the head of a file of signify, each an {@code untrusted comment: } of at most 1024 characters and a line
 * of base64, and the bytes behind them.
 */
final class SignifyBlocks {
    static final String COMMENT = "untrusted comment: ";

    /** {@code COMMENTMAXLEN} of signify. */
    private static final int COMMENT_MAX = 1024;

    private static final int LINE_MAX = COMMENT.length() + COMMENT_MAX;

    private final String what;
    private final byte[] file;
    private int position;

    /** @throws ReleaseRefused when the file is larger than {@code most} bytes */
    SignifyBlocks(String what, byte[] file, int most) throws ReleaseRefused {
        this.what = what;
        this.file = file;
        if (file.length > most) {
            throw refuse("expected at most " + most + " bytes, found " + file.length);
        }
    }

    /** Returns whether a block begins here. */
    boolean nextIsBlock() {
        byte[] comment = Grammar.ascii(COMMENT);
        return position + comment.length <= file.length
                && Arrays.equals(file, position, position + comment.length, comment, 0, comment.length);
    }

    /** Takes a block and returns its line of base64; the comment is not kept: nobody has signed it. */
    String takeBlock() throws ReleaseRefused {
        if (!nextIsBlock()) {
            throw refuse("byte " + (position + 1) + ": expected '" + COMMENT + "', found '" + Grammar.printable(head())
                    + "'");
        }
        takeLine();
        return takeLine();
    }

    private String head() {
        int end = Math.min(file.length, position + COMMENT.length());
        return new String(file, position, end - position, StandardCharsets.ISO_8859_1);
    }

    private String takeLine() throws ReleaseRefused {
        int start = position;
        for (int i = start; i < file.length && i - start <= LINE_MAX; i++) {
            if (file[i] == '\n') {
                position = i + 1;
                return new String(file, start, i - start, StandardCharsets.US_ASCII);
            }
            if (file[i] < ' ' || file[i] > '~') {
                throw refuse(String.format(
                        "byte %d is 0x%02x; expected printable ASCII, and LF at the end of each line",
                        i + 1, file[i] & 0xff));
            }
        }
        throw refuse("byte " + (start + 1) + ": expected a line of at most " + LINE_MAX + " characters and LF");
    }

    /** Returns all that is left. */
    byte[] rest() {
        return Arrays.copyOfRange(file, position, file.length);
    }

    void requireEnd() throws ReleaseRefused {
        if (position < file.length) {
            throw refuse("expected " + position + " bytes, found " + file.length);
        }
    }

    ReleaseRefused refuse(String problem) {
        return new ReleaseRefused(ReleaseRefused.Check.FORMAT, what + ": " + problem);
    }
}
