package updater.packaging;

import static java.nio.charset.StandardCharsets.UTF_16LE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import updater.api.Os;
import updater.api.Product;
import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/**
 * {@code updater.exe} with a product's own names in it: behind a marker of 16 characters it has room for 240, the last
 * of them a NUL.
 */
final class WindowsLauncher {
    private static final String INSTALL_DIRECTORY = "[INSTALLDIR]";
    private static final int MARKER_CHARACTERS = 16;
    private static final int VALUE_CHARACTERS = 240;

    private WindowsLauncher() {}

    /**
     * Writes a product's launcher.
     *
     * @throws UpdateFailure.Refused when a name is too long, or the program is not that of this version
     */
    static void write(Path from, Product product, Path to) throws IOException, UpdateFailure.Refused {
        byte[] program = Files.readAllBytes(from);
        assign(program, "@updater.product", product.name());
        assign(program, "@updater.state.d", stateDirectory(product));
        Files.write(to, program);
        if (to.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static String stateDirectory(Product product) throws UpdateFailure.Refused {
        String named = product.places()
                .stateDirectory()
                .getOrDefault(Os.WINDOWS, "%ProgramData%\\" + product.name() + "-updater");
        String relative = named.startsWith(INSTALL_DIRECTORY) ? named.substring(INSTALL_DIRECTORY.length()) : named;
        if (relative.contains(INSTALL_DIRECTORY)) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "the launcher cannot be told its state directory: " + named,
                    "Use [INSTALLDIR] only at the beginning");
        }
        return relative.replace('/', '\\');
    }

    private static void assign(byte[] program, String marker, String value) throws UpdateFailure.Refused {
        byte[] text = value.getBytes(UTF_16LE);
        if (value.length() >= VALUE_CHARACTERS || value.indexOf('\0') >= 0) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "the launcher has no room for this name: " + value,
                    "It may have " + (VALUE_CHARACTERS - 1) + " characters");
        }
        int at = find(program, marker.getBytes(UTF_16LE));
        int start = at + MARKER_CHARACTERS * Character.BYTES;
        Arrays.fill(program, start, start + VALUE_CHARACTERS * Character.BYTES, (byte) 0);
        System.arraycopy(text, 0, program, start, text.length);
    }

    private static int find(byte[] program, byte[] marker) throws UpdateFailure.Refused {
        int found = -1;
        for (int at = 0; at + marker.length <= program.length; at++) {
            if (Arrays.equals(program, at, at + marker.length, marker, 0, marker.length)) {
                if (found >= 0) {
                    found = -1;
                    break;
                }
                found = at;
            }
        }
        if (found < 0 || found + (MARKER_CHARACTERS + VALUE_CHARACTERS) * Character.BYTES > program.length) {
            throw new UpdateFailure.Refused(
                    RefusalCode.BUNDLE_INVALID,
                    "the launcher has no place for " + new String(marker, UTF_16LE),
                    "Build it again");
        }
        return found;
    }
}
