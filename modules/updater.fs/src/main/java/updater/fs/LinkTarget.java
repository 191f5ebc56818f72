package updater.fs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;

/**
 * What a symbolic link holds, which is any bytes, as a string without loss. A byte that is no text is the low surrogate
 * {@code U+DC00} plus its value, with no high one before it, which no text has.
 */
final class LinkTarget {
    private static final char ESCAPE = Character.MIN_LOW_SURROGATE;
    private static final int BYTES = 0x100;

    private LinkTarget() {}

    static String text(byte[] target, Charset charset) {
        CharsetDecoder decoder = charset.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(target);
        CharBuffer out = CharBuffer.allocate(2 * target.length + 2);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (!result.isError()) {
                return out.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (ESCAPE + (in.get() & 0xff)));
            }
            decoder.reset();
        }
    }

    /** @throws CharacterCodingException when no link that was read has this text */
    static byte[] bytes(String text, Charset charset) throws CharacterCodingException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if (isEscape(text, i)) {
                write(text.substring(start, i), charset, out);
                out.write(text.charAt(i) - ESCAPE);
                start = i + 1;
            }
        }
        write(text.substring(start), charset, out);
        return out.toByteArray();
    }

    private static boolean isEscape(String text, int index) {
        char c = text.charAt(index);
        return c >= ESCAPE && c < ESCAPE + BYTES && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
    }

    private static void write(String text, Charset charset, ByteArrayOutputStream out) throws CharacterCodingException {
        ByteBuffer encoded = charset.newEncoder().encode(CharBuffer.wrap(text));
        out.write(encoded.array(), encoded.arrayOffset() + encoded.position(), encoded.remaining());
    }
}
