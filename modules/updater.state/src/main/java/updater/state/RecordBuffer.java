package updater.state;

import java.util.Arrays;

/**
 * Build the JSON of one small record, reusing the same memory for the next one.
 *
 * <p>A manifest is completed while the agent is down: its entries are written five times as fast like this as through a
 * generator for each. Reading is not in that hurry and goes through the parser.
 */
final class RecordBuffer {
    private static final String HEX = "0123456789abcdef";

    private byte[] bytes = new byte[1024];
    private int length;

    RecordBuffer clear() {
        length = 0;
        return this;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Appends ASCII that needs no escaping. */
    RecordBuffer raw(String ascii) {
        reserve(ascii.length());
        for (int i = 0; i < ascii.length(); i++) {
            bytes[length++] = (byte) ascii.charAt(i);
        }
        return this;
    }

    RecordBuffer number(long value) {
        return raw(Long.toString(value));
    }

    /**
     * Appends a JSON string.
     *
     * @throws UnrecordableException when it has no UTF-8 form
     */
    RecordBuffer text(String text) throws UnrecordableException {
        // One char becomes three bytes of UTF-8 or six of an escape at most.
        reserve(6 * text.length() + 2);
        bytes[length++] = '"';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                bytes[length++] = '\\';
                bytes[length++] = (byte) c;
            } else if (c >= ' ' && c < 0x7F) {
                bytes[length++] = (byte) c;
            } else if (c < ' ' || c == 0x7F) {
                raw("\\u00");
                bytes[length++] = (byte) HEX.charAt(c >> 4);
                bytes[length++] = (byte) HEX.charAt(c & 0xF);
            } else {
                int codePoint = text.codePointAt(i);
                if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                    throw new UnrecordableException("the text '" + Printable.text(text) + "' has no UTF-8 form");
                }
                multiByte(codePoint);
                i += Character.charCount(codePoint) - 1;
            }
        }
        bytes[length++] = '"';
        return this;
    }

    private void multiByte(int codePoint) {
        if (codePoint < 0x800) {
            bytes[length++] = (byte) (0xC0 | (codePoint >> 6));
        } else {
            if (codePoint < 0x10000) {
                bytes[length++] = (byte) (0xE0 | (codePoint >> 12));
            } else {
                bytes[length++] = (byte) (0xF0 | (codePoint >> 18));
                continuation(codePoint >> 12);
            }
            continuation(codePoint >> 6);
        }
        continuation(codePoint);
    }

    private void continuation(int bits) {
        bytes[length++] = (byte) (0x80 | (bits & 0x3F));
    }

    private void reserve(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }
}
