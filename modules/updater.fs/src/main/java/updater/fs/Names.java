package updater.fs;

import java.nio.file.Path;

/** The rules for single names, and how they are shown. */
final class Names {
    private Names() {}

    /** Returns {@code name} when it is one plain path component. */
    static String checked(String name) {
        if (name.isEmpty()
                || name.equals(".")
                || name.equals("..")
                || name.indexOf('/') >= 0
                || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a single name: '" + escaped(name) + "'");
        }
        return name;
    }

    /** Returns the path for messages: {@code directory} with the name appended, control characters escaped. */
    static Path display(Path directory, String name) {
        return directory.resolve(isPlain(name) ? name : escaped(name));
    }

    private static boolean isPlain(String name) {
        // Called for every file there is.
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c < 0x20 || c == 0x7f || Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }

    static String escaped(String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 0x20 && c < 0x7f && c != '\\') {
                text.append(c);
            } else {
                text.append(String.format("\\u%04x", (int) c));
            }
        }
        return text.toString();
    }

    /** Returns a listed name, whose bytes only its URI shows, percent-encoded. */
    static String escaped(Path name) {
        String uri = name.toUri().getRawPath();
        return uri.substring(uri.lastIndexOf('/', uri.length() - 2) + 1);
    }
}
