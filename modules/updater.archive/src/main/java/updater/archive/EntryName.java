package updater.archive;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/** The rules for names that come out of an archive, or go into one. */
public final class EntryName {
    /** Linux: {@code NAME_MAX}, and {@code PATH_MAX} with room for the directory it is unpacked in. */
    private static final int COMPONENT_BYTES = 255;

    private static final int PATH_BYTES = 3072;

    /** Names that are devices on Windows, whatever follows a dot. */
    private static final Pattern DEVICE =
            Pattern.compile("(?i)(con|prn|aux|nul|conin\\$|conout\\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])( *\\..*| *)");

    private EntryName() {}

    /**
     * Returns the plain relative path that an archive's name stands for, without a leading {@code ./} and without a
     * directory's trailing slash; empty for the root itself.
     *
     * @throws UpdateFailure.Refused when it is anything but a plain path below the root
     */
    public static String plain(String name) throws UpdateFailure.Refused {
        String path = name;
        while (path.startsWith("./")) {
            path = path.substring(2);
        }
        if (path.endsWith("/") && path.length() > 1) {
            path = path.substring(0, path.length() - 1);
        }
        if (path.equals(".") || path.isEmpty()) {
            return "";
        }
        check(path);
        return path;
    }

    /** Checks a plain relative path. */
    public static void check(String path) throws UpdateFailure.Refused {
        if (path.getBytes(StandardCharsets.UTF_8).length > PATH_BYTES) {
            throw refuse(path, "is longer than " + PATH_BYTES + " bytes");
        }
        for (String component : path.split("/", -1)) {
            if (component.isEmpty() || component.equals(".") || component.equals("..")) {
                throw refuse(path, "is not a plain path below the bundle's root");
            }
            if (component.getBytes(StandardCharsets.UTF_8).length > COMPONENT_BYTES) {
                throw refuse(path, "has a component longer than " + COMPONENT_BYTES + " bytes");
            }
            checkPortable(path, component);
        }
        if (path.indexOf('\\') >= 0) {
            throw refuse(path, "holds a backslash, which is a separator elsewhere");
        }
        // What decoders and encoders put in the place of what they cannot read or write: the name as it was is
        // then no longer known.
        if (path.indexOf('\ufffd') >= 0
                || path.indexOf('?') >= 0
                || path.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
            throw refuse(path, "is not valid UTF-8, or holds a '?', which cannot be told from what is not");
        }
    }

    /** One name must be one file everywhere, and look like what it is. */
    private static void checkPortable(String path, String component) throws UpdateFailure.Refused {
        if (DEVICE.matcher(component).matches()) {
            throw refuse(path, "has a component that is a device on Windows");
        }
        if (component.endsWith(".") || component.endsWith(" ")) {
            throw refuse(path, "has a component that ends in a dot or a blank, which Windows leaves out");
        }
        if (component.codePoints().anyMatch(EntryName::isInvisible)) {
            throw refuse(path, "holds a control or format character, which hides or reverses what is around it");
        }
    }

    private static boolean isInvisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    private static UpdateFailure.Refused refuse(String path, String problem) {
        return new UpdateFailure.Refused(
                RefusalCode.BUNDLE_INVALID, "the name '" + printable(path) + "' " + problem, "");
    }

    /** Returns a name fit for a message: no control or format characters, not too long. */
    public static String printable(String name) {
        StringBuilder text = new StringBuilder();
        name.codePoints().limit(200).forEach(c -> {
            if (Character.isISOControl(c) || isInvisible(c)) {
                text.append(String.format("\\u%04x", c));
            } else {
                text.appendCodePoint(c);
            }
        });
        return text.length() < name.length() && name.length() > 200 ? text + "…" : text.toString();
    }
}
