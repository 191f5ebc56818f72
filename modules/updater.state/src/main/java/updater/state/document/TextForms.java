package updater.state.document;

import static updater.state.document.JsonForm.TEXT;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import updater.api.Os;
import updater.api.Place;
import updater.json.Printable;

/** The forms of names and paths in product descriptors: none of them leads out of where it belongs. */
final class TextForms {
    private static final String INSTALLDIR = "[INSTALLDIR]";
    static final String ABSOLUTE = "an absolute path without . and ..";
    private static final Pattern WINDOWS_ABSOLUTE = Pattern.compile("[A-Za-z]:[\\\\/][^<>:\"|?*]*");

    static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    static final JsonForm<String> NAME = TEXT.where(
            text -> !text.isBlank() && text.length() <= 255 && isPrintable(text),
            "a text of 1 to 255 printable characters");
    static final JsonForm<String> RELATIVE = TEXT.where(TextForms::isPlain, "a plain relative path");
    static final JsonForm<String> BESIDE_HOME = TEXT.where(
            text -> text.startsWith("../") && isPlain(text.substring(3)),
            "a path beside home, \"../\" followed by a plain relative path");
    static final JsonForm<String> DEFINITION = TEXT.where(
            text -> isBelowHome(text) || isAbsolute(Os.LINUX, text) || isAbsolute(Os.WINDOWS, text),
            ABSOLUTE + ", or one that begins with " + INSTALLDIR);
    static final JsonForm<String> MUTABLE = TEXT.where(
            text -> isPlain(text.endsWith("/") ? text.substring(0, text.length() - 1) : text),
            "a plain path relative to home, with \"/\" at its end for a directory");
    static final JsonForm<String> PATTERN = TEXT.where(
            text -> isPlain(text.endsWith("/") ? text.substring(0, text.length() - 1) : text),
            "a file name, or a plain path relative to home, in which * and ? stand for others");
    static final JsonForm<Set<String>> PATTERNS =
            PATTERN.list().as(HashSet::new, patterns -> List.copyOf(new TreeSet<>(patterns)), "file names");

    private TextForms() {}

    static boolean isBelowHome(String text) {
        return text.startsWith(INSTALLDIR)
                && isPlain(text.substring(INSTALLDIR.length()).replace('\\', '/'));
    }

    static boolean isAbsolute(Os os, String text) {
        boolean windows = os == Os.WINDOWS;
        return (windows ? WINDOWS_ABSOLUTE.matcher(text).matches() : text.startsWith("/"))
                && isPrintable(text)
                && isRelative((windows ? text.substring(2).replace('\\', '/') : text).substring(1));
    }

    private static boolean isPlain(String path) {
        // On Windows a backslash separates and a colon names a drive or a stream.
        return isRelative(path) && path.indexOf('\\') < 0 && path.indexOf(':') < 0 && isPrintable(path);
    }

    private static boolean isRelative(String path) {
        try {
            Place.checkRelative(path);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isPrintable(String text) {
        return Printable.text(text).equals(text);
    }
}
