package updater.release;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A path of a file list: relative, plain, of UTF-8. It has one escaped form. */
final class ListedPath {
    /** {@code PATH_MAX} of Linux. */
    static final int MAX_BYTES = 4096;

    /** {@code NAME_MAX} of Linux. */
    private static final int MAX_NAME = 255;

    private final String text;
    private final byte[] bytes;

    private ListedPath(String text, byte[] bytes) {
        this.text = text;
        this.bytes = bytes;
        if (bytes.length == 0 || bytes.length > MAX_BYTES) {
            throw Grammar.expected("a path of 1 to " + MAX_BYTES + " bytes", text);
        }
        int start = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == '/') {
                checkName(start, i);
                start = i + 1;
            }
        }
        int slash = text.indexOf('/');
        if ((slash < 0 ? text : text.substring(0, slash)).equalsIgnoreCase(FileList.DIRECTORY)) {
            throw Grammar.expected("no path in '" + FileList.DIRECTORY + "', where the list itself is", text);
        }
    }

    private void checkName(int start, int end) {
        int length = end - start;
        boolean dots = length <= 2 && length > 0 && bytes[start] == '.' && bytes[end - 1] == '.';
        boolean zero = false;
        for (int i = start; i < end; i++) {
            zero |= bytes[i] == 0;
        }
        if (length == 0 || dots || zero) {
            throw Grammar.expected("a relative path without empty names, '.', '..' and NUL", text);
        }
        if (length > MAX_NAME) {
            throw Grammar.expected("names of at most " + MAX_NAME + " bytes", text);
        }
    }

    /** @throws IllegalArgumentException when it is not plain, or cannot be written in UTF-8 */
    static ListedPath of(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return new ListedPath(text, bytes);
        } catch (CharacterCodingException e) {
            throw Grammar.expected("a path that can be written in UTF-8", text);
        }
    }

    /** @throws IllegalArgumentException when it is not the escaped form of a path */
    static ListedPath parse(String escaped) {
        ByteArrayOutputStream raw = new ByteArrayOutputStream(escaped.length());
        int i = 0;
        while (i < escaped.length()) {
            if (escaped.charAt(i) == '\\') {
                if (!escaped.startsWith("\\x", i) || !isHex(escaped, i + 2)) {
                    throw Grammar.expected("\\x and two digits 0-9 a-f", escaped.substring(i));
                }
                raw.write(Integer.parseInt(escaped.substring(i + 2, i + 4), 16));
                i += 4;
            } else {
                raw.write(escaped.charAt(i));
                i++;
            }
        }
        ListedPath path = ofBytes(raw.toByteArray(), escaped);
        if (!path.escaped().equals(escaped)) {
            throw Grammar.expected("the path '" + path.escaped() + "'", escaped);
        }
        return path;
    }

    private static boolean isHex(String text, int at) {
        return at + 2 <= text.length() && text.substring(at, at + 2).matches("[0-9a-f]{2}");
    }

    private static ListedPath ofBytes(byte[] bytes, String escaped) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new ListedPath(text, bytes);
        } catch (CharacterCodingException e) {
            throw Grammar.expected("a path of UTF-8", escaped);
        }
    }

    String text() {
        return text;
    }

    String escaped() {
        StringBuilder escaped = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            if (b > ' ' && b <= '~' && b != '\\') {
                escaped.append((char) b);
            } else {
                escaped.append(String.format("\\x%02x", b & 0xff));
            }
        }
        return escaped.toString();
    }

    /** Compares as a walk does: {@code /} is before every byte that a name can have. */
    int compareTo(ListedPath other) {
        int length = Math.min(bytes.length, other.bytes.length);
        for (int i = 0; i < length; i++) {
            int difference = rank(bytes[i]) - rank(other.bytes[i]);
            if (difference != 0) {
                return difference;
            }
        }
        return bytes.length - other.bytes.length;
    }

    private static int rank(byte b) {
        return b == '/' ? 0 : b & 0xff;
    }

    /** Returns whether this is in that directory, at any depth. */
    boolean isBelow(String directory) {
        return text.startsWith(directory + "/");
    }

    /** Returns the directory it is in; empty for the root. */
    String parent() {
        int slash = text.lastIndexOf('/');
        return slash < 0 ? "" : text.substring(0, slash);
    }
}
